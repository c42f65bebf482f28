import { FindingContext } from './context';
import { Finding, found, some } from './finding';
import { rawSelectors, selectorKeys, bareKey } from './raw-rules';
import { CLUSTER_LABEL, NAMESPACE_LABEL } from '../../model/labels';
import { didYouMean } from '../../model/suggest';
import { BitSet } from '../bit-set';
import { EvaluatedCluster, EvaluatedPolicy, namespaceName } from '../mesh/cluster';
import { shownWorkload } from '../mesh/workload';
import { PolicyEntry } from '../policy/entry';
import { PeerSelector, Requirement } from '../selector';

/** Selectors that match nothing, or other pods than their author thinks. */
export function selectorFindings(context: FindingContext): Finding[] {
  return context.mesh.clusters.flatMap(cluster => cluster.policies.flatMap(policy => [
    ...unknownClusters(context, cluster, policy),
    ...subjects(context, cluster, policy),
    ...peers(context, cluster, policy),
  ]));
}

/** Clusters that a selector names and that are not in the mesh. */
function unknownClusters(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const clusters = context.mesh.clusters.map(each => each.name);
  return rawSelectors(policy).flatMap(selector => selectorKeys(selector).filter(({ key }) => bareKey(key) === CLUSTER_LABEL)
    .flatMap(({ values, path }) => values.filter(value => !clusters.includes(value)).map(value => found('cluster-unknown', cluster.name, policy.manifest, path,
      `there is no cluster ${JSON.stringify(value)} in the mesh${didYouMean(value, clusters)}`, `the clusters are ${clusters.join(', ')}`))));
}

/** Policies that select no workload of their cluster, though they could. */
function subjects(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const own = ownClasses(context, cluster);
  const seen = new Set<string>();
  return policy.entries.filter(entry => !entry.node).flatMap(entry => {
    const spec = entry.origin.path.replace(/\..*$/, '');
    if (seen.has(spec)) {
      return [];
    }
    seen.add(spec);
    const path = policy.manifest.object.kind === 'NetworkPolicy' ? 'spec.podSelector' : policy.manifest.object.kind === 'ClusterNetworkPolicy' ? 'spec.subject' : `${spec}.endpointSelector`;
    const selected = context.index.meeting(entry.subject).and(own.all);
    if (!selected.isEmpty) {
      return selected.copy().andNot(own.hostNetwork).isEmpty ? [found('policy-on-host-network', cluster.name, policy.manifest, path,
        `it selects ${some(names(context, selected))} alone, whose pods use the network of their nodes: policies of pods are not enforced on them`, 'write a CiliumClusterwideNetworkPolicy with nodeSelector, or take hostNetwork away')] : [];
    }
    const namespace = namespaceName(policy.manifest.object);
    const inNamespace = cluster.workloads.filter(each => namespace === '' || each.namespace === namespace);
    if (inNamespace.length === 0) {
      const others = [...new Set(cluster.workloads.map(each => each.namespace))];
      return didYouMean(namespace, others) === '' ? [] : [found('policy-selects-nothing', cluster.name, policy.manifest, 'metadata.namespace',
        `no workload of ${cluster.name} is in namespace ${namespace}${didYouMean(namespace, others)}`, 'correct the namespace, or add the workloads to the manifests')];
    }
    return [found('policy-selects-nothing', cluster.name, policy.manifest, path, `it selects no workload of ${cluster.name}${nearMiss(context, entry.subject, own.all)}`,
      'correct the selector, or leave the policy out of this cluster')];
  });
}

/** Rules whose peers are nobody. Namespaces without any workload in the manifests, such as kube-system, are left alone: who runs there is not known. */
function peers(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const index = context.peersOf(cluster);
  const seen = new Set<string>();
  return policy.entries.flatMap(entry => labelSelectors(entry).flatMap(selector => {
    const key = `${entry.origin.path} ${selector.id}`;
    const clusters = selector.requirements.filter(each => each.key === CLUSTER_LABEL && each.operator === 'In').flatMap(each => each.values);
    if (seen.has(key) || selector.requirements.some(({ source }) => source !== 'k8s' && source !== 'any') || !isKnowable(context, selector.requirements)
      || clusters.some(name => !context.mesh.cluster(name))) {
      return [];
    }
    seen.add(key);
    if (!index.selecting(selector).isEmpty) {
      return [];
    }
    const clusterless = withoutCluster(context, selector.requirements);
    return [found('peer-selects-nothing', cluster.name, policy.manifest, entry.origin.path, `a selector of ${entry.direction === 'ingress' ? 'sources' : 'destinations'} matches no workload of the mesh${clusterless ?? nearMiss(context, selector.requirements, BitSet.full(context.index.size))}`,
      clusterless === undefined ? 'correct the selector, or add the workloads to the manifests' : `name the clusters that are meant with ${CLUSTER_LABEL}`)];
  }));
}

/** The selectors by labels of an entry; entities and Cilium's own are not among them. */
export function labelSelectors(entry: PolicyEntry): Array<Extract<PeerSelector, { kind: 'labels' }>> {
  return entry.peers === 'nobody' ? [] : entry.peers.filter((peer): peer is Extract<PeerSelector, { kind: 'labels' }> => peer.kind === 'labels' && peer.requirements.length > 0);
}

/** Whether the manifests hold workloads of the namespaces that a selector names. */
function isKnowable(context: FindingContext, requirements: readonly Requirement[]): boolean {
  const namespaces = requirements.find(({ key, operator }) => key === NAMESPACE_LABEL && operator === 'In')?.values;
  return namespaces === undefined || context.mesh.workloads.some(each => namespaces.includes(each.namespace));
}

/** Workloads that a selector would match, were it not for the cluster that is added where a selector names none. */
function withoutCluster(context: FindingContext, requirements: readonly Requirement[]): string | undefined {
  const others = requirements.filter(({ key }) => key !== CLUSTER_LABEL);
  const matching = others.length < requirements.length ? context.index.meeting(others) : new BitSet(context.index.size);
  return matching.isEmpty ? undefined : `; ${some(names(context, matching))} would match, but for the cluster`;
}

/** `, but for app=web, shop/web@tion would match` for the one condition whose absence makes it match. */
function nearMiss(context: FindingContext, requirements: readonly Requirement[], among: BitSet): string {
  for (const requirement of requirements) {
    const met = context.index.meeting(requirements.filter(each => each !== requirement)).and(among);
    if (!met.isEmpty && requirements.length > 1) {
      const [first] = met.toArray();
      const value = context.index.classes[first].labels.get(requirement.source, requirement.key);
      const keys = context.index.classes[first].labels.labels.filter(label => label.source === 'k8s').map(label => label.key);
      const has = value === undefined ? `no label ${requirement.key}${didYouMean(requirement.key, keys)}` : `${requirement.key}=${value}`;
      return `; ${some(names(context, met))} would match, but for ${shownRequirement(requirement)}: it has ${has}`;
    }
  }
  return '';
}

function shownRequirement({ key, operator, values }: Requirement): string {
  return operator === 'In' ? `${key}=${values.join(' or ')}` : operator === 'NotIn' ? `${key} not in ${values.join(', ')}` : `${key} ${operator}`;
}

function names(context: FindingContext, classes: BitSet): string[] {
  return classes.toArray().flatMap(number => context.index.classes[number].workloads.map(shownWorkload));
}

function ownClasses(context: FindingContext, cluster: EvaluatedCluster): { all: BitSet; hostNetwork: BitSet } {
  const [all, hostNetwork] = [new BitSet(context.index.size), new BitSet(context.index.size)];
  context.index.classes.forEach((each, number) => {
    if (each.cluster === cluster.name) {
      all.add(number);
      if (each.hostNetwork) {
        hostNetwork.add(number);
      }
    }
  });
  return { all, hostNetwork };
}
