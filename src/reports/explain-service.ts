import { flowJson, flowSection } from './explain';
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
  return {
    title: 'explain',
    parts: () => [
      ...(view.service ? [] : [missingServiceSection(explanation)]),
      ...flows.flatMap(flow => [
        serviceSection(explanation, flow),
        ...explainedFlows(mesh, source, flow).map(each => flowSection(mesh, each)),
      ]),
    ],
    document: {
      field: 'services',
      items: () => flows.map(flow => serviceFlowJson(mesh, source, flow)),
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

/** The flows to the backends that are pods of the mesh. */
function explainedFlows(mesh: EvaluatedMesh, source: Endpoint, { backends, port }: ServiceFlow): FlowExplanation[] {
  return backends.flatMap(({ backend: { workload }, port: target }) =>
    workload
      ? [explainFlow(mesh, source, { kind: 'workload', workload }, { protocol: port.protocol, port: target })]
      : [],
  );
}

function serviceFlowJson(mesh: EvaluatedMesh, source: Endpoint, flow: ServiceFlow): ExplainedServiceJson {
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
    backends: backends.map(each => backendFlowJson(mesh, source, flow, each)),
  };
}

function backendFlowJson(
  mesh: EvaluatedMesh,
  source: Endpoint,
  { port: { protocol } }: ServiceFlow,
  { backend, port }: BackendFlow,
): ExplainedBackendJson {
  const { cluster, workload, address, replicas, share } = backend;
  const shared = { replicas, share };
  return workload
    ? {
      cluster,
      workload: workloadJson(workload),
      ...shared,
      flow: flowJson(mesh, explainFlow(mesh, source, { kind: 'workload', workload }, { protocol, port })),
    }
    : { cluster, address, ...shared };
}

function backendName({ workload, address, cluster }: Backend): string {
  return workload ? formatWorkload(workload) : `${address} (${cluster})`;
}
