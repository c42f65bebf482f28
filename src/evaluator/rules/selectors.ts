import { FindingContext } from './context';
import { Finding, found, some } from './finding';
import { labelSelectors, namesPods } from './label-selectors';
import { rawRules, rawSelectors, selectorKeys, bareKey } from './raw-rules';
import { isIdentityLabel } from '../../cilium/identity-labels';
import { CLUSTER_LABEL, isCiliumLabel, NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX } from '../../cilium/labels';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { PolicyEntry } from '../engine/entry';
import { LabelSet } from '../engine/label-set';
import { Requirement } from '../engine/selector';
import { BitSet } from '../flows/bit-set';
import { EvaluatedCluster, EvaluatedPolicy, namespaceName } from '../read/cluster';

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
  const seen = new Set<string>();
  return policy.entries.filter(entry => !entry.node).flatMap(entry => {
    const spec = entry.origin.path.split('.', 1)[0];
    if (seen.has(spec)) {
      return [];
    }
    seen.add(spec);
    const { kind } = policy.manifest.object;
    const path = kind === 'NetworkPolicy' ? 'spec.podSelector' : kind === 'ClusterNetworkPolicy' ? 'spec.subject' : `${spec}.endpointSelector`;
    if (!context.subjectsOf(cluster, entry).isEmpty) {
      return [];
    }
    const onNodes = context.index.meeting(entry.subject).toArray().filter(number => context.index.classes[number].cluster === cluster.name);
    return onNodes.length > 0 ? [found('policy-on-host-network', cluster.name, policy.manifest, path,
      `it selects ${some(context.namesOf(onNodes))} alone, whose pods use the network of their nodes: policies of pods are not enforced on them`,
      'write a CiliumClusterwideNetworkPolicy with nodeSelector, or take hostNetwork away')] : withoutSubjects(context, cluster, policy, entry, path);
  });
}

function withoutSubjects(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy, entry: PolicyEntry, path: string): Finding[] {
  const namespace = namespaceName(policy.manifest.object);
  if (!cluster.workloads.some(each => namespace === '' || each.namespace === namespace)) {
    const near = didYouMean(namespace, [...new Set(cluster.workloads.map(each => each.namespace))]);
    return near === '' ? [] : [found('policy-selects-nothing', cluster.name, policy.manifest, 'metadata.namespace',
      `no workload of ${cluster.name} is in namespace ${namespace}${near}`, 'correct the namespace, or add the workloads to the manifests')];
  }
  if (isAppliedEverywhere(context, cluster, policy) || wantsFiltered(entry.subject)) {
    return [];
  }
  const elsewhere = context.namesOf(context.index.meeting(entry.subject).toArray());
  return [found('policy-selects-nothing', cluster.name, policy.manifest, path,
    `it selects no workload of ${cluster.name}${elsewhere.length > 0 ? `; ${some(elsewhere)} would match` : nearMiss(context, entry.subject, context.ownClasses(cluster))}`,
    elsewhere.length > 0 ? 'apply the policy in the cluster where the pods are: that is where policies act' : 'correct the selector, or leave the policy out of this cluster')];
}

/** One policy for all clusters of a mesh may well select pods in some of them only. */
function isAppliedEverywhere(context: FindingContext, cluster: EvaluatedCluster, { manifest: { object } }: EvaluatedPolicy): boolean {
  const isSame = (other: any) => other.kind === object.kind && other.metadata.name === object.metadata.name && namespaceName(other) === namespaceName(object);
  return context.mesh.clusters.some(other => other !== cluster
    && other.policies.some(({ manifest, entries }) => isSame(manifest.object) && entries.some(entry => !context.subjectsOf(other, entry).isEmpty)));
}

/** Rules whose peers are nobody. Namespaces without any workload in the manifests, such as kube-system, are left alone: who runs there is not known. */
function peers(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const index = context.peersOf(cluster);
  const seen = new Set<string>();
  return policy.entries.flatMap(entry => labelSelectors(entry).flatMap(selector => {
    const key = `${entry.origin.path} ${selector.id}`;
    const { requirements } = selector;
    // what matches by its labels, and is not known here, is in a namespace that is not global
    if (seen.has(key) || !index.selecting(selector).isEmpty || !isJudged(context, requirements) || !context.index.meeting(requirements).isEmpty) {
      return [];
    }
    seen.add(key);
    const [namespace] = namespacesOf(requirements) ?? [];
    const namespaces = [...new Set(context.mesh.workloads.map(each => each.namespace))];
    const what = `a selector of ${entry.direction === 'ingress' ? 'sources' : 'destinations'} matches no workload of the mesh`;
    if (namespace !== undefined && !namespaces.includes(namespace)) {
      return [found('peer-selects-nothing', cluster.name, policy.manifest, entry.origin.path, `${what}: there is no namespace ${namespace}${didYouMean(namespace, namespaces)}`, 'correct the namespace')];
    }
    const clusterless = withoutCluster(context, requirements);
    if (clusterless !== undefined && !namesCluster(policy, entry)) {
      return []; // local-cluster-default says so
    }
    return [found('peer-selects-nothing', cluster.name, policy.manifest, entry.origin.path,
      `${what}${clusterless ?? nearMiss(context, requirements, BitSet.full(context.index.size))}`,
      clusterless === undefined ? 'correct the selector, or add the workloads to the manifests' : `name the clusters that are meant with ${CLUSTER_LABEL}`)];
  }));
}

const NAMESPACE_NAME_LABEL = `${NAMESPACE_LABELS_PREFIX}.kubernetes.io/metadata.name`;

/** The namespaces that a selector names, if it names any. */
function namespacesOf(requirements: readonly Requirement[]): readonly string[] | undefined {
  return requirements.find(({ key, operator }) => (key === NAMESPACE_LABEL || key === NAMESPACE_NAME_LABEL) && operator === 'In')?.values;
}

/**
 * Whether the manifests can say that a selector matches nothing: it is about pods, in namespaces of which they hold workloads, or whose names
 * look mistyped; clusters that are none are reported by themselves.
 */
function isJudged(context: FindingContext, requirements: readonly Requirement[]): boolean {
  if (requirements.some(({ source }) => source !== 'k8s' && source !== 'any')
    || requirements.some(({ key, operator, values }) => key === CLUSTER_LABEL && operator === 'In' && values.some(name => !context.mesh.cluster(name))) || wantsFiltered(requirements)) {
    return false;
  }
  const ofNamespaces = requirements.filter(({ key }) => key.startsWith(NAMESPACE_LABELS_PREFIX) && key !== NAMESPACE_NAME_LABEL);
  if (ofNamespaces.length > 0 && context.index.meeting(ofNamespaces).isEmpty) {
    return false;
  }
  const namespaces = namespacesOf(requirements);
  const known = [...new Set(context.mesh.workloads.map(each => each.namespace))];
  return namespaces === undefined || namespaces.some(each => known.includes(each)) || namespaces.every(each => didYouMean(each, known) !== '');
}

/** Whether a rule names clusters itself. */
function namesCluster(policy: EvaluatedPolicy, { origin }: PolicyEntry): boolean {
  return JSON.stringify(rawRules(policy).find(({ path }) => path === origin.path)?.rule ?? {}).includes(CLUSTER_LABEL);
}

/** Whether a selector wants a label that no identity has, which label-not-in-identity says. */
function wantsFiltered(requirements: readonly Requirement[]): boolean {
  return requirements.some(({ key, operator }) => (operator === 'In' || operator === 'Exists') && !isIdentityLabel(key));
}

/** Workloads that a selector would match, were it not for the cluster that is added where a selector names none. */
function withoutCluster(context: FindingContext, requirements: readonly Requirement[]): string | undefined {
  const others = requirements.filter(({ key }) => key !== CLUSTER_LABEL);
  const matching = others.length < requirements.length ? context.index.meeting(others) : new BitSet(context.index.size);
  return matching.isEmpty ? undefined : `; ${some(context.namesOf(matching.toArray()))} would match, but for the cluster`;
}

/** `; shop/web@tion would match, but for app=wbe: it has app=web`, for the one condition whose absence makes it match. */
function nearMiss(context: FindingContext, requirements: readonly Requirement[], among: BitSet): string {
  const sorted = [...requirements].sort((one, other) => Number(namesPods(other)) - Number(namesPods(one)));
  for (const requirement of sorted) {
    const others = requirements.filter(each => each !== requirement);
    const near = context.index.meeting(others).and(among).toArray().flatMap(number => {
      const has = instead(requirement, context.index.classes[number].labels, others.some(namesPods));
      return has === undefined ? [] : [{ number, has }];
    });
    if (near.length > 0) {
      const [{ has }] = near;
      return `; ${some(context.namesOf(near.filter(each => each.has === has).map(({ number }) => number)))} would match, but for ${shownRequirement(requirement)}: it has ${has}`;
    }
  }
  return '';
}

/**
 * What an identity has in the place of what a condition asks for. Where nothing else of the selector names pods, only what looks like it: a
 * mistyped value or key, or the value under another key.
 */
function instead({ source, key, operator, values }: Requirement, labels: LabelSet, isNamed: boolean): string | undefined {
  const value = labels.get(source, key);
  if (value !== undefined) {
    return isNamed || (operator === 'In' && values.some(wanted => didYouMean(wanted, [value]) !== '')) ? `${shownKey(key)}=${value}` : undefined;
  }
  const own = labels.labels.filter(label => !isCiliumLabel(label.key) && label.key !== NAMESPACE_LABEL);
  const renamed = own.find(label => operator === 'In' && values.includes(label.value)) ?? own.find(label => didYouMean(key, [label.key]) !== '');
  return renamed ? `${renamed.key}=${renamed.value}` : isNamed ? `no label ${shownKey(key)}` : undefined;
}

function shownRequirement({ key, operator, values }: Requirement): string {
  return operator === 'In' ? `${shownKey(key)}=${values.join(' or ')}` : operator === 'NotIn' ? `${shownKey(key)} not in ${values.join(', ')}` : `${shownKey(key)} ${operator}`;
}

/** Cilium's own labels as a person calls them. */
function shownKey(key: string): string {
  return key === NAMESPACE_LABEL ? 'namespace' : key === CLUSTER_LABEL ? 'cluster' : key;
}
