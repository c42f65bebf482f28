import { FindingContext } from './context';
import { Finding, found, some } from './finding';
import { conflict } from '../engine/conflict';
import { Direction, PolicyEntry } from '../engine/entry';
import { EvaluatedCluster, EvaluatedPolicy } from '../read/cluster';

/** Policies of which nothing, or not all, is enforced. */
export function policyFindings(context: FindingContext): Finding[] {
  return context.mesh.clusters.flatMap(cluster => [
    ...cluster.policies.flatMap(policy => refusals(cluster, policy)),
    ...conflicts(context, cluster),
    ...unreadKinds(cluster),
  ]);
}

/** How the reader says that a key stands in a selector twice: label-key-twice says so too. */
const ONE_LABEL = 'are one label to Cilium';

/** What the API server or Cilium would refuse, and what this evaluator cannot model. */
function refusals(cluster: EvaluatedCluster, { manifest, refusals: all }: EvaluatedPolicy): Finding[] {
  const object = manifest.object.kind === 'CiliumCIDRGroup' ? 'group' : 'policy';
  return all.filter(({ message }) => !message.includes(ONE_LABEL)).map(({ stage, path, message, got, fix }) => {
    const what = `${path === '' ? '' : `${path}: `}${message}${got === undefined ? '' : ` (got ${got})`}`;
    switch (stage) {
      case 'schema': return found('policy-refused-by-api-server', cluster.name, manifest, path, `the API server refuses this ${object}: ${what}`, fix ?? `correct the field; until then nothing of the ${object} is in the cluster`);
      case 'cilium': return found('policy-refused-by-cilium', cluster.name, manifest, path, `Cilium refuses this ${object} and enforces nothing of it: ${what}`, fix ?? 'correct the field; kubectl get cnp shows such a policy as not valid');
      default: return found('policy-not-modelled', cluster.name, manifest, path, `verdicts of this program leave this part out: ${what}`, fix ?? 'take verdicts on the workloads that the policy selects with care, or write the rule in another way');
    }
  });
}

/** Rules that contradict each other, so that Cilium cannot compute the policy of an endpoint. */
function conflicts(context: FindingContext, cluster: EvaluatedCluster): Finding[] {
  if (cluster.settings.policy.enforcement === 'never') {
    return [];
  }
  const reasons = new Map<string, string | undefined>();
  const found_ = new Map<string, { direction: Direction; reason: string; classes: number[]; entries: readonly PolicyEntry[] }>();
  context.ownClasses(cluster).forEach(number => {
    for (const direction of ['ingress', 'egress'] as const) {
      const { key, entries } = context.rulesOf(cluster, direction, number);
      if (!reasons.has(key)) {
        reasons.set(key, conflict(context.index.classes[number], direction, entries));
      }
      const reason = reasons.get(key);
      if (reason !== undefined) {
        const known = found_.get(`${direction} ${reason}`) ?? { direction, reason, classes: [], entries };
        found_.set(`${direction} ${reason}`, known);
        known.classes.push(number);
      }
    }
  });
  return [...found_.values()].flatMap(({ direction, reason, classes, entries }) => {
    const entry = entries.find(each => each.ports.some(port => port.l7) || each.authentication !== undefined) ?? entries[0];
    const manifest = entry && cluster.manifestOf(entry.origin);
    return manifest ? [found('policy-conflict', cluster.name, manifest, entry.origin.path,
      `rules on ${direction} of ${some(context.namesOf(classes))} contradict each other (${reason}): Cilium cannot compute their policy, new pods do not start, and running ones keep the policy that they had`,
      'make the rules on one peer and port agree: one kind of layer 7 rules, one authentication mode')] : [];
  });
}

/** Policies of kinds that the settings of the cluster turn off. */
function unreadKinds(cluster: EvaluatedCluster): Finding[] {
  const { settings, version } = cluster;
  return cluster.input.manifests.flatMap(manifest => {
    const { kind, apiVersion } = manifest.object;
    if (kind === 'NetworkPolicy' && apiVersion.startsWith('networking.k8s.io/') && !settings.networkPolicies) {
      return [found('policy-kind-disabled', cluster.name, manifest, 'kind', `${cluster.name} reads no NetworkPolicies: nothing of this one is enforced`, 'set k8sNetworkPolicy.enabled: true in the Helm values, or write a CiliumNetworkPolicy')];
    }
    if (kind === 'ClusterNetworkPolicy' && apiVersion.startsWith('policy.networking.k8s.io/') && !settings.policy.clusterNetworkPolicy) {
      return [found('policy-kind-disabled', cluster.name, manifest, 'kind', `${cluster.name} reads no ClusterNetworkPolicies: nothing of this one is enforced`, version.traits.clusterNetworkPolicies
        ? 'set k8sClusterNetworkPolicy.enabled: true in the Helm values; it is off by default'
        : 'upgrade to Cilium 1.20 and set k8sClusterNetworkPolicy.enabled: true, or write a CiliumClusterwideNetworkPolicy')];
    }
    return [];
  });
}
