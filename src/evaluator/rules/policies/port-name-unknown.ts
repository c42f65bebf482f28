import { PolicyEntry, PortMatch } from '../../engine/entry';
import { EvaluatedCluster, EvaluatedPolicy } from '../../read/cluster';
import { Workload } from '../../read/workload';
import { RuleContext } from '../context';
import { inManifest, Rule } from '../rule';
import { labelSelectors, namespacesOf } from '../shared/label-selectors';
import { listNames } from '../shared/names';

export const portNameUnknown: Rule<'port-name-unknown'> = {
  codes: {
    'port-name-unknown': {
      severity: 'warning',
      title: 'A rule names a port that no destination has',
      documentation:
        'Policies know the names of ports from the containers of the destination pods. ' +
        'None of them has a port of this name and protocol, so the rule allows or denies nothing on it. ' +
        'Nodes, and pods with hostNetwork, have no names of ports (updatePodHostData, pkg/k8s/watchers/pod.go, v1.20.2).',
      fix: 'Write the number of the port, or the name that the containers declare.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies) {
      for (const entries of rulesWithNames(policy)) {
        const destinations = destinationsOf(context, cluster, entries);
        const knowsAll = entries[0].direction === 'egress' && !cluster.settings.policy.traits.egressNamedPortsByPeer;
        if (knowsAll && context.mesh.clusters.some(each => context.mayHaveMore(each, undefined))) {
          continue;
        }
        const known = new Set(
          knowsAll
            ? context.mesh.workloads.flatMap(({ namedPorts }) => [...namedPorts.keys()])
            : [],
        );
        const unknown = destinations ? unknownPorts(entries[0], destinations, known) : [];
        for (const port of unknown) {
          report('port-name-unknown', {
            at: inManifest(cluster.name, policy.manifest, portsPath(policy, entries[0])),
            message: messageFor(port, destinations!),
            fix: fixFor(port, destinations!),
          });
        }
      }
    }
  },
};

/** What a rule is about: the workloads whose containers may name ports. */
interface Destinations {
  readonly named: readonly Workload[];
  /** With the network of their nodes, so their names of ports are unknown to Cilium. */
  readonly onHost: readonly Workload[];
}

/** The entries of each rule with names of ports. */
function rulesWithNames({ entries }: EvaluatedPolicy): PolicyEntry[][] {
  const byPath = new Map<string, PolicyEntry[]>();
  for (const entry of entries.filter(({ ports, node }) => !node && ports.some(({ name }) => name !== undefined))) {
    byPath.set(entry.origin.path, [...(byPath.get(entry.origin.path) ?? []), entry]);
  }
  return [...byPath.values()];
}

const NODES = ['host', 'remote-node', 'aggregate-remote-node'];

/** The destinations of a rule; undefined if it may have others that are unknown. */
function destinationsOf(
  context: RuleContext,
  cluster: EvaluatedCluster,
  entries: readonly PolicyEntry[],
): Destinations | undefined {
  const workloadsOf = (numbers: readonly number[]) =>
    [...new Set(numbers)].flatMap(number => context.index.classes[number].workloads);
  if (entries[0].direction === 'ingress') {
    const subjects = entries.flatMap(entry => context.subjectsOf(cluster, entry).toArray());
    const isUncertain = entries.some(({ subject }) => context.mayHaveMore(cluster, namespacesOf(subject)));
    return isUncertain || subjects.length === 0 ? undefined : { named: workloadsOf(subjects), onHost: [] };
  }
  // every pod of an unread Deployment may be the peer of an entity or an empty selector
  const selectors = entries.flatMap(labelSelectors);
  const isKnown = entries.every(
    ({ peers }) =>
      peers !== 'none' && peers.length > 0 && peers.every(each => each.kind === 'labels' && each.requirements.length > 0),
  );
  const ofNodes = selectors.filter(({ requirements }) =>
    requirements.some(({ source, key }) => source === 'reserved' && NODES.includes(key)),
  );
  const ofPods = selectors.filter(each => !ofNodes.includes(each));
  const selected = ofPods.flatMap(each => context.peersOf(cluster, 'egress').selecting(each).toArray());
  const isUncertain = ofPods.some(
    ({ requirements }) =>
      namespacesOf(requirements) === undefined ||
      context.mesh.clusters.some(each => context.mayHaveMore(each, namespacesOf(requirements))),
  );
  if (!isKnown || isUncertain || (ofPods.length > 0 && selected.length === 0)) {
    return undefined;
  }
  const named = workloadsOf(selected);
  const onHost = ofNodes.length > 0 ? cluster.workloads.filter(({ hostNetwork }) => hostNetwork) : [];
  return { named, onHost };
}

/**
 * The ports of a rule whose names no destination has. Cilium writes `ANY` as one port for each protocol. Before 1.20 it
 * takes the names of any pod for those of every destination of egress.
 */
function unknownPorts(
  { ports }: PolicyEntry,
  { named }: Destinations,
  ofOthers: ReadonlySet<string>,
): PortMatch[] {
  const names = [...new Set(ports.flatMap(({ name }) => name ?? []))];
  return names.flatMap(name => {
    const written = ports.filter(port => port.name === name);
    const keys = written.map(port => `${name}/${port.protocol}`);
    const isKnown = keys.some(key => ofOthers.has(key) || named.some(({ namedPorts }) => namedPorts.has(key)));
    return isKnown ? [] : written.slice(0, 1);
  });
}

function messageFor({ name }: PortMatch, { named }: Destinations): string {
  return named.length === 0
    ? `nodes have no names of ports, so the rule matches nothing on port "${name}"`
    : `no container of ${listNames(named.map(({ namespace, name: own, cluster }) => formatName(namespace, own, cluster)))} ` +
        `has a port named "${name}", so the rule matches nothing on it`;
}

function fixFor({ name, protocol }: PortMatch, { named, onHost }: Destinations): string {
  const numbers = onHost.flatMap(({ namedPorts }) => namedPorts.get(`${name}/${protocol}`) ?? []);
  const declared = named.flatMap(({ namedPorts }) => [...namedPorts.keys()].map(each => each.replace(/\/.*$/, '')));
  return numbers.length > 0
    ? `write the number of the port: ${[...new Set(numbers)].join(' or ')}`
    : declared.length > 0
      ? `write the number of the port, or a name that exists: ${listNames(declared)}`
      : 'write the number of the port';
}

function formatName(namespace: string, name: string, cluster: string): string {
  return `${namespace === 'default' ? '' : `${namespace}/`}${name}@${cluster}`;
}

function portsPath({ manifest }: EvaluatedPolicy, { origin: { path } }: PolicyEntry): string {
  return `${path}.${manifest.object.kind === 'NetworkPolicy' ? 'ports' : manifest.object.kind === 'ClusterNetworkPolicy' ? 'protocols' : 'toPorts'}`;
}
