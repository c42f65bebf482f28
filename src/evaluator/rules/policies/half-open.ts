import { PolicyEntry } from '../../engine/entry';
import { BitSet } from '../../flows/bit-set';
import { EvaluatedCluster, EvaluatedPolicy } from '../../read/cluster';
import { RuleContext } from '../context';
import { inManifest, Reported, Rule } from '../rule';
import { labelSelectors, namesPods } from '../shared/label-selectors';
import { EVERY_PORT, MissingPort, missingPortsOf, otherDirection } from '../shared/missing-half';
import { listNames } from '../shared/names';

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
        'allows it. ' +
        'Nothing is reported where rules at both ends open the port for other pairs of the source and of the ' +
        'destination.',
      fix: 'Add the missing half in the other cluster: cilium-mesh explain writes it.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies) {
      for (const opening of openingsOf(context, cluster, policy)) {
        const flows = halfOpenFlows(context, opening);
        if (flows) {
          report('half-open', findingOf(context, opening, flows));
        }
      }
    }
  },
};

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
      selectors.forEach(selector => peers.or(context.peersOf(cluster, entry.direction).selecting(selector)));
      byPath.set(entry.origin.path, { cluster, policy, entry, subjects: context.subjectsOf(cluster, entry), peers });
    }
  }
  return [...byPath.values()];
}

/** The flows that a rule allows and that the other end drops. Classes and ports are in the order of their discovery. */
interface HalfOpenFlows {
  readonly sources: ReadonlySet<number>;
  readonly destinations: ReadonlySet<number>;
  readonly ports: ReadonlySet<string>;
  /** The clusters that lack a rule. */
  readonly clusters: ReadonlySet<string>;
  readonly example: Flow;
}

/** One flow between two classes. */
interface Flow {
  readonly source: number;
  readonly destination: number;
  readonly port: string;
}

function halfOpenFlows(context: RuleContext, { entry, subjects, peers }: Opening): HalfOpenFlows | undefined {
  const missingPorts = missingPortsOf(context, entry);
  const isSplit = splitOf(context, subjects, peers);
  const [sources, destinations] = [new Set<number>(), new Set<number>()];
  const [ports, clusters] = [new Set<string>(), new Set<string>()];
  const examples: Flow[] = [];
  subjects.forEach(subject =>
    peers.forEach(peer => {
      const missing = isOneWorkload(context, subject, peer)
        ? []
        : missingPorts(subject, peer).filter(port => !isSplit(subject, peer, port));
      if (missing.length > 0) {
        const [source, destination] = entry.direction === 'egress' ? [subject, peer] : [peer, subject];
        sources.add(source);
        destinations.add(destination);
        missing.forEach(({ name }) => ports.add(name));
        clusters.add(context.index.classes[peer].cluster);
        if (examples.length === 0) {
          examples.push({ source, destination, port: missing[0].name });
        }
      }
    }),
  );
  const [example] = examples;
  return example && { sources, destinations, ports, clusters, example };
}

/**
 * Whether the other end opens a rule flow by flow. Rules at both ends open the port for the peer with another subject,
 * and for the subject with another peer: a rule for `app: api` is wider than those that let v1 reach v1 and v2 reach
 * v2. Classes of other clusters do not count, because each cluster needs its own rules.
 */
function splitOf({ index }: RuleContext, subjects: BitSet, peers: BitSet) {
  const inCluster = (all: BitSet, like: number) =>
    all.toArray().filter(each => index.classes[each].cluster === index.classes[like].cluster);
  const known = new Map<string, boolean>();
  const remembered = (key: string, isTrue: () => boolean): boolean => {
    const value = known.get(key) ?? isTrue();
    known.set(key, value);
    return value;
  };
  return (subject: number, peer: number, { name, isOpen }: MissingPort): boolean =>
    remembered(`peer ${name} ${peer} ${index.classes[subject].cluster}`, () =>
      inCluster(subjects, subject).some(each => isOpen(each, peer)),
    ) &&
    remembered(`subject ${name} ${subject} ${index.classes[peer].cluster}`, () =>
      inCluster(peers, peer).some(each => isOpen(subject, each)),
    );
}

/** Whether two classes are one workload, which needs no rule to reach itself. */
function isOneWorkload({ index }: RuleContext, subject: number, peer: number): boolean {
  return subject === peer && index.classes[peer].workloads.length === 1;
}

function findingOf(context: RuleContext, { cluster, policy, entry }: Opening, flows: HalfOpenFlows): Reported {
  const { sources, destinations, ports, clusters } = flows;
  const { direction } = entry;
  const other = otherDirection(direction);
  const where = listNames([...clusters]);
  return {
    at: inManifest(cluster.name, policy.manifest, entry.origin.path),
    message:
      `this ${direction} rule allows ${listNames(context.namesOf(sources))} to reach ` +
      `${listNames(context.namesOf(destinations))} ` +
      `on ${listNames([...ports])}, but default deny for ${other} in ${where} drops it: no rule there allows it`,
    namespaces: context.namespacesOf([...sources, ...destinations]),
    fix: `add the ${other} rule in ${where}; ${explainCommand(context, flows.example)} prints its YAML`,
  };
}

function explainCommand(context: RuleContext, { source, destination, port }: Flow): string {
  const [from, to] = [source, destination].map(number => context.namesOf([number])[0]);
  return `cilium-mesh explain ${from} ${to}${port === EVERY_PORT ? '' : ` --port ${port}`}`;
}
