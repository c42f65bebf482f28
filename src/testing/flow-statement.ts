import { Outcome } from './outcome';
import { named, Subject } from './subject';
import { isProblem } from '../diagnostics/problem';
import { formatValue } from '../diagnostics/texts';
import { Endpoint, formatEndpoint } from '../evaluator/flows/endpoint';
import { decideFlow, FlowPort } from '../evaluator/flows/flow';
import { decideFlowRequest } from '../evaluator/flows/request';
import { Expectations, ExpectedFlow } from '../evaluator/queries/expectations/expectations';
import { ALL_PORTS } from '../evaluator/queries/expectations/schema';
import { unmetExpectations } from '../evaluator/queries/expectations/unmet';
import { explainFlows } from '../evaluator/queries/explain';
import { explainService, ServiceReferent } from '../evaluator/queries/explain-service';
import { parseHttpRequest } from '../evaluator/queries/http-pattern';
import { declaredPorts } from '../evaluator/queries/matrix';
import { AskedFlow } from '../evaluator/queries/opened-flows';
import { placedFlows } from '../evaluator/queries/placed-flows';
import { parsePortPattern } from '../evaluator/queries/port-pattern';
import { resolveReference } from '../evaluator/queries/reference';
import { selectWorkloads } from '../evaluator/queries/workload-pattern';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { explainReport } from '../reports/explain';
import { explainServiceReport } from '../reports/explain-service';
import { text } from '../reports/formats/text';
import { Report } from '../reports/report';

/** Which flows of two endpoints a statement is about. */
export interface FlowOptions {
  /**
   * Ports: `TCP/80`, `TCP/80,443`, `TCP/8000-8099`, `UDP` or `all`.
   * @default - those that the destination declares
   */
  readonly port?: string | number;
  /**
   * An HTTP request: `GET /path` or `GET http://host/path`. Layer 7 rules decide it.
   * @default - layers 3 and 4 only
   */
  readonly http?: string;
  /**
   * Asks this version of Cilium in all clusters: `1.18` or `1.18.4`.
   * @default - the version of each cluster
   */
  readonly cilium?: string;
}

/**
 * All flows from the sources to the destinations have this verdict. Throws a TypeError for names that select nothing,
 * and for invalid options: such a statement must fail negated too.
 */
export function flowStatement(
  { mesh }: Subject,
  verdict: 'allowed' | 'denied',
  from: string,
  to: string,
  { port, http }: FlowOptions,
): Outcome {
  const entry: ExpectedFlow = {
    from: [reference('from', from)],
    to: [reference('to', to)],
    ports: portsOf(port),
    http,
    request: requestOf(http),
    verdict,
    path: '',
  };
  const problems = unmetExpectations(mesh, { flows: [entry] } as Expectations);
  const [unused] = problems.filter(({ code }) => code !== 'expectation-unmet');
  if (unused) {
    const silent = port === undefined ? endpointsOf(mesh, to).filter(each => declaresNoPort(mesh, each)) : [];
    if (silent.length > 0) {
      named({ problem: `${formatEndpoint(silent[0])} declares no port`, fix: "name one, such as { port: 'TCP/80' }" });
    }
    named({ problem: unused.message, fix: unused.fix });
  }
  const flow = `${from} -> ${to}${port === undefined ? '' : ` ${port}`}${http === undefined ? '' : `, ${http}`}`;
  return {
    pass: problems.length === 0,
    message: () =>
      problems.length === 0
        ? `expected that ${flow} is not ${verdict}, and it is`
        : [`expected that ${flow} is ${verdict}:`, ...problems.map(({ message }) => `  ${message}`), '']
          .concat(explanation(mesh, entry) ?? [])
          .join('\n')
          .trimEnd(),
  };
}

function reference(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw new TypeError(`${name} must be a reference such as 'shop/cart@paris', got ${formatValue(value)}`);
  }
  return value;
}

function portsOf(port: FlowOptions['port']): ExpectedFlow['ports'] {
  if (port === undefined || port === ALL_PORTS) {
    return port;
  }
  const ranges = parsePortPattern(String(port));
  if (!ranges) {
    throw new TypeError(`port must be such as 'TCP/80', 'TCP/8000-8099', 'UDP' or 'all', got ${formatValue(port)}`);
  }
  return ranges;
}

function requestOf(http: string | undefined): ExpectedFlow['request'] {
  const request = http === undefined ? undefined : parseHttpRequest(String(http));
  if (http !== undefined && !request) {
    throw new TypeError(`http must be such as 'GET /path' or 'GET http://host/path', got ${formatValue(http)}`);
  }
  return request && { kind: 'http', http: request };
}

/** How many flows a message explains. */
const MOST_EXPLAINED = 5;

/** What `cilium-mesh explain` says of the first flows with another verdict; undefined where all flows agree. */
function explanation(mesh: EvaluatedMesh, entry: ExpectedFlow): string | undefined {
  const service = resolveReference(mesh, entry.to[0]);
  const reports =
    isProblem(service) || service.kind === 'endpoint'
      ? explainedFlows(mesh, entry)
      : explainedServices(mesh, entry, service);
  const texts = reports.map(report => [...text(report, {})].join(''));
  return texts.length === 0 ? undefined : texts.join('\n');
}

function explainedFlows(mesh: EvaluatedMesh, { from, to, ports, request, verdict }: ExpectedFlow): Report[] {
  const different: AskedFlow[] = [];
  for (const source of endpointsOf(mesh, from[0])) {
    for (const destination of endpointsOf(mesh, to[0])) {
      for (const port of portsTo(mesh, destination, ports)) {
        for (const flow of placedFlows(mesh, { source, destination, port }, request)) {
          const decision = decideFlow(mesh, flow.source, flow.destination, port);
          const got = (request && decideFlowRequest(decision, request)) ?? decision.verdict;
          if (got !== verdict && different.length < MOST_EXPLAINED) {
            different.push(flow);
          }
        }
      }
    }
  }
  return different.length === 0 ? [] : [explainReport(explainFlows(mesh, different, request))];
}

function explainedServices(
  mesh: EvaluatedMesh,
  { from, ports, request, verdict }: ExpectedFlow,
  service: ServiceReferent,
): Report[] {
  const asked = ports === ALL_PORTS ? undefined : ports?.map(({ protocol, first }) => ({ protocol, port: first }));
  return endpointsOf(mesh, from[0])
    .flatMap(source => {
      const explained = explainService(mesh, source, service, { ports: asked, request });
      return isProblem(explained) || explained.flows.every(each => each.verdict === verdict) ? [] : [explained];
    })
    .slice(0, MOST_EXPLAINED)
    .map(explainServiceReport);
}

/** The endpoint of a reference, or the workloads of a pattern. */
function endpointsOf(mesh: EvaluatedMesh, written: string): Endpoint[] {
  const referent = resolveReference(mesh, written);
  if (!isProblem(referent)) {
    return referent.kind === 'endpoint' ? [referent.endpoint] : [];
  }
  const workloads = selectWorkloads(mesh, written);
  return isProblem(workloads) ? [] : workloads.map(workload => ({ kind: 'workload', workload }));
}

function declaresNoPort(mesh: EvaluatedMesh, endpoint: Endpoint): boolean {
  return endpoint.kind === 'workload' && declaredPorts(mesh, endpoint.workload).length === 0;
}

function portsTo(mesh: EvaluatedMesh, destination: Endpoint, ports: ExpectedFlow['ports']): readonly FlowPort[] {
  return ports !== undefined && ports !== ALL_PORTS
    ? ports.flatMap(({ protocol, first, last }) =>
      first === last
        ? [{ protocol, port: first }]
        : [
          { protocol, port: first },
          { protocol, port: last },
        ],
    )
    : destination.kind === 'workload'
      ? declaredPorts(mesh, destination.workload)
      : [];
}
