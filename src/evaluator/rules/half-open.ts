import { FindingContext, shownPort } from './context';
import { Finding, found, some } from './finding';
import { labelSelectors, namesPods } from './label-selectors';
import { NO_PORT, portsOfRule } from './rule-ports';
import { Direction, PolicyEntry } from '../engine/entry';
import { PeerSelector } from '../engine/selector';
import { BitSet } from '../flows/bit-set';
import { FlowPort, lets } from '../flows/flow';
import { EvaluatedCluster, EvaluatedPolicy } from '../read/cluster';

/**
 * Flows that one end allows by name, and the other denies for want of a rule.
 *
 * A rule names pods when it selects them by labels of their own: what allows a whole namespace or cluster means no single flow.
 */
export function halfOpenFindings(context: FindingContext): Finding[] {
  return context.mesh.clusters.flatMap(cluster => cluster.policies.flatMap(policy => openingsOf(context, cluster, policy).flatMap(opening => halfOpen(context, opening))));
}

/** The allowances of one rule, with the classes that they are about. */
interface Opening {
  readonly cluster: EvaluatedCluster;
  readonly policy: EvaluatedPolicy;
  readonly entry: PolicyEntry;
  readonly subjects: BitSet;
  readonly peers: BitSet;
}

/** One for each rule: of a NetworkPolicy, each peer of a rule is an entry. */
function openingsOf(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Opening[] {
  const byPath = new Map<string, Opening>();
  for (const entry of policy.entries.filter(each => each.verdict === 'allow' && !each.node)) {
    const selectors = labelSelectors(entry).filter(({ requirements }) => requirements.some(namesPods));
    if (selectors.length > 0) {
      const peers = byPath.get(entry.origin.path)?.peers ?? new BitSet(context.index.size);
      selectors.forEach(selector => peers.or(context.peersOf(cluster).selecting(selector)));
      byPath.set(entry.origin.path, { cluster, policy, entry, subjects: context.subjectsOf(cluster, entry), peers });
    }
  }
  return [...byPath.values()];
}

function halfOpen(context: FindingContext, { cluster, policy, entry, subjects, peers }: Opening): Finding[] {
  const other: Direction = entry.direction === 'ingress' ? 'egress' : 'ingress';
  const missingPorts = missingPortsOf(context, entry, other);
  const [sources, destinations, ports, lacking] = [new Set<number>(), new Set<number>(), new Set<string>(), new Set<string>()];
  let first: { readonly flow: readonly number[]; readonly port: string } | undefined;
  subjects.forEach(subject => peers.forEach(peer => {
    const missing = peer === subject && context.index.classes[peer].workloads.length === 1 ? [] : missingPorts(subject, peer);
    if (missing.length > 0) {
      const [source, destination] = entry.direction === 'egress' ? [subject, peer] : [peer, subject];
      first ??= { flow: [source, destination], port: missing[0] };
      sources.add(source);
      destinations.add(destination);
      missing.forEach(port => ports.add(port));
      lacking.add(context.index.classes[peer].cluster);
    }
  }));
  if (!first) {
    return [];
  }
  const { flow, port } = first as { readonly flow: readonly number[]; readonly port: string };
  const [from, to] = flow.map(number => context.namesOf([number])[0]);
  const where = some([...lacking]);
  return [found('half-open', cluster.name, policy.manifest, entry.origin.path,
    `${entry.direction} of this rule allows ${some(context.namesOf(sources))} to reach ${some(context.namesOf(destinations))} on ${some([...ports])}, but ${other} in ${where} denies it: no rule there allows it`,
    `add the ${other} half in ${where}: cilium-mesh explain ${from} ${to}${port.includes('/') ? ` --port ${port}` : ''} writes it`)];
}

/**
 * The ports on which the other end lacks a rule. Ports that the rule names count one by one; of a rule for every port, or for a range, only
 * that none at all passes, since the other end may well be narrower.
 */
function missingPortsOf(context: FindingContext, entry: PolicyEntry, other: Direction): (subject: number, peer: number) => string[] {
  const portsFor = portsOfRule(context, entry);
  return (subject, peer) => portsFor(entry.direction === 'egress' ? peer : subject).flatMap(ports => {
    const lacks = (port: FlowPort) => {
      const reachability = context.on(port);
      return reachability.row(peer, other).verdict(subject) === 'default-denied' && lets(reachability.row(subject, entry.direction).verdict(peer));
    };
    if (ports.length === 0 || !ports.every(lacks)) {
      return [];
    }
    return ports[0] !== NO_PORT ? ports.map(shownPort) : someRule(context, peer, other, subject) ? [] : ['every port'];
  });
}

/** Whether some rule of a class allows the other one anything. */
function someRule(context: FindingContext, number: number, direction: Direction, other: number): boolean {
  const cluster = context.mesh.cluster(context.index.classes[number].cluster)!;
  const selecting = (peer: PeerSelector) => context.peersOf(cluster).selecting(peer).has(other);
  return context.rulesOf(cluster, direction, number).entries.some(({ verdict, peers, hasPorts }) => verdict === 'allow' && peers !== 'nobody'
    && (peers.length > 0 ? peers.some(selecting) : hasPorts));
}
