import { FindingContext } from './context';
import { Finding, found, some } from './finding';
import { labelSelectors } from './selectors';
import { CLUSTER_LABEL, NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX } from '../../model/labels';
import { BitSet } from '../bit-set';
import { FlowPort } from '../flow';
import { isKnownElsewhere } from '../flow-end';
import { EvaluatedCluster, EvaluatedPolicy } from '../mesh/cluster';
import { namespaceOf } from '../mesh/namespace';
import { identityLabels, shownWorkload } from '../mesh/workload';
import { Direction, PolicyEntry } from '../policy/entry';
import { Requirement } from '../selector';
import { decide, DirectedFlow, matches } from '../verdict';

/** What only shows when all clusters are looked at together. */
export function acrossClustersFindings(context: FindingContext): Finding[] {
  const openings = context.mesh.clusters.flatMap(cluster => cluster.policies.flatMap(policy => openingsOf(context, cluster, policy)));
  return [
    ...openings.flatMap(opening => halfOpen(context, opening)),
    ...localCluster(context),
    ...context.mesh.clusters.flatMap(cluster => [
      ...cluster.policies.flatMap(policy => [...oneCluster(context, cluster, policy), ...namespacesNotGlobal(context, cluster, policy)]),
      ...withoutDns(context, cluster),
    ]),
  ];
}

/** A rule that allows named pods, with the classes that it is about. */
interface Opening {
  readonly cluster: EvaluatedCluster;
  readonly policy: EvaluatedPolicy;
  readonly entry: PolicyEntry;
  readonly subjects: readonly number[];
  readonly peers: BitSet;
}

/** Rules that name pods by labels of their own: what allows a whole namespace or cluster means no single flow. */
function openingsOf(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Opening[] {
  return policy.entries.filter(entry => entry.verdict === 'allow' && !entry.node).flatMap(entry => {
    const selectors = labelSelectors(entry).filter(({ requirements }) => requirements.some(namesPods));
    if (selectors.length === 0) {
      return [];
    }
    const peers = selectors.reduce((union, selector) => union.or(context.peersOf(cluster).selecting(selector)), new BitSet(context.index.size));
    const subjects = subjectsOf(context, cluster, entry);
    return [{ cluster, policy, entry, subjects, peers }];
  });
}

/** The classes of a cluster that an entry is about. */
function subjectsOf(context: FindingContext, cluster: EvaluatedCluster, entry: PolicyEntry): number[] {
  return context.index.meeting(entry.subject).toArray().filter(number => context.index.classes[number].cluster === cluster.name && !context.index.classes[number].hostNetwork);
}

function namesPods({ source, key, operator }: Requirement): boolean {
  return (operator === 'In' || operator === 'Exists') && source !== 'reserved' && key !== NAMESPACE_LABEL && key !== CLUSTER_LABEL && !key.startsWith(NAMESPACE_LABELS_PREFIX);
}

/** Flows that one end allows by name, and the other denies for want of a rule. */
function halfOpen(context: FindingContext, { cluster, policy, entry, subjects, peers }: Opening): Finding[] {
  const missing = new Map<string, { from: string[]; to: string[]; ports: Set<string> }>();
  const other: Direction = entry.direction === 'ingress' ? 'egress' : 'ingress';
  for (const subject of subjects) {
    peers.forEach(peer => {
      if (peer === subject && context.index.classes[peer].workloads.length === 1) {
        return;
      }
      const [source, destination] = entry.direction === 'egress' ? [subject, peer] : [peer, subject];
      for (const port of context.portsOf(destination)) {
        if (holds(context, entry, subject, peer, port) && context.on(port).row(peer, other).verdict(subject) === 'default-denied') {
          const lacking = context.index.classes[peer].cluster;
          const gap = missing.get(lacking) ?? { from: [], to: [], ports: new Set<string>() };
          missing.set(lacking, gap);
          gap.from.push(...context.index.classes[source].workloads.map(shownWorkload));
          gap.to.push(...context.index.classes[destination].workloads.map(shownWorkload));
          gap.ports.add(`${port.protocol}/${port.port}`);
        }
      }
    });
  }
  if (missing.size === 0) {
    return [];
  }
  const gaps = [...missing.values()];
  const [{ from: [from], to: [to] }] = gaps;
  const all = (side: 'from' | 'to') => some(gaps.flatMap(gap => gap[side]));
  const lacking = some([...missing.keys()]);
  return [found('half-open', cluster.name, policy.manifest, entry.origin.path,
    `${entry.direction} of this rule allows ${all('from')} to reach ${all('to')} on ${some(gaps.flatMap(gap => [...gap.ports]))}, but ${other} in ${lacking} denies it: no rule there allows it`,
    `add the ${other} half in ${lacking}: cilium-mesh explain ${from} ${to} writes it`)];
}

/** Whether an entry is about a flow on a port. */
function holds(context: FindingContext, entry: PolicyEntry, subject: number, peer: number, { protocol, port }: FlowPort): boolean {
  const [self, other] = [context.index.classes[subject], context.index.classes[peer]];
  const flow: DirectedFlow = { subject: self, direction: entry.direction, peer: { ...other, names: [], groups: [] }, protocol, port, ends: new Map() };
  return !entry.hasPorts || matches({ ...entry, peers: [] }, flow);
}

/** Selectors without a cluster mean other pods with and without `policy-default-local-cluster`, and flows change with it. */
function localCluster(context: FindingContext): Finding[] {
  const other = context.withOtherLocalCluster();
  const ports = context.allPorts();
  return context.mesh.clusters.flatMap(cluster => {
    const turned = other.mesh.cluster(cluster.name)!;
    const [here, there] = [context.peersOf(cluster), other.peersOf(turned)];
    return cluster.policies.flatMap((policy, number) => policy.entries.flatMap((entry, which) => {
      const twin = turned.policies[number].entries[which];
      if (entry.peers === 'nobody' || entry.node || !twin || twin.peers === 'nobody' || entry.peers.every((peer, index) => peer.id === (twin.peers as readonly { id: string }[])[index]?.id)) {
        return [];
      }
      const union = (peers: typeof here, of: PolicyEntry) => (of.peers === 'nobody' ? [] : of.peers).reduce((all, peer) => all.or(peers.selecting(peer)), new BitSet(context.index.size));
      const [mine, theirs] = [union(here, entry), union(there, twin)];
      const changed = mine.copy().andNot(theirs).or(theirs.andNot(mine)).toArray();
      const subjects = changed.length === 0 ? [] : subjectsOf(context, cluster, entry);
      const peers = changed.filter(peer => subjects.some(subject => ports.some(port => holds(context, entry, subject, peer, port)
        && context.on(port).row(subject, entry.direction).verdict(peer) !== other.on(port).row(subject, entry.direction).verdict(peer))));
      if (peers.length === 0) {
        return [];
      }
      const names = some(peers.flatMap(peer => context.index.classes[peer].workloads.map(shownWorkload)));
      const local = cluster.settings.policy.defaultLocalCluster;
      return [found('local-cluster-default', cluster.name, policy.manifest, entry.origin.path,
        local ? `a selector without a cluster means ${cluster.name} alone since Cilium 1.19: ${entry.direction === 'ingress' ? 'from' : 'to'} ${names} nothing passes by this rule; up to 1.18 it did`
          : `a selector without a cluster means every cluster up to Cilium 1.18: ${names} ${entry.direction === 'ingress' ? 'come in' : 'can be reached'} by this rule; since 1.19 it means ${cluster.name} alone`,
        `name the clusters that are meant: ${CLUSTER_LABEL} with In or Exists`)];
    }));
  });
}

/** Policies that protect workloads in one cluster, while workloads with the same labels run unprotected in another. */
function oneCluster(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const seen = new Set<string>();
  return policy.entries.filter(entry => !entry.node && entry.defaultDeny).flatMap(entry => {
    const spec = `${entry.origin.path.replace(/\..*$/, '')} ${entry.direction}`;
    if (seen.has(spec) || entry.subject.some(({ key }) => key === CLUSTER_LABEL)) {
      return [];
    }
    seen.add(spec);
    const selected = context.index.meeting(entry.subject).toArray().filter(number => !context.index.classes[number].hostNetwork);
    if (!selected.some(number => context.index.classes[number].cluster === cluster.name)) {
      return [];
    }
    const open = selected.filter(number => {
      const each = context.index.classes[number];
      return each.cluster !== cluster.name && !context.enforced(context.mesh.cluster(each.cluster)!, entry.direction).has(number);
    });
    const clusters = [...new Set(open.map(number => context.index.classes[number].cluster))].sort();
    return clusters.length === 0 ? [] : [found('policy-in-one-cluster', cluster.name, policy.manifest, entry.origin.path,
      `it protects ${entry.direction} in ${cluster.name} only; the same selector matches ${some(open.flatMap(number => context.index.classes[number].workloads.map(shownWorkload)))}, and no policy there is about their ${entry.direction}`,
      `apply the policy in ${clusters.join(' and ')} too: policies act in the cluster where they are applied`)];
  });
}

/** Rules for pods of other clusters in namespaces that are not global: their identities are known to their own cluster only. */
function namespacesNotGlobal(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const seen = new Set<string>();
  return policy.entries.filter(entry => !seen.has(entry.origin.path) && seen.add(entry.origin.path)).flatMap(entry => {
    const hidden = labelSelectors(entry).filter(({ requirements }) => requirements.some(({ key, source }) => key === CLUSTER_LABEL && source !== 'reserved') || requirements.some(namesPods))
      .flatMap(({ requirements }) => context.index.meeting(requirements).toArray())
      .map(number => context.index.classes[number]).filter(each => each.cluster !== cluster.name && !isKnownElsewhere(each.workloads[0], context.mesh));
    return hidden.length === 0 ? [] : [found('namespace-not-global', cluster.name, policy.manifest, entry.origin.path,
      `it names ${some(hidden.flatMap(each => each.workloads.map(shownWorkload)))}, but the namespace is not global there: ${cluster.name} does not know these pods, and the rule never matches them`,
      'annotate the namespace with clustermesh.cilium.io/global: "true" in that cluster, or set clustermesh.defaultGlobalNamespace')];
  });
}

/** Workloads whose egress is denied by default, DNS with it. */
function withoutDns(context: FindingContext, cluster: EvaluatedCluster): Finding[] {
  const settings = cluster.settings.policy;
  const servers = cluster.workloads.filter(each => each.namespace === 'kube-system' && each.podLabels['k8s-app'] === 'kube-dns');
  const namespace = cluster.namespaces.get('kube-system') ?? namespaceOf('kube-system', undefined, true);
  const peers = servers.length > 0 ? servers.map(({ labels, namedPorts }) => ({ labels, namedPorts }))
    : [{ labels: identityLabels(cluster.name, namespace, { 'k8s-app': 'kube-dns' }, 'coredns'), namedPorts: new Map([['dns/UDP', 53], ['dns-tcp/TCP', 53]]) }];
  const byRule = new Map<string, { entry: PolicyEntry; names: string[] }>();
  for (const each of context.index.classes.filter(({ cluster: name, hostNetwork }) => name === cluster.name && !hostNetwork)) {
    const aggregate = settings.minor >= 20 ? { aggregate: 'aggregate-cluster' as const } : {};
    const decisions = peers.map(peer => decide(each, 'egress', { ...peer, names: [], groups: [], ...aggregate }, 'UDP', 53, cluster.entries, settings));
    const [decision] = decisions;
    const entry = decision.entries[0];
    if (entry && decisions.every(({ verdict }) => verdict === 'default-denied' || verdict === 'denied')) {
      const key = `${entry.origin.kind}/${entry.origin.namespace}/${entry.origin.name}/${entry.origin.path}`;
      byRule.set(key, { entry, names: [...byRule.get(key)?.names ?? [], ...each.workloads.map(shownWorkload)] });
    }
  }
  return [...byRule.values()].flatMap(({ entry, names }) => {
    const manifest = cluster.manifestOf(entry.origin);
    return manifest ? [found('dns-denied', cluster.name, manifest, entry.origin.path, `egress of ${some(names)} to kube-dns on UDP/53 is denied: names do not resolve, and calls by name fail before any other rule counts`,
      'allow egress to k8s-app=kube-dns in kube-system on UDP/53 and TCP/53')] : [];
  });
}

