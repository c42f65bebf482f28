import { Direction, PolicyEntry } from '../../engine/entry';
import { Endpoint } from '../../flows/endpoint';
import { formatMembers } from '../../flows/endpoint-classes';
import { decideEndpoint, FlowPort, hasAuthentication, policiesOf } from '../../flows/flow';
import { FlowSpace } from '../../flows/flow-space';
import { formatRange, mergeRanges, PortRange } from '../../flows/port-range';
import { formatPolicy } from '../../queries/explain';
import { EvaluatedCluster } from '../../read/cluster';
import { RuleContext } from '../context';
import { firstOfSeveral, inManifest, Rule } from '../rule';
import { listInOrder, listNames } from '../shared/names';

export const authenticationOrder: Rule<'authentication-order'> = {
  codes: {
    'authentication-order': {
      severity: 'warning',
      title: 'The order of computation decides whether a flow is authenticated',
      documentation:
        'Rules with and without authentication allow the same flows. Which of them counts depends on the order in ' +
        'which Cilium inserts their entries into its map (authPreferredInsert and pruneAggregated, ' +
        'pkg/policy/mapstate.go, v1.20.2). The order differs from one computation to the next. In some orders Cilium ' +
        'requires an authentication that fails, and drops the flow.',
      fix: 'State one authentication mode in all rules that allow these flows.',
    },
  },
  check(context, report) {
    if (!hasAuthentication(context.mesh)) {
      return;
    }
    for (const { cluster, direction, entries, subjects, peers, ports } of undeterminedOf(context)) {
      const places = entries.flatMap(({ origin }) => {
        const manifest = cluster.manifestOf(origin);
        return manifest ? [inManifest(cluster.name, manifest, origin.path)] : [];
      });
      const [first] = places;
      if (first) {
        const [from, to] = direction === 'egress' ? [subjects, peers] : [peers, subjects];
        report('authentication-order', {
          at: firstOfSeveral(first, ''),
          message:
            `whether ${cluster.name} lets ${listNames(from)} connect to ${listNames(to)} on ` +
            `${mergeRanges(ports).map(formatRange).join(', ')} depends on the order in which Cilium computes its ` +
            `rules: ${listInOrder(entries.map(({ origin }) => `${formatPolicy(origin)} ${origin.path}`))}. ` +
            'In some orders it requires an authentication that fails',
          fix: 'state one authentication mode in all of these rules',
        });
      }
    }
  },
};

/** Flows about which an order decides between the same rules: of all subjects with all peers on all ports. */
interface Undetermined {
  readonly cluster: EvaluatedCluster;
  readonly direction: Direction;
  readonly entries: readonly PolicyEntry[];
  readonly ports: PortRange[];
  readonly peers: string[];
  readonly subjects: string[];
}

function undeterminedOf(context: RuleContext): Undetermined[] {
  const [space] = FlowSpace.of([context.mesh]);
  const found = space.classes.flatMap((self, number) => {
    const policies = self.endpoint && policiesOf(context.mesh, self.endpoint);
    return (['ingress', 'egress'] as const)
      .filter(direction => policies?.[direction].authenticates)
      .flatMap(direction =>
        space.rows(number, direction).flatMap(({ ranges, row }) =>
          (row.undeterminedPeers?.toArray() ?? []).map((other): Undetermined => {
            const [peer, { protocol, first }] = [space.classes[other], ranges[0]];
            return {
              cluster: context.mesh.cluster(self.cluster)!,
              direction,
              entries: decidingEntries(context, self.endpoint!, peer.endpoint!, direction, { protocol, port: first }),
              ports: [...ranges],
              peers: formatMembers(peer),
              subjects: formatMembers(self),
            };
          }),
        ),
      );
  });
  return (['ports', 'peers', 'subjects'] as const).reduce(merged, found);
}

/** Merges flows that differ in one part only. */
function merged(all: readonly Undetermined[], part: 'ports' | 'peers' | 'subjects'): Undetermined[] {
  const known = new Map<string, Undetermined>();
  for (const each of all) {
    const { cluster, direction, entries, ...parts } = each;
    const places = entries.map(entry => cluster.entries.indexOf(entry));
    const key = JSON.stringify([cluster.name, direction, places, { ...parts, [part]: [] }]);
    const same = known.get(key);
    known.set(key, same ? { ...same, [part]: [...same[part], ...each[part]] } : each);
  }
  return [...known.values()];
}

/** The rules that allow a flow once it is authenticated, and those with an authentication mode. */
function decidingEntries(
  { mesh }: RuleContext,
  self: Endpoint,
  peer: Endpoint,
  direction: Direction,
  port: FlowPort,
): PolicyEntry[] {
  const allowing = new Set(decideEndpoint(mesh, self, peer, direction, port).authenticated?.entries);
  return policiesOf(mesh, self)![direction].entries.filter(
    entry => allowing.has(entry) || (entry.authentication !== undefined && entry.verdict === 'allow'),
  );
}
