import { flowJson, flowSection } from './explain';
import { Inline, Part, Report } from './report';
import type { ExplainedBackendJson, ExplainedServiceJson } from './schemas/explain';
import { flowVerdictText, verdictText } from './verdicts';
import { counted, percent } from './words';
import { workloadJson } from './workload-json';
import { formatEndpoint } from '../evaluator/flows/endpoint';
import { formatPort } from '../evaluator/flows/flow';
import { ExplainedBackend, ExplainedServiceFlow, ServiceExplanation } from '../evaluator/queries/explain-service';
import { formatWorkload } from '../evaluator/read/workload';
import { formatService } from '../evaluator/services/service-name';
import { Backend } from '../evaluator/services/service-view';

/** `cilium-mesh explain FROM svc/…`: the backends that a connection may reach, and the verdict for each. */
export function explainServiceReport(explanation: ServiceExplanation): Report {
  const { service, view, flows } = explanation;
  return {
    title: 'explain',
    parts: () => [
      ...(view.service ? [] : [missingServiceSection(explanation)]),
      ...flows.flatMap(flow => [
        serviceSection(explanation, flow),
        ...flow.backends.flatMap(each => (each.flow ? [flowSection(each.flow)] : [])),
      ]),
    ],
    document: {
      field: 'services',
      items: () => flows.map(serviceFlowJson),
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

function serviceSection({ source, service, view, request }: ServiceExplanation, flow: ExplainedServiceFlow): Part {
  const what = request ? 'requests' : 'new connections';
  const arriving = flow.verdict === 'partial' ? `, ${percent(flow.reachable)} of ${what} arrive` : '';
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

function backendsTable({ backends, port: { protocol } }: ExplainedServiceFlow): Part {
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
    rows: backends.map(({ backend, port, verdict, request }): Inline[] => [
      backendName(backend),
      formatPort({ protocol, port }),
      counted(backend.replicas, 'pod'),
      percent(backend.share),
      flowVerdictText(verdict, request),
    ]),
  };
}

function serviceFlowJson(flow: ExplainedServiceFlow): ExplainedServiceJson {
  const {
    port: { protocol, port },
    verdict,
    reachable,
    backends,
  } = flow;
  return { protocol, port, verdict, reachable, backends: backends.map(backendFlowJson) };
}

function backendFlowJson({ backend, flow, verdict, request }: ExplainedBackend): ExplainedBackendJson {
  const { cluster, workload, address, replicas, share } = backend;
  const shared = { replicas, share };
  return workload && flow
    ? { cluster, workload: workloadJson(workload), ...shared, flow: flowJson(flow) }
    : { cluster, address, ...shared, verdict, ...(request === undefined ? {} : { request }) };
}

function backendName({ workload, address, cluster }: Backend): string {
  return workload ? formatWorkload(workload) : `${address} (${cluster})`;
}
