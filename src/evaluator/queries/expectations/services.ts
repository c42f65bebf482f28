import { Claim } from './claims';
import { ExpectedEndpoint, ExpectedEndpoints } from './endpoints';
import { ExpectationProblem, ExpectedFlow } from './expectations';
import { ALL_PORTS } from './schema';
import { backendTexts } from './service-backends';
import { PortOutcome, ServiceVerdicts } from './service-verdicts';
import { isProblem } from '../../../diagnostics/problem';
import { formatValue, shorten } from '../../../diagnostics/texts';
import { formatRange, holdsFlow } from '../../flows/port-range';
import { EvaluatedMesh } from '../../read/mesh';
import { ServicePort } from '../../read/service';
import { clientKind } from '../../services/client';
import { formatRoute } from '../../services/routes';
import { ServiceVerdict } from '../../services/service-flow';
import { formatService } from '../../services/service-name';
import { ClientKind } from '../../services/service-view';
import { resolveReference, Referent } from '../reference';

/** What becomes of the connections of a client to a port of a service. */
export interface ServiceOutcome {
  readonly entry: ExpectedFlow;
  readonly source: ExpectedEndpoint;
  /** The client, the service and the port. Outcomes about the same connections have one name. */
  readonly name: string;
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

type Service = Extract<Referent, { kind: 'service' }>;

/** The outcomes of an entry for a service. */
export function serviceExpectations(
  mesh: EvaluatedMesh,
  endpoints: ExpectedEndpoints,
  entry: ExpectedFlow,
  sources: readonly ExpectedEndpoint[],
  text: string,
  verdicts: ServiceVerdicts,
): ServiceExpectations {
  const found = resolveReference(mesh, text);
  if (isProblem(found) || found.kind !== 'service') {
    return withProblems([
      {
        code: 'expectation-unused',
        path: entry.path,
        message: isProblem(found) ? found.problem : `${formatValue(text)} must be a service`,
        fix: isProblem(found) ? found.fix : 'write svc/namespace/name',
      },
    ]);
  }
  const outside = sources.find(source => clusterOf(endpoints, found, source) === '');
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
  const backends = entry.backends ? backendOutcomes(mesh, endpoints, entry, sources, found) : [];
  if (entry.verdict === undefined) {
    return { outcomes: backends, implied: [], problems: [] };
  }
  const known = new Map<string, readonly PortOutcome[]>();
  const implied = new Map<string, GrowingClaim>();
  const outcomes = sources.flatMap((source): ServiceOutcome[] => {
    const cluster = clusterOf(endpoints, found, source);
    const isPod = source.endpoint.kind === 'workload' && !source.endpoint.workload.hostNetwork;
    const key = isPod ? `${source.number}` : `endpoint ${source.place}`;
    const flows =
      known.get(key) ??
      verdicts
        .of(source.endpoint, source.number, found.service, cluster, entry.request)
        .filter(({ port }) => isAsked(entry, port));
    known.set(key, flows);
    const name = (port: string) =>
      withRequest(`${source.name} -> ${formatService(found.service)}@${cluster}${port}`, entry);
    if (flows.length === 0) {
      return [{ entry, source, name: name(''), verdict: 'no-backends' }];
    }
    return flows.map(flow => {
      const outcome = { entry, source, name: name(formatFlow(flow)), verdict: flow.verdict };
      addImplied(implied, endpoints, outcome, key, flow);
      return outcome;
    });
  });
  return { outcomes: [...backends, ...outcomes], implied: [...implied.values()], problems: [] };
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
  service: Service,
): ServiceOutcome[] {
  const ranges = entry.ports === ALL_PORTS ? undefined : entry.ports;
  const outcomes = new Map<string, ServiceOutcome>();
  for (const source of sources) {
    const cluster = clusterOf(endpoints, service, source);
    const kind = clientKind(source.endpoint);
    const ports = ranges ? ` ${ranges.map(formatRange).join(', ')}` : '';
    const name = `${CLIENTS[kind]} -> ${formatService(service.service)}@${cluster}${ports} backends`;
    if (!outcomes.has(name)) {
      const backends = backendTexts(mesh, service.service, cluster, kind, ranges);
      outcomes.set(name, { entry, source, name, backends });
    }
  }
  return [...outcomes.values()];
}

function withProblems(problems: readonly ExpectationProblem[]): ServiceExpectations {
  return { outcomes: [], implied: [], problems };
}

/** The cluster of the clients. */
function clusterOf(endpoints: ExpectedEndpoints, service: Service, source: ExpectedEndpoint): string {
  return service.cluster ?? endpoints.clusterOf(source);
}

function isAsked({ ports }: ExpectedFlow, { protocol, port, nodePort }: ServicePort): boolean {
  return (
    ports === undefined ||
    ports === ALL_PORTS ||
    ports.some(range => [port, nodePort].some(each => each !== undefined && holdsFlow(range, { protocol, port: each })))
  );
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

function formatFlow({ port, family, route }: PortOutcome): string {
  const through = route === undefined ? '' : ` through ${formatRoute(route)}`;
  return ` ${port.protocol}/${port.port}${family === undefined ? '' : ` over ${family}`}${through}`;
}

/** The name of flows, or of a request in them. */
export function withRequest(name: string, { http }: ExpectedFlow): string {
  return http === undefined ? name : `${name} ${http}`;
}
