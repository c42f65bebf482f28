import { CLUSTER_LABEL, NAMESPACE_LABELS_PREFIX } from '../../../cilium/labels';
import { didYouMean, nearest } from '../../../diagnostics/did-you-mean';
import { Direction, PolicyEntry } from '../../engine/entry';
import { Requirement } from '../../engine/selector';
import { BitSet } from '../../flows/bit-set';
import { EvaluatedCluster } from '../../read/cluster';
import { namesCluster } from '../../read/policy/syntax';
import { PolicyOf, RuleContext } from '../context';
import { firstOfSeveral, inManifest, Reported, Rule } from '../rule';
import {
  hasWorkloads,
  includesWorld,
  isNamespaceName,
  LabelSelector,
  labelSelectors,
  namespacesOf,
  namesUnknownCluster,
  showsNamespaceOf,
  SYSTEM_NAMESPACE,
} from '../shared/label-selectors';
import { listNames } from '../shared/names';
import { nearMiss, typingError, UNSEEN_PODS, wantsIgnoredLabel } from '../shared/near-miss';

/**
 * Namespaces without any workload in the manifests, such as kube-system, are left alone: what runs there is not
 * known.
 */
export const peerSelectsNothing: Rule<'peer-selects-nothing'> = {
  codes: {
    'peer-selects-nothing': {
      severity: 'warning',
      title: 'A rule selects peers that match no workload',
      documentation:
        'No workload of the mesh has the labels that a rule selects as source or destination, so the ' +
        'rule allows or denies nothing. ' +
        'Selectors of namespaces that the manifests do not cover, such as kube-system, are not reported. ' +
        'Where Helm, Flux, Argo CD or an operator may add pods, only likely typing errors are reported. ' +
        'A selector that resembles no workload is a fact.',
      fix: 'Correct the selector, or add the workloads to the manifests.',
    },
  },
  check(context, report) {
    // one selector that matches nothing is one finding, in however many rules of a cluster it is
    const bySelector = new Map<string, Reported[]>();
    for (const { cluster, policy } of context.policies) {
      const among = new Map<Direction, BitSet>();
      for (const { entry, selector } of unmatchedSelectors(context, { cluster, policy })) {
        const { direction } = entry;
        among.set(direction, among.get(direction) ?? unnamed(context, { cluster, policy }, direction));
        const finding = selectsNothing(
          context,
          { cluster, policy },
          entry,
          selector.requirements,
          among.get(direction)!,
        );
        if (finding) {
          const key = `${cluster.name} ${selector.id} ${finding.message}`;
          const at = firstOfSeveral(inManifest(cluster.name, policy.manifest, entry.origin.path), selector.id);
          const reported = bySelector.get(key) ?? [];
          bySelector.set(key, reported);
          reported.push({ at, ...finding });
        }
      }
    }
    for (const [first, ...more] of bySelector.values()) {
      const others =
        more.length === 0 ? '' : `. ${more.length} more ${more.length === 1 ? 'rule has' : 'rules have'} this selector`;
      report('peer-selects-nothing', { ...first, message: `${first.message}${others}` });
    }
  },
};

/** The selectors of a policy's peers that match nothing, each once for a rule, if the manifests can show that. */
function unmatchedSelectors(
  context: RuleContext,
  { cluster, policy }: PolicyOf,
): Array<{ readonly entry: PolicyEntry; readonly selector: LabelSelector }> {
  const seen = new Set<string>();
  const unmatched: Array<{ readonly entry: PolicyEntry; readonly selector: LabelSelector }> = [];
  for (const entry of policy.entries) {
    for (const selector of labelSelectors(entry)) {
      const { id, requirements } = selector;
      // what matches by its labels, and is not known here, is in a namespace that is not global
      if (
        context.peersOf(cluster, entry.direction).selecting(selector).isEmpty &&
        !seen.has(`${entry.origin.path} ${id}`) &&
        !isDnsServerOfNames(entry) &&
        isJudged(context, cluster, requirements) &&
        context.index.meeting(requirements).isEmpty
      ) {
        seen.add(`${entry.origin.path} ${id}`);
        unmatched.push({ entry, selector });
      }
    }
  }
  return unmatched;
}

/** Cilium itself adds the DNS server to `domainNames` of ClusterNetworkPolicies, which have no other DNS rules. */
function isDnsServerOfNames({ origin, ports }: PolicyEntry): boolean {
  return origin.kind === 'ClusterNetworkPolicy' && ports.some(({ l7 }) => l7?.parser === 'dns');
}

/**
 * Why a selector of peers matches nothing, and what is near it among some classes; undefined where
 * local-cluster-default reports it.
 */
function selectsNothing(
  context: RuleContext,
  { cluster, policy }: PolicyOf,
  entry: PolicyEntry,
  requirements: readonly Requirement[],
  among: BitSet,
): Omit<Reported, 'at'> | undefined {
  const [namespace] = namespacesOf(requirements) ?? [];
  const namespaces = [...new Set(context.mesh.workloads.map(each => each.namespace))];
  const ends = entry.direction === 'ingress' ? 'sources' : 'destinations';
  const what = `a selector of ${ends} matches no workload of the mesh, so it has no effect`;
  const named = namespacesOf(requirements);
  const isUncertain = context.mesh.clusters.some(
    each => context.mayHaveMore(each, named) || (named === undefined && !hasWorkloads(each, SYSTEM_NAMESPACE)),
  ) || !showsNamespaceOf(cluster, policy.manifest) || context.mayBeChanged(cluster, policy.manifest);
  const near = (isUncertain ? typingError : nearMiss)(context, requirements, among);
  if (isUncertain) {
    return near === '' ? undefined : { message: `${what}${near}`, fix: 'correct the selector' };
  }
  if (namespace !== undefined && !namespaces.includes(namespace)) {
    return {
      message: `${what}: unknown namespace ${namespace}${didYouMean(namespace, namespaces)}`,
      fix: 'correct the namespace in the selector, or add its workloads to the manifests',
    };
  }
  const inOtherClusters = withoutCluster(context, requirements);
  if (inOtherClusters.length > 0) {
    const isWritten = context.ruleOf(policy, entry)?.selectors.some(namesCluster);
    const clusters = [...new Set(inOtherClusters.map(number => context.index.classes[number].cluster))];
    return isWritten
      ? {
        message:
            `${what}; closest: ${listNames(context.namesOf(inOtherClusters))} in another cluster than the ` +
            'selector names',
        fix: `write ${CLUSTER_LABEL}: ${clusters[0]} in matchLabels of the selector`,
      }
      : undefined;
  }
  return {
    message: `${what}${near}`,
    fix: 'correct the selector, or add the workloads to the manifests',
    ...(near === '' ? { unknown: UNSEEN_PODS } : {}),
  };
}

/** The classes that no selector of peers of the policy selects: a workload that has its own one is not meant here. */
function unnamed(context: RuleContext, { cluster, policy }: PolicyOf, direction: Direction): BitSet {
  const index = context.peersOf(cluster, direction);
  const classes = BitSet.full(context.index.size);
  policy.entries
    .filter(each => each.direction === direction)
    .flatMap(labelSelectors)
    .forEach(each => classes.andNot(index.selecting(each)));
  return classes;
}

/**
 * Whether the manifests can show that a selector matches nothing: it is about pods, in namespaces of which they hold
 * workloads, or whose names
 * look mistyped. cluster-unknown reports unknown clusters.
 */
function isJudged(context: RuleContext, cluster: EvaluatedCluster, requirements: readonly Requirement[]): boolean {
  if (
    requirements.some(({ source }) => source !== 'k8s' && source !== 'any') ||
    namesUnknownCluster(context.mesh, requirements) ||
    includesWorld(requirements) ||
    wantsIgnoredLabel(requirements, cluster.settings.identityLabels)
  ) {
    return false;
  }
  const ofNamespaces = requirements.filter(
    ({ key }) => key.startsWith(NAMESPACE_LABELS_PREFIX) && !isNamespaceName(key),
  );
  if (ofNamespaces.length > 0 && context.index.meeting(ofNamespaces).isEmpty) {
    return false;
  }
  const namespaces = namespacesOf(requirements);
  if (
    context.mesh.workloads.length === 0 ||
    isOwnCluster(cluster, requirements) ||
    namespaces?.some(each => context.mesh.clusters.some(other => isWithoutWorkloads(context, other, each)))
  ) {
    return false;
  }
  const known = [...new Set(context.mesh.workloads.map(each => each.namespace))];
  return (
    namespaces === undefined ||
    namespaces.some(each => known.includes(each)) ||
    namespaces.every(each => nearest(each, known) !== undefined)
  );
}

/** Whether a selector means all pods of the policy's own cluster, as entity cluster does. */
function isOwnCluster({ name }: EvaluatedCluster, requirements: readonly Requirement[]): boolean {
  return requirements.every(
    ({ key, operator, values }) => key === CLUSTER_LABEL && operator === 'In' && values.includes(name),
  );
}

/** Whether a namespace exists, and no manifest shows what runs in it. */
function isWithoutWorkloads(context: RuleContext, cluster: EvaluatedCluster, namespace: string): boolean {
  return (
    context.unrenderedIn(cluster).existing.has(namespace) &&
    !context.mesh.workloads.some(each => each.namespace === namespace)
  );
}

/** The classes that a selector would match without its condition on clusters. */
function withoutCluster(context: RuleContext, requirements: readonly Requirement[]): number[] {
  const others = requirements.filter(({ key }) => key !== CLUSTER_LABEL);
  return others.length < requirements.length ? context.index.meeting(others).toArray() : [];
}
