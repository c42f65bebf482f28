import { didYouMean } from '../../../diagnostics/did-you-mean';
import { EvaluatedCluster, EvaluatedPolicy, namespaceName } from '../../read/cluster';
import { RuleContext } from '../context';
import { inManifest, Reported, Rule } from '../rule';
import { listNames } from '../shared/names';
import { nearMiss, typingError, wantsIgnoredLabel } from '../shared/near-miss';
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
        'Where Helm, Kustomize, Flux, Argo CD or an operator may add pods, only likely typing errors are reported.',
      fix: 'Correct the selector, or apply the policy in the cluster that runs the pods.',
    },
  },
  check(context, report) {
    for (const spec of unselectedSpecs(context).filter(each => each.onHostNetwork.length === 0)) {
      const finding = spec.cluster.workloads.some(each => isInNamespaceOf(spec.policy, each.namespace))
        ? selectsNothing(context, spec)
        : wrongNamespace(context, spec);
      if (finding) {
        report('policy-selects-nothing', finding);
      }
    }
  },
};

function isInNamespaceOf(policy: EvaluatedPolicy, namespace: string): boolean {
  const own = namespaceName(policy.manifest.object);
  return own === '' || own === namespace;
}

/** A namespace without workloads may hold some that are not in the manifests, unless its name looks mistyped. */
function wrongNamespace(context: RuleContext, { cluster, policy }: UnselectedSpec): Reported | undefined {
  const namespace = namespaceName(policy.manifest.object);
  if (context.unrenderedIn(cluster).existing.has(namespace) || context.mayHaveMore(cluster, [namespace])) {
    return undefined;
  }
  const suggestion = didYouMean(namespace, [...new Set(cluster.workloads.map(each => each.namespace))]);
  return suggestion === ''
    ? undefined
    : {
      at: inManifest(cluster.name, policy.manifest, 'metadata.namespace'),
      message: `${cluster.name} has no workload in namespace ${namespace}${suggestion}, so the policy protects nothing`,
      fix: 'correct metadata.namespace, or add the workloads to the manifests',
    };
}

function selectsNothing(context: RuleContext, { cluster, policy, entry, path }: UnselectedSpec): Reported | undefined {
  const { identityLabels } = cluster.settings;
  if (isAppliedElsewhere(context, cluster, policy) || wantsIgnoredLabel(entry.subject, identityLabels)) {
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
  const isUncertain = context.mayHaveMore(cluster, own === '' ? undefined : [own]);
  const near = (isUncertain ? typingError : nearMiss)(context, entry.subject, context.ownClasses(cluster));
  if (isUncertain && near === '') {
    return undefined;
  }
  return {
    at,
    message: `${message}${near}`,
    fix: `correct the selector, or remove the policy from ${cluster.name}`,
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
