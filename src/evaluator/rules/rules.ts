import { FindingContext } from './context';
import { Finding, found, some } from './finding';
import { bareKey, isCiliumPolicy, isMap, list, RawRule, rawRules, rawSelectors, selectorKeys } from './raw-rules';
import { CLUSTER_LABEL, isIdentityLabel, NAMESPACE_LABEL } from '../../cilium/labels';
import { EvaluatedCluster, EvaluatedPolicy } from '../read/cluster';

/** Rules that mean something else than they look like. */
export function ruleFindings(context: FindingContext): Finding[] {
  return context.mesh.clusters.flatMap(cluster => cluster.policies.flatMap(policy => [
    ...labelKeys(cluster, policy),
    ...isCiliumPolicy(policy) ? [...emptyRules(cluster, policy), ...emptyPeers(cluster, policy), ...clusterEntity(context, cluster, policy)] : [],
  ]));
}

/**
 * `[{}]` allows nobody in Cilium's policies, and everybody in Kubernetes'. As the only rule for whole namespaces it is how a default deny is
 * written, and meant; beside other rules, or for a single application, it looks like the Kubernetes form.
 */
function emptyRules(cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  return rawRules(policy).filter(({ spec, section, rule }) => isAllowing(section) && isMap(rule) && Object.keys(rule).length === 0
    && (list(spec[section]).length > 1 || namesAnApplication(spec.endpointSelector)))
    .map(({ section, path }) => found('empty-rule-allows-nobody', cluster.name, policy.manifest, path,
      `an empty ${section} rule allows nobody in a ${policy.manifest.object.kind}; in a NetworkPolicy it would allow everybody`,
      `to allow everybody write ${section === 'ingress' ? 'fromEntities' : 'toEntities'}: [all]; to deny everybody, make it a policy of its own for the whole namespace`));
}

/** Lists of peers or ports that are there and empty: with Cilium 1.16 and later they allow nobody. */
function emptyPeers(cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  if (!cluster.version.traits.emptyPeerListMatchesNothing) {
    return [];
  }
  return rawRules(policy).filter(({ section }) => isAllowing(section)).flatMap(({ section, rule, path }) => {
    const prefix = section === 'ingress' ? 'from' : 'to';
    const field = ['Endpoints', 'Entities', 'CIDR', 'CIDRSet', 'Nodes'].map(kind => prefix + kind).find(each => Array.isArray(rule?.[each]) && rule[each].length === 0);
    return field === undefined ? [] : [found('empty-rule-allows-nobody', cluster.name, policy.manifest, `${path}.${field}`,
      `${field} is an empty list: the rule allows nobody, whatever else it says`, `remove ${field} to allow everybody on the rule's ports, or name the peers`)];
  });
}

function isAllowing(section: RawRule['section']): boolean {
  return section === 'ingress' || section === 'egress';
}

function namesAnApplication(selector: any): boolean {
  return isMap(selector) && selectorKeys({ selector, path: '' }).some(({ key, values }) => values.length > 0 && bareKey(key) !== NAMESPACE_LABEL && bareKey(key) !== CLUSTER_LABEL)
    && !list(selector.matchExpressions).some(each => each?.operator === 'NotIn' || each?.operator === 'DoesNotExist');
}

/** Labels that are never part of an identity, and keys that stand twice in one map of Cilium's. */
function labelKeys(cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const filtersOfItsOwn = cluster.settings.unmodelled.some(path => /(^|\.)labels$/.test(path));
  return rawSelectors(policy).flatMap(selector => {
    const keys = selectorKeys(selector);
    const filtered = filtersOfItsOwn || !isOfPods(selector.path) ? [] : keys.filter(({ key }) => !isOtherSource(key) && !isIdentityLabel(bareKey(key)));
    const bare = keys.filter(({ path }) => path.includes('.matchLabels[')).map(({ key }) => bareKey(key));
    return [
      ...filtered.map(({ key, path, operator }) => found('label-not-in-identity', cluster.name, policy.manifest, path,
        `Cilium leaves the label ${bareKey(key)} out of identities: ${operator === 'NotIn' || operator === 'DoesNotExist' ? 'this condition holds for every pod' : 'no pod ever matches it'}`, 'select by another label of the pods')),
      ...[...new Set(bare.filter((key, index) => bare.indexOf(key) !== index))].map(key => found('label-key-twice', cluster.name, policy.manifest, `${selector.path}.matchLabels`,
        `the key ${key} stands here under two prefixes; Cilium keeps one of the two values, and which one changes from run to run`, 'keep one of the two')),
    ];
  });
}

/** Whether the selector at a path is one of pods: not of namespaces, nodes, Services or groups. */
function isOfPods(path: string): boolean {
  return !/(namespaceSelector|namespaces|cidrGroupSelector|nodeSelector)$|k8sServiceSelector|Nodes\[/.test(path);
}

function isOtherSource(key: string): boolean {
  return key.startsWith('$') || /^[A-Za-z0-9]+:/.test(key) && !/^(k8s|any):/.test(key);
}

/** The entity `cluster` is this cluster alone. */
function clusterEntity(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const others = context.mesh.clusters.filter(each => each !== cluster && each.workloads.length > 0);
  return others.length === 0 ? [] : rawRules(policy).flatMap(({ section, rule, path }) => ['fromEntities', 'toEntities'].flatMap(field => {
    const entities = list(rule?.[field]);
    return entities.includes('cluster') && !entities.includes('cluster-mesh') && !entities.includes('all') ? [found('entity-cluster-is-local', cluster.name, policy.manifest, `${path}.${field}`,
      `the entity cluster means ${cluster.name} alone: pods of ${some(others.map(each => each.name))} are not in it${section.endsWith('Deny') ? ', and are not denied' : ''}`,
      cluster.version.traits.clusterMeshEntity ? 'leave it if that is meant, or write cluster-mesh for the pods of all clusters'
        : `leave it if that is meant, or select the pods of other clusters by ${CLUSTER_LABEL}`)] : [];
  }));
}
