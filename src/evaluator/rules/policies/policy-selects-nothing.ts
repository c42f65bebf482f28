import { didYouMean } from '../../../diagnostics/did-you-mean';
import { EvaluatedCluster, EvaluatedPolicy, namespaceName } from '../../read/cluster';
import { RuleContext } from '../context';
import { inManifest, Reported, Rule } from '../rule';
import {
  hasWorkloads,
  namespacesOf,
  namesUnknownCluster,
  showsNamespaceOf,
  SYSTEM_NAMESPACE,
} from '../shared/label-selectors';
import { listNames } from '../shared/names';
import { nearMiss, typingError, UNSEEN_PODS, wantsIgnoredLabel } from '../shared/near-miss';
import { UnselectedSpec, unselectedSpecs } from '../shared/unselected-specs';

export const policySelectsNothing: Rule<'policy-selects-nothing'> = {
  codes: {
    'policy-selects-nothing': {
      severity: 'warning',
      title: 'The policy selects no workload of its cluster',
      documentation:
        'No workload of the cluster in which the policy is applied has the labels that the policy ' +
        'selects, so the policy protects nothing. ' +
        'A policy that is applied in several clusters and selects pods in one of them is not reported. ' +
        'Where Helm, Flux, Argo CD or an operator may add pods, only likely typing errors are reported. ' +
        'A selector that resembles no workload is a fact.',
      fix: 'Correct the selector, or apply the policy in the cluster that runs the pods.',
    },
  },
  check(context, report) {
    for (const spec of unselectedSpecs(context).filter(each => each.onHostNetwork.length === 0)) {
      const finding = showsPodsOf(spec) ? selectsNothing(context, spec) : wrongNamespace(context, spec);
      if (finding) {
        report('policy-selects-nothing', finding);
      }
    }
  },
};

/** Whether the manifests show pods where the policy applies. */
function showsPodsOf({ cluster, policy, entry }: UnselectedSpec): boolean {
  const own = namespaceName(policy.manifest.object);
  const namespaces = own === '' ? namespacesOf(entry.subject) : [own];
  return namespaces === undefined
    ? cluster.workloads.length > 0
    : namespaces.some(namespace => hasWorkloads(cluster, namespace));
}

/** A namespace without workloads may hold some that are not in the manifests, unless its name looks mistyped. */
function wrongNamespace(
  context: RuleContext,
  { cluster, policy, entry, path }: UnselectedSpec,
): Reported | undefined {
  const own = namespaceName(policy.manifest.object);
  const namespaces = own === '' ? (namespacesOf(entry.subject) ?? []) : [own];
  if (
    namespaces.length === 0 ||
    namespaces.some(each => context.unrenderedIn(cluster).existing.has(each)) ||
    context.mayHaveMore(cluster, namespaces) ||
    context.mayBeChanged(cluster, policy.manifest)
  ) {
    return undefined;
  }
  const [namespace] = namespaces;
  const suggestion = didYouMean(namespace, [...new Set(cluster.workloads.map(each => each.namespace))]);
  return suggestion === ''
    ? undefined
    : {
      at: inManifest(cluster.name, policy.manifest, own === '' ? path : 'metadata.namespace'),
      message: `${cluster.name} has no workload in namespace ${namespace}${suggestion}, so the policy protects nothing`,
      fix: `correct ${own === '' ? 'the namespace in the selector' : 'metadata.namespace'}, or add the workloads to the manifests`,
    };
}

function selectsNothing(context: RuleContext, { cluster, policy, entry, path }: UnselectedSpec): Reported | undefined {
  const { identityLabels } = cluster.settings;
  if (
    isAppliedElsewhere(context, cluster, policy) ||
    wantsIgnoredLabel(entry.subject, identityLabels) ||
    namesUnknownCluster(context.mesh, entry.subject)
  ) {
    return undefined;
  }
  const at = inManifest(cluster.name, policy.manifest, path);
  const message = `the policy selects no workload of ${cluster.name}, so it protects nothing`;
  const elsewhere = context.index.meeting(entry.subject).toArray();
  if (elsewhere.length > 0) {
    const clusters = listNames(elsewhere.map(number => context.index.classes[number].cluster));
    return {
      at,
      message: `${message}; its selector matches ${listNames(context.namesOf(elsewhere))}`,
      fix: `apply the policy in ${clusters}: a policy acts only in the cluster where it is applied`,
    };
  }
  const own = namespaceName(policy.manifest.object);
  const isUncertain =
    context.mayBeChanged(cluster, policy.manifest) ||
    (own === ''
      ? context.mayHaveMore(cluster, namespacesOf(entry.subject)) ||
        (namespacesOf(entry.subject) === undefined && !hasWorkloads(cluster, SYSTEM_NAMESPACE))
      : context.mayHaveMore(cluster, [own]) || !showsNamespaceOf(cluster, policy.manifest));
  const near = (isUncertain ? typingError : nearMiss)(context, entry.subject, context.ownClasses(cluster));
  if (isUncertain && near === '') {
    return undefined;
  }
  return {
    at,
    message: `${message}${near}`,
    fix: `correct the selector, or remove the policy from ${cluster.name}`,
    ...(near === '' ? { unknown: UNSEEN_PODS } : {}),
  };
}

/** One policy for all clusters of a mesh may well select pods in some of them only. */
function isAppliedElsewhere(
  context: RuleContext,
  cluster: EvaluatedCluster,
  { manifest: { object } }: EvaluatedPolicy,
): boolean {
  const isSame = ({ manifest: { object: other } }: EvaluatedPolicy) =>
    other.kind === object.kind &&
    other.metadata.name === object.metadata.name &&
    namespaceName(other) === namespaceName(object);
  return context.mesh.clusters.some(
    other =>
      other !== cluster &&
      other.policies.some(
        policy => isSame(policy) && policy.entries.some(entry => !context.subjectsOf(other, entry).isEmpty),
      ),
  );
}
