import { ExpectedEndpoint, ExpectedEndpoints, SelectedEndpoints } from './endpoints';
import { ExpectedFlow } from './expectations';
import { ALL_PORTS } from './schema';
import { aliasPattern, isService, servicesOf } from './service-pattern';
import { isProblem } from '../../../diagnostics/problem';
import { allPorts, PortRange } from '../../flows/port-range';
import { EvaluatedMesh } from '../../read/mesh';
import { aliasOf } from '../../services/service-alias';
import { declaredPorts } from '../matrix';
import { ReferenceProblem } from '../reference-problem';

/** The destination of flows from workloads to themselves. */
export const ITSELF = 'itself';

/** Flows between endpoints that an entry is about. A later claim replaces an earlier one. */
export interface Claim {
  readonly entry: ExpectedFlow;
  readonly from: readonly ExpectedEndpoint[];
  readonly to: readonly ExpectedEndpoint[];
  /** Undefined for those that destinations declare. */
  readonly ports?: ExpectedFlow['ports'];
  /** Whether it holds flows of a workload to itself, and others. */
  readonly toItself: 'none' | 'too' | 'only';
  /** Whether it holds only flows within one cluster. */
  readonly withinCluster: boolean;
  /** What it is about. Claims on other topics do not replace it. */
  readonly topic: ClaimTopic;
  /** Whether the flows are compared with the entry; otherwise what it says about services or requests implies them. */
  readonly compared: boolean;
}

/** The verdicts of flows, the rules for their requests, or the verdict on one request, named by its text. */
export type ClaimTopic = 'verdict' | 'requests' | `http ${string}`;

/** What an entry is about, besides the services that it names. */
export interface EntryClaims {
  readonly sources: readonly ExpectedEndpoint[];
  readonly claims: readonly Claim[];
}

/** The claims of an entry on flows between endpoints, or why it selects nothing. */
export function claimsOf(endpoints: ExpectedEndpoints, entry: ExpectedFlow): EntryClaims | ReferenceProblem {
  const texts = entry.to.filter(text => !isService(text) && text !== ITSELF);
  const [sources, destinations] = [entry.from, texts].map((side, index) =>
    side.map(text => endpoints.select(text, index === 0)),
  );
  const broken = [...sources, ...destinations].find(isProblem);
  if (broken) {
    return broken;
  }
  const [from, to] = [sources, destinations].map(side => side as SelectedEndpoints[]);
  const all = [...new Set(from.flatMap(side => side.endpoints))];
  const common = { entry, ports: entry.ports, compared: true };
  const aliases = entry.to.filter(isService).flatMap(text => aliasClaims(endpoints, all, text));
  const claims = topicsOf(entry).flatMap(topic => {
    const own = from.flatMap(source =>
      to.map((destination): Claim => ({
        ...common,
        topic,
        from: source.endpoints,
        to: destination.endpoints,
        toItself: all.length === 1 ? 'too' : 'none',
        withinCluster: source.ofOwnCluster || destination.ofOwnCluster,
      })),
    );
    for (const { clients, destinations: names, ports } of aliases) {
      own.push({
        ...common,
        topic,
        from: clients,
        to: names,
        toItself: 'none',
        withinCluster: false,
        ...(entry.ports === undefined && ports.length > 0 ? { ports } : {}),
      });
    }
    const workloads = all.filter(({ endpoint }) => endpoint.kind === 'workload');
    return entry.to.includes(ITSELF)
      ? [...own, { ...common, topic, from: workloads, to: workloads, toItself: 'only' as const, withinCluster: false }]
      : own;
  });
  // an allowed request is in allowed connections
  const implied = entry.request && entry.verdict === 'allowed' ? claims : [];
  return {
    sources: all,
    claims: [...claims, ...implied.map(claim => ({ ...claim, topic: 'verdict' as const, compared: false }))],
  };
}

/** Clients for which a Service is an alias of a DNS name, and the flows that their connections to it are. */
function aliasClaims(
  endpoints: ExpectedEndpoints,
  sources: readonly ExpectedEndpoint[],
  text: string,
): ReadonlyArray<{
    readonly clients: readonly ExpectedEndpoint[];
    readonly destinations: readonly ExpectedEndpoint[];
    readonly ports: readonly PortRange[];
  }> {
  return servicesOf(endpoints.mesh, text).flatMap(({ service, cluster: asked }) => {
    const clusters = new Set(asked === undefined ? sources.map(source => endpoints.clusterOf(source)) : [asked]);
    return [...clusters].flatMap(cluster => {
      const alias = endpoints.mesh.cluster(cluster) && aliasOf(endpoints.mesh, service, cluster);
      if (alias?.kind !== 'name') {
        return [];
      }
      const selected = endpoints.select(aliasPattern(alias), false);
      return isProblem(selected)
        ? []
        : [
          {
            clients: sources.filter(source => asked !== undefined || endpoints.clusterOf(source) === cluster),
            destinations: selected.endpoints,
            ports: alias.ports.map(({ protocol, port }) => ({ protocol, first: port, last: port })),
          },
        ];
    });
  });
}

function topicsOf({ verdict, egress, ingress, requests, http }: ExpectedFlow): ClaimTopic[] {
  const hasVerdict = [verdict, egress, ingress].some(each => each !== undefined);
  return [
    ...(hasVerdict ? [http === undefined ? ('verdict' as const) : (`http ${http}` as const)] : []),
    ...(requests === undefined ? [] : ['requests' as const]),
  ];
}

/** The ports of claims on flows to an endpoint. */
export class ClaimedPorts {
  private readonly declared = new Map<ExpectedEndpoint, readonly PortRange[]>();
  private readonly all: readonly PortRange[];

  constructor(
    private readonly mesh: EvaluatedMesh,
    { space }: ExpectedEndpoints,
  ) {
    this.all = space.protocols.map(allPorts);
  }

  /** The ports that a claim is about; those that declare nothing have none. */
  public of({ ports, topic }: Claim, destination: ExpectedEndpoint): readonly PortRange[] {
    const ranges = ports === ALL_PORTS ? this.all : (ports ?? this.ofDestination(destination));
    return topic.startsWith('http ') && (ports === undefined || ports === ALL_PORTS)
      ? ranges.filter(({ protocol }) => protocol === 'TCP')
      : ranges;
  }

  /** The ports that a workload declares; all of other endpoints. */
  public ofDestination(destination: ExpectedEndpoint): readonly PortRange[] {
    const { endpoint } = destination;
    if (endpoint.kind !== 'workload') {
      return this.all;
    }
    const known =
      this.declared.get(destination) ??
      declaredPorts(this.mesh, endpoint.workload).map(({ protocol, port }) => ({ protocol, first: port, last: port }));
    this.declared.set(destination, known);
    return known;
  }
}
