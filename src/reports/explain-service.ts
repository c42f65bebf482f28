import { flowJson, flowSection, WaysOut, waysOutOf } from './explain';
import { Inline, Part, Report } from './report';
import type { ExplainedBackendJson, ExplainedServiceJson } from './schemas/explain';
import { verdictText } from './verdicts';
import { counted, percent } from './words';
import { workloadJson } from './workload-json';
import { Endpoint, formatEndpoint } from '../evaluator/flows/endpoint';
import { formatPort } from '../evaluator/flows/flow';
import { explainFlow, FlowExplanation } from '../evaluator/queries/explain';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { formatWorkload } from '../evaluator/read/workload';
import { BackendFlow, ServiceFlow } from '../evaluator/services/service-flow';
import { ServiceName, formatService } from '../evaluator/services/service-name';
import { Backend, ServiceView } from '../evaluator/services/service-view';

/** The connections of a client to a service, as the Service of one cluster balances them. */
export interface ServiceExplanation {
  readonly source: Endpoint;
  readonly service: ServiceName;
  readonly view: ServiceView;
  /** The flows, one for each port. */
  readonly flows: readonly ServiceFlow[];
}

/** `cilium-mesh explain FROM svc/…`: the backends that a connection may reach, and the verdict for each. */
export function explainServiceReport(mesh: EvaluatedMesh, explanation: ServiceExplanation): Report {
  const { source, service, view, flows } = explanation;
  const explained = new Map(
    flows.flatMap(flow => flow.backends.map(backend => [backend, explainedFlow(mesh, source, flow, backend)] as const)),
  );
  const waysOut = waysOutOf(mesh, [...explained.values()].filter(each => each !== undefined));
  return {
    title: 'explain',
    parts: () => [
      ...(view.service ? [] : [missingServiceSection(explanation)]),
      ...flows.flatMap(flow => [
        serviceSection(explanation, flow),
        ...flow.backends.flatMap(backend => {
          const each = explained.get(backend);
          return each === undefined ? [] : [flowSection(each, waysOut.get(each))];
        }),
      ]),
    ],
    document: {
      field: 'services',
      items: () => flows.map(flow => serviceFlowJson(flow, explained, waysOut)),
      more: { namespace: service.namespace, name: service.name, cluster: view.cluster, reasons: view.reasons },
    },
  };
}

function missingServiceSection({ source, service, view }: ServiceExplanation): Part {
  return {
    kind: 'section',
    title: [
      `${formatEndpoint(source)} -> ${formatService(service)}@${view.cluster}: `,
      { text: 'no service', tone: 'bad' },
    ],
    parts: view.reasons.map(text => ({ kind: 'line', text })),
  };
}

function serviceSection({ source, service, view }: ServiceExplanation, flow: ServiceFlow): Part {
  const arriving = flow.verdict === 'partial' ? `, ${percent(flow.reachable)} of new connections arrive` : '';
  return {
    kind: 'section',
    title: [
      {
        text: `${formatEndpoint(source)} -> ${formatService(service)}@${view.cluster} ${formatPort(flow.port)}`,
        tone: 'strong',
      },
      ': ',
      verdictText(flow.verdict),
      arriving,
    ],
    parts: [
      ...(flow.backends.length === 0 ? [] : [backendsTable(flow)]),
      ...flow.view.reasons.map((text): Part => ({ kind: 'line', text })),
    ],
  };
}

function backendsTable({ backends, port: { protocol } }: ServiceFlow): Part {
  return {
    kind: 'table',
    headless: true,
    columns: [
      { title: 'backend', type: 'endpoint' },
      { title: 'port', type: 'port' },
      { title: 'pods', type: 'number' },
      { title: 'share', type: 'number' },
      { title: 'verdict', type: 'verdict' },
    ],
    rows: backends.map(({ backend, port, decision }): Inline[] => [
      backendName(backend),
      formatPort({ protocol, port }),
      counted(backend.replicas, 'pod'),
      percent(backend.share),
      verdictText(decision.verdict),
    ]),
  };
}

/** The flow to a backend; undefined for backends that are not pods of the mesh. */
function explainedFlow(
  mesh: EvaluatedMesh,
  source: Endpoint,
  { port: { protocol } }: ServiceFlow,
  { backend: { workload }, port }: BackendFlow,
): FlowExplanation | undefined {
  return workload && explainFlow(mesh, source, { kind: 'workload', workload }, { protocol, port });
}

type ExplainedBackends = ReadonlyMap<BackendFlow, FlowExplanation | undefined>;

function serviceFlowJson(flow: ServiceFlow, explained: ExplainedBackends, waysOut: WaysOut): ExplainedServiceJson {
  const {
    port: { protocol, port },
    verdict,
    reachable,
    backends,
  } = flow;
  return {
    protocol,
    port,
    verdict,
    reachable,
    backends: backends.map(each => backendFlowJson(each, explained.get(each), waysOut)),
  };
}

function backendFlowJson(
  { backend: { cluster, workload, address, replicas, share } }: BackendFlow,
  flow: FlowExplanation | undefined,
  waysOut: WaysOut,
): ExplainedBackendJson {
  const shared = { replicas, share };
  return workload && flow
    ? { cluster, workload: workloadJson(workload), ...shared, flow: flowJson(flow, waysOut.get(flow)) }
    : { cluster, address, ...shared };
}

function backendName({ workload, address, cluster }: Backend): string {
  return workload ? formatWorkload(workload) : `${address} (${cluster})`;
}
