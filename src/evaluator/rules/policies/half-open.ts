import { Direction, PolicyEntry } from '../../engine/entry';
import { PeerSelector } from '../../engine/selector';
import { BitSet } from '../../flows/bit-set';
import { FlowPort, formatPort, isAllowed } from '../../flows/flow';
import { EvaluatedCluster, EvaluatedPolicy } from '../../read/cluster';
import { RuleContext } from '../context';
import { inManifest, Reported, Rule } from '../rule';
import { labelSelectors, namesPods } from '../shared/label-selectors';
import { listNames } from '../shared/names';
import { NO_PORT, portsOfRule } from '../shared/rule-ports';

/**
 * A rule names pods when it selects them by labels of their own: a rule for a whole namespace or cluster means no
 * single flow.
 */
export const halfOpen: Rule<'half-open'> = {
  codes: {
    'half-open': {
      severity: 'warning',
      title: 'One end allows a flow that the other end denies',
      documentation:
        'A flow needs a rule for egress in the cluster of its source and a rule for ingress in the ' +
        'cluster of its destination. ' +
        'A rule allows the flow by name at one end; at the other end default deny drops it, because no rule there ' +
        'allows it.',
      fix: 'Add the missing half in the other cluster: cilium-mesh explain writes it.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies) {
      for (const opening of openingsOf(context, cluster, policy)) {
        const finding = halfOpenFlows(context, opening);
        if (finding) {
          report('half-open', finding);
        }
      }
    }
  },
};

const EVERY_PORT = 'every port';

/** The allowances of one rule, with the classes that they are about. */
interface Opening {
  readonly cluster: EvaluatedCluster;
  readonly policy: EvaluatedPolicy;
  readonly entry: PolicyEntry;
  readonly subjects: BitSet;
  readonly peers: BitSet;
}

/** One for each rule: of a NetworkPolicy, each peer of a rule is an entry. */
function openingsOf(context: RuleContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy): Opening[] {
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

function halfOpenFlows(
  context: RuleContext,
  { cluster, policy, entry, subjects, peers }: Opening,
): Reported | undefined {
  const other: Direction = entry.direction === 'ingress' ? 'egress' : 'ingress';
  const missingPorts = missingPortsOf(context, entry, other);
  const [sources, destinations, ports, lacking] = [
    new Set<number>(),
    new Set<number>(),
    new Set<string>(),
    new Set<string>(),
  ];
  let first: { readonly flow: readonly number[]; readonly port: string } | undefined;
  subjects.forEach(subject =>
    peers.forEach(peer => {
      const missing =
        peer === subject && context.index.classes[peer].workloads.length === 1 ? [] : missingPorts(subject, peer);
      if (missing.length > 0) {
        const [source, destination] = entry.direction === 'egress' ? [subject, peer] : [peer, subject];
        first ??= { flow: [source, destination], port: missing[0] };
        sources.add(source);
        destinations.add(destination);
        missing.forEach(port => ports.add(port));
        lacking.add(context.index.classes[peer].cluster);
      }
    }),
  );
  if (!first) {
    return undefined;
  }
  const { flow, port } = first as { readonly flow: readonly number[]; readonly port: string };
  const [from, to] = flow.map(number => context.namesOf([number])[0]);
  const where = listNames([...lacking]);
  const explain = `cilium-mesh explain ${from} ${to}${port === EVERY_PORT ? '' : ` --port ${port}`}`;
  return {
    at: inManifest(cluster.name, policy.manifest, entry.origin.path),
    message:
      `this ${entry.direction} rule allows ${listNames(context.namesOf(sources))} to reach ` +
      `${listNames(context.namesOf(destinations))} ` +
      `on ${listNames([...ports])}, but default deny for ${other} in ${where} drops it: no rule there allows it`,
    fix: `add the ${other} rule in ${where}; ${explain} prints its YAML`,
  };
}

/**
 * The ports on which the other end lacks a rule. Ports that the rule names count one by one; of a rule for every
 * port, or for a range, only
 * that none at all passes, since the other end may well be narrower.
 */
function missingPortsOf(
  context: RuleContext,
  entry: PolicyEntry,
  other: Direction,
): (subject: number, peer: number) => string[] {
  const portsFor = portsOfRule(context, entry);
  return (subject, peer) =>
    portsFor(entry.direction === 'egress' ? peer : subject).flatMap(ports => {
      const lacks = (port: FlowPort) => {
        const reachability = context.on(port);
        return (
          reachability.row(peer, other).verdict(subject) === 'default-denied' &&
          isAllowed(reachability.row(subject, entry.direction).verdict(peer))
        );
      };
      if (ports.length === 0 || !ports.every(lacks)) {
        return [];
      }
      return ports[0] !== NO_PORT ? ports.map(formatPort) : hasRule(context, peer, other, subject) ? [] : [EVERY_PORT];
    });
}

/** Whether some rule of a class allows the other one anything. */
function hasRule(context: RuleContext, number: number, direction: Direction, other: number): boolean {
  const cluster = context.mesh.cluster(context.index.classes[number].cluster)!;
  const selecting = (peer: PeerSelector) => context.peersOf(cluster).selecting(peer).has(other);
  return context
    .rulesOf(cluster, direction, number)
    .entries.some(
      ({ verdict, peers, hasPorts }) =>
        verdict === 'allow' && peers !== 'none' && (peers.length > 0 ? peers.some(selecting) : hasPorts),
    );
}
