import { Claim } from './claims';
import { ExpectedEndpoint, ExpectedEndpoints } from './endpoints';
import { ExpectationProblem, ExpectedFlow } from './expectations';
import { ALL_PORTS } from './schema';
import { backendTexts } from './service-backends';
import { isEveryService, isServicePattern, NamedService, servicesOf } from './service-pattern';
import { PortOutcome, ServiceVerdicts } from './service-verdicts';
import { isProblem } from '../../../diagnostics/problem';
import { formatList, formatValue, shorten } from '../../../diagnostics/texts';
import { FlowProtocol } from '../../engine/entry';
import { formatRange, holdsFlow } from '../../flows/port-range';
import { EvaluatedMesh } from '../../read/mesh';
import { clientKind } from '../../services/client';
import { formatRoute } from '../../services/routes';
import { aliasOf } from '../../services/service-alias';
import { ServiceVerdict } from '../../services/service-flow';
import { formatService, ServiceName } from '../../services/service-name';
import { ClientKind } from '../../services/service-view';
import { resolveReference } from '../reference';

/** What becomes of the connections of a client to a port of a service. */
export interface ServiceOutcome {
  readonly entry: ExpectedFlow;
  readonly source: ExpectedEndpoint;
  /** The client, the service and the port. Outcomes about the same connections have one name. */
  readonly name: string;
  /** What output says instead of the name. */
  readonly text?: string;
  readonly verdict?: ServiceVerdict;
  /** The backends with their shares, see `backendTexts`. */
  readonly backends?: readonly string[];
}

/** The flows of clients to a backend of a service whose connections are all allowed or all denied. */
export interface ImpliedClaim extends Claim {
  /** For each source, the name of the outcome that implies it. */
  readonly outcomes: readonly string[];
}

/** What an entry says about services. */
export interface ServiceExpectations {
  readonly outcomes: readonly ServiceOutcome[];
  readonly implied: readonly ImpliedClaim[];
  readonly problems: readonly ExpectationProblem[];
}

/** The outcomes of an entry for a service, or for those that a pattern selects. */
export function serviceExpectations(
  mesh: EvaluatedMesh,
  endpoints: ExpectedEndpoints,
  entry: ExpectedFlow,
  sources: readonly ExpectedEndpoint[],
  text: string,
  verdicts: ServiceVerdicts,
): ServiceExpectations {
  const problem = problemOf(mesh, entry, text);
  if (problem) {
    return withProblems([problem]);
  }
  const all = servicesOf(mesh, text).map(service =>
    outcomesOf(mesh, endpoints, entry, sources, { service, text }, verdicts),
  );
  return {
    outcomes: all.flatMap(({ outcomes }) => outcomes),
    implied: all.flatMap(({ implied }) => implied),
    // one service is enough to say what is wrong with the sources
    problems: all.find(({ problems }) => problems.length > 0)?.problems ?? [],
  };
}

/** Why a destination names no service; a pattern of all services may select none. */
function problemOf(mesh: EvaluatedMesh, { path }: ExpectedFlow, text: string): ExpectationProblem | undefined {
  if (isServicePattern(text)) {
    return isEveryService(text) || servicesOf(mesh, text).length > 0
      ? undefined
      : {
        code: 'expectation-unused',
        path,
        message: `${formatValue(text)} selects no service`,
        fix: 'correct the pattern, or write svc/*/* for all services, those to come included',
      };
  }
  const found = resolveReference(mesh, text);
  return isProblem(found)
    ? { code: 'expectation-unused', path, message: found.problem, fix: found.fix }
    : found.kind === 'service'
      ? undefined
      : {
        code: 'expectation-unused',
        path,
        message: `${formatValue(text)} must be a service`,
        fix: 'write svc/namespace/name',
      };
}

function outcomesOf(
  mesh: EvaluatedMesh,
  endpoints: ExpectedEndpoints,
  entry: ExpectedFlow,
  sources: readonly ExpectedEndpoint[],
  { service: named, text }: { readonly service: NamedService; readonly text: string },
  verdicts: ServiceVerdicts,
): ServiceExpectations {
  const outside = sources.find(source => clusterOf(endpoints, named, source) === '');
  if (outside) {
    return withProblems([
      {
        code: 'expectation-unused',
        path: entry.path,
        message: `${outside.name} is in no cluster, and the service is asked in one`,
        fix: `write ${shorten(text)}@CLUSTER`,
      },
    ]);
  }
  const backends = entry.backends ? backendOutcomes(mesh, endpoints, entry, sources, named) : [];
  if (entry.verdict === undefined) {
    return { outcomes: backends, implied: [], problems: [] };
  }
  const known = new Map<string, readonly AskedOutcome[]>();
  const implied = new Map<string, GrowingClaim>();
  const outcomes = sources.flatMap((source): ServiceOutcome[] => {
    const cluster = clusterOf(endpoints, named, source);
    const alias = aliasOf(mesh, named.service, cluster);
    if (alias?.kind === 'name') {
      // its flows are claims about the name
      return [];
    }
    const isPod = source.endpoint.kind === 'workload' && !source.endpoint.workload.hostNetwork;
    const key = `${cluster} ${isPod ? source.number : `endpoint ${source.place}`}`;
    const flows = known.get(key) ?? askedOutcomes(entry, source, alias?.service ?? named.service, cluster, verdicts);
    known.set(key, flows);
    const name = (port: string) =>
      withRequest(`${source.name} -> ${formatService(named.service)}@${cluster}${port}`, entry);
    if (flows.length === 0) {
      return isServicePattern(text) ? [] : [{ entry, source, name: name(''), verdict: 'no-backends' }];
    }
    return flows.map(flow => {
      const outcome = { entry, source, name: name(formatFlow(flow)), verdict: flow.verdict };
      addImplied(implied, endpoints, outcome, key, flow);
      return outcome;
    });
  });
  return { outcomes: [...backends, ...outcomes], implied: [...implied.values()], problems: [] };
}

/** The outcome at a port of a service, or at a port of the nodes. */
interface AskedOutcome extends PortOutcome {
  readonly nodePort?: number;
}

/**
 * The outcomes at the ports of an entry. Clients outside also connect to the ports of nodes, which the source ranges of
 * a load balancer may leave open.
 */
function askedOutcomes(
  entry: ExpectedFlow,
  { endpoint, number }: ExpectedEndpoint,
  service: ServiceName,
  cluster: string,
  verdicts: ServiceVerdicts,
): readonly AskedOutcome[] {
  const { ports, request } = entry;
  const all = verdicts.of(endpoint, number, service, cluster, { request });
  if (ports === undefined || ports === ALL_PORTS) {
    return all;
  }
  const holds = (protocol: FlowProtocol, port: number | undefined) =>
    port !== undefined && ports.some(range => holdsFlow(range, { protocol, port }));
  const isOutside = clientKind(endpoint) === 'outside';
  const atService = all.filter(
    ({ port: { protocol, port, nodePort } }) => holds(protocol, port) || (!isOutside && holds(protocol, nodePort)),
  );
  const nodePorts = all
    .map(({ port: { protocol, nodePort } }) => ({ protocol, port: nodePort! }))
    .filter(({ protocol, port }) => isOutside && holds(protocol, port));
  return [
    ...atService,
    ...nodePorts.flatMap(asked =>
      verdicts
        .of(endpoint, number, service, cluster, { request, ports: [asked] })
        .filter(({ route }) => route === undefined)
        .map(outcome => ({ ...outcome, nodePort: asked.port })),
    ),
  ];
}

const CLIENTS: { readonly [kind in ClientKind]: string } = {
  pod: 'clients in pods',
  host: 'clients on nodes',
  outside: 'clients outside of the cluster',
};

/** The backends for each kind of clients: all clients of one kind have the same. */
function backendOutcomes(
  mesh: EvaluatedMesh,
  endpoints: ExpectedEndpoints,
  entry: ExpectedFlow,
  sources: readonly ExpectedEndpoint[],
  service: NamedService,
): ServiceOutcome[] {
  const ranges = entry.ports === ALL_PORTS ? undefined : entry.ports;
  const outcomes = new Map<string, ServiceOutcome>();
  for (const source of sources) {
    const cluster = clusterOf(endpoints, service, source);
    const kind = clientKind(source.endpoint);
    const ports = ranges ? ` ${ranges.map(formatRange).join(', ')}` : '';
    const target = `${formatService(service.service)}@${cluster}${ports} backends`;
    const name = `${CLIENTS[kind]} -> ${target}`;
    if (!outcomes.has(name)) {
      const backends = backendTexts(mesh, service.service, cluster, kind, ranges);
      const text = `${formatList(patternsOf(endpoints, entry, kind))} (${CLIENTS[kind]}) -> ${target}`;
      outcomes.set(name, { entry, source, name, text, backends });
    }
  }
  return [...outcomes.values()];
}

/** The patterns of an entry that select clients of a kind. */
function patternsOf(endpoints: ExpectedEndpoints, { from }: ExpectedFlow, kind: ClientKind): string[] {
  return from.filter(text => {
    const selected = endpoints.select(text, true);
    return !isProblem(selected) && selected.endpoints.some(({ endpoint }) => clientKind(endpoint) === kind);
  });
}

function withProblems(problems: readonly ExpectationProblem[]): ServiceExpectations {
  return { outcomes: [], implied: [], problems };
}

/** The cluster of the clients. */
function clusterOf(endpoints: ExpectedEndpoints, service: NamedService, source: ExpectedEndpoint): string {
  return service.cluster ?? endpoints.clusterOf(source);
}

interface GrowingClaim extends ImpliedClaim {
  readonly from: ExpectedEndpoint[];
  readonly outcomes: string[];
}

function addImplied(
  implied: Map<string, GrowingClaim>,
  endpoints: ExpectedEndpoints,
  { entry, source, name }: ServiceOutcome,
  client: string,
  { port: { protocol }, backends, route }: PortOutcome,
): void {
  const { verdict } = entry;
  if (verdict !== 'allowed' && (verdict !== 'denied' || entry.request)) {
    return;
  }
  for (const { workload, port } of route ? [] : backends) {
    const to = workload && endpoints.ofWorkload(workload);
    if (to) {
      const key = `${client} ${to.place} ${protocol}/${port}`;
      const known = implied.get(key) ?? {
        entry,
        from: [],
        outcomes: [],
        to: [to],
        ports: [{ protocol, first: port, last: port }],
        toItself: 'too',
        withinCluster: false,
        topic: 'verdict',
        compared: false,
      };
      implied.set(key, known);
      known.from.push(source);
      known.outcomes.push(name);
    }
  }
}

function formatFlow({ port, family, route, nodePort = port.port }: AskedOutcome): string {
  const through = route === undefined ? '' : ` through ${formatRoute(route)}`;
  return ` ${port.protocol}/${nodePort}${family === undefined ? '' : ` over ${family}`}${through}`;
}

/** The name of flows, or of a request in them. */
export function withRequest(name: string, { http }: ExpectedFlow): string {
  return http === undefined ? name : `${name} ${http}`;
}
