import { FindingContext } from './context';
import { Finding, found, some } from './finding';
import { bareKey, isMap, list, rawRules, rawSelectors, selectorKeys } from './raw-rules';
import { Cidr } from '../../model/cidr';
import { CLUSTER_LABEL, isIdentityLabel, NAMESPACE_LABEL } from '../../model/labels';
import { EvaluatedCluster, EvaluatedPolicy } from '../mesh/cluster';
import { shownWorkload } from '../mesh/workload';
import { conflict } from '../verdict';

/** What is wrong with single policies, or surprising in them. */
export function policyFindings(context: FindingContext): Finding[] {
  return context.mesh.clusters.flatMap(cluster => [
    ...cluster.policies.flatMap(policy => [
      ...refusals(cluster, policy),
      ...emptyRules(cluster, policy),
      ...labelKeys(cluster, policy),
      ...clusterEntity(context, cluster, policy),
      ...cidrs(context, cluster, policy),
      ...cidrGroups(cluster, policy),
      ...namesWithoutDns(cluster, policy),
    ]),
    ...conflicts(context, cluster),
    ...unreadKinds(cluster),
  ]);
}

/** What the API server or Cilium would refuse, and what this evaluator cannot model. */
function refusals(cluster: EvaluatedCluster, { manifest, refusals: all }: EvaluatedPolicy): Finding[] {
  return all.map(({ stage, path, message, got, fix }) => {
    const where = path === '' ? '' : `${path}: `;
    const gotText = got === undefined ? '' : ` (got ${got})`;
    switch (stage) {
      case 'schema': return found('policy-refused-by-api-server', cluster.name, manifest, path, `the API server refuses this policy: ${where}${message}${gotText}`, fix ?? 'correct the field; until then nothing of the policy is in the cluster');
      case 'cilium': return found('policy-refused-by-cilium', cluster.name, manifest, path, `Cilium refuses this policy and enforces nothing of it: ${where}${message}${gotText}`, fix ?? 'correct the field; kubectl get cnp shows such a policy as not valid');
      default: return found('policy-not-modelled', cluster.name, manifest, path, `the verdicts of this program leave this part out: ${where}${message}${gotText}`, fix ?? 'take verdicts on the workloads that the policy selects with care, or write the rule in another way');
    }
  });
}

/** Rules that contradict each other, so that Cilium cannot compute the policy of an endpoint. */
function conflicts(context: FindingContext, cluster: EvaluatedCluster): Finding[] {
  if (cluster.settings.policy.enforcement === 'never') {
    return [];
  }
  const byReason = new Map<string, { names: string[]; entries: typeof cluster.entries }>();
  for (const each of context.index.classes.filter(({ cluster: name, hostNetwork }) => name === cluster.name && !hostNetwork)) {
    for (const direction of ['ingress', 'egress'] as const) {
      const reason = conflict(each, direction, cluster.entries);
      if (reason !== undefined) {
        const entries = cluster.entries.filter(entry => entry.direction === direction && !entry.node);
        const key = `${direction} ${reason}`;
        byReason.set(key, { names: [...byReason.get(key)?.names ?? [], ...each.workloads.map(shownWorkload)], entries });
      }
    }
  }
  return [...byReason].flatMap(([key, { names, entries }]) => {
    const entry = entries.find(each => each.ports.some(port => port.l7) || each.authentication !== undefined) ?? entries[0];
    const manifest = entry && cluster.manifestOf(entry.origin);
    return manifest ? [found('policy-conflict', cluster.name, manifest, entry.origin.path,
      `rules on ${key.split(' ')[0]} of ${some(names)} contradict each other (${key.slice(key.indexOf(' ') + 1)}): Cilium cannot compute their policy, new pods do not start and running ones keep the policy that they had`,
      'make the rules on one peer and port agree: one kind of layer 7 rules, one authentication mode')] : [];
  });
}

/**
 * `[{}]` allows nobody in Cilium's policies, and everybody in Kubernetes'. As the only rule for whole namespaces it is how a default deny is
 * written, and meant; beside other rules, or for a single application, it looks like the Kubernetes form.
 */
function emptyRules(cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  if (!isCilium(policy)) {
    return [];
  }
  return rawRules(policy).filter(({ spec, section, rule }) => (section === 'ingress' || section === 'egress') && isMap(rule) && Object.keys(rule).length === 0
    && (list(spec[section]).length > 1 || namesAnApplication(spec.endpointSelector)))
    .map(({ section, path }) => found('empty-rule-allows-nobody', cluster.name, policy.manifest, path,
      `an empty ${section} rule allows nobody in a ${policy.manifest.object.kind}; in a NetworkPolicy it would allow everybody`,
      `to allow everybody write ${section === 'ingress' ? 'fromEntities' : 'toEntities'}: [all]; to deny everybody, make it a policy of its own for the whole namespace`));
}

function namesAnApplication(selector: any): boolean {
  return isMap(selector) && selectorKeys({ selector, path: '' }).some(({ key, values }) => values.length > 0 && bareKey(key) !== NAMESPACE_LABEL && bareKey(key) !== CLUSTER_LABEL)
    && !list(selector.matchExpressions).some(each => each?.operator === 'NotIn' || each?.operator === 'DoesNotExist');
}

/** Labels that are never part of an identity, and keys that stand twice in one map of Cilium's. */
function labelKeys(cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  return rawSelectors(policy).flatMap(selector => {
    const keys = selectorKeys(selector);
    const bare = keys.filter(({ path }) => path.includes('.matchLabels[')).map(({ key }) => bareKey(key));
    return [
      ...keys.filter(({ key }) => !key.includes('namespaceSelector') && !isReserved(key) && !selector.path.endsWith('namespaceSelector') && !isIdentityLabel(bareKey(key))
        && selector.path.search(/cidrGroupSelector|k8sServiceSelector|nodeSelector|Nodes\[/) < 0).map(({ key, path }) => found('label-not-in-identity', cluster.name, policy.manifest, path,
        `Cilium leaves the label ${bareKey(key)} out of identities, so that no selector can match it`, 'select by another label of the pods')),
      ...[...new Set(bare.filter((key, index) => bare.indexOf(key) !== index))].map(key => found('label-key-twice', cluster.name, policy.manifest, selector.path,
        `the key ${key} stands here under two prefixes; Cilium keeps one of the two values, and which one changes from run to run`, 'keep one of the two')),
    ];
  });
}

/** The entity `cluster` is this cluster alone. */
function clusterEntity(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const others = context.mesh.clusters.filter(each => each !== cluster && each.workloads.length > 0);
  if (!isCilium(policy) || others.length === 0) {
    return [];
  }
  return rawRules(policy).filter(({ section }) => !section.endsWith('Deny')).flatMap(({ rule, path }) => ['fromEntities', 'toEntities'].flatMap(field => {
    const entities = list(rule?.[field]);
    return entities.includes('cluster') && !entities.includes('cluster-mesh') && !entities.includes('all') ? [found('entity-cluster-is-local', cluster.name, policy.manifest, `${path}.${field}`,
      `the entity cluster means ${cluster.name} alone: pods of ${some(others.map(each => each.name))} are not in it`,
      cluster.version.atLeast(20) ? 'leave it, or write cluster-mesh for the pods of all clusters' : 'leave it, or select the pods of other clusters by io.cilium.k8s.policy.cluster')] : [];
  }));
}

/** CIDRs are about addresses outside of the mesh; pods are selected by labels only. */
function cidrs(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const ofPods = context.input.clusters.flatMap(({ name, settings }) => (settings.podCIDRs ?? []).flatMap(text => {
    const cidr = Cidr.masked(text);
    return cidr ? [{ name, cidr }] : [];
  }));
  return rawRules(policy).filter(({ section }) => !section.endsWith('Deny')).flatMap(({ rule, path }) => {
    const written: Array<[text: unknown, at: string]> = [
      ...['fromCIDR', 'toCIDR'].flatMap(field => list(rule?.[field]).map((text, index): [unknown, string] => [text, `${path}.${field}[${index}]`])),
      ...['fromCIDRSet', 'toCIDRSet'].flatMap(field => list(rule?.[field]).map((each, index): [unknown, string] => [each?.cidr, `${path}.${field}[${index}]`])),
      ...['from', 'to'].flatMap(field => list(rule?.[field]).map((each, index): [unknown, string] => [each?.ipBlock?.cidr, `${path}.${field}[${index}].ipBlock`])),
    ];
    return written.flatMap(([text, at]) => {
      const cidr = typeof text === 'string' ? Cidr.masked(text) : undefined;
      const within = cidr && ofPods.find(each => each.cidr.covers(cidr));
      return within ? [found('cidr-of-pods', cluster.name, policy.manifest, at, `${String(text)} lies in the pod CIDR ${within.cidr.text} of ${within.name}, but CIDRs never select pods`, 'select the pods by their labels')] : [];
    });
  });
}

function cidrGroups(cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const known = cluster.cidrGroups.map(({ name }) => name);
  return rawRules(policy).flatMap(({ rule, path }) => ['fromCIDRSet', 'toCIDRSet'].flatMap(field => list(rule?.[field]).flatMap((each, index) =>
    typeof each?.cidrGroupRef === 'string' && !known.includes(each.cidrGroupRef) ? [found('cidr-group-missing', cluster.name, policy.manifest, `${path}.${field}[${index}]`,
      `${cluster.name} has no CiliumCIDRGroup ${each.cidrGroupRef}: the rule selects nobody`, known.length > 0 ? `the groups are ${known.join(', ')}` : 'add the group to the manifests of the cluster')] : [])));
}

/** Names are learnt from answers that pass the DNS proxy; without a DNS rule none does. */
function namesWithoutDns(cluster: EvaluatedCluster, { manifest, entries }: EvaluatedPolicy): Finding[] {
  const withNames = entries.filter(entry => entry.peers !== 'nobody' && entry.peers.some(peer => peer.kind === 'fqdn'));
  return withNames.filter((entry, index) => withNames.findIndex(each => each.origin.path === entry.origin.path) === index).flatMap(entry => {
    const proxied = cluster.entries.some(each => each.direction === 'egress' && each.ports.some(port => port.l7?.parser === 'dns'));
    return proxied ? [] : [found('fqdn-without-dns-rule', cluster.name, manifest, entry.origin.path,
      `toFQDNs only knows the addresses that the DNS proxy saw, and no egress rule of ${cluster.name} sends DNS through it: the rule selects nobody`,
      'allow egress to kube-dns on UDP/53 with rules: {dns: [{matchPattern: "*"}]}')];
  });
}

/** Policies of kinds that the settings of the cluster turn off. */
function unreadKinds(cluster: EvaluatedCluster): Finding[] {
  const { settings } = cluster;
  return cluster.input.manifests.flatMap(manifest => {
    const { kind, apiVersion } = manifest.object;
    if (kind === 'NetworkPolicy' && apiVersion.startsWith('networking.k8s.io/') && !settings.networkPolicies) {
      return [found('policy-kind-disabled', cluster.name, manifest, 'kind', 'Cilium reads no NetworkPolicies here (k8sNetworkPolicy.enabled: false)', 'enable them, or write a CiliumNetworkPolicy')];
    }
    if (kind === 'ClusterNetworkPolicy' && apiVersion.startsWith('policy.networking.k8s.io/') && !settings.policy.clusterNetworkPolicy) {
      return [found('policy-kind-disabled', cluster.name, manifest, 'kind', 'Cilium reads no ClusterNetworkPolicies here: they are off by default (k8sClusterNetworkPolicy.enabled, since 1.20)', 'enable them in the Helm values of the cluster')];
    }
    return [];
  });
}

function isCilium({ manifest: { object } }: EvaluatedPolicy): boolean {
  return object.kind === 'CiliumNetworkPolicy' || object.kind === 'CiliumClusterwideNetworkPolicy';
}

function isReserved(key: string): boolean {
  return key.startsWith('reserved:') || key.startsWith('$') || /^(cidr|fqdn|cidrgroup|node|unspec|container|mesos):/.test(key);
}

