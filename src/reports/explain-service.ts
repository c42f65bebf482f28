import { flowJson, flowSection } from './explain';
import { placesJson } from './place';
import { Inline, Part, Report } from './report';
import type { ExplainedBackendJson, ExplainedServiceJson } from './schemas/explain';
import { flowVerdictText, verdictText } from './verdicts';
import { percent, podCount } from './words';
import { workloadJson } from './workload-json';
import { formatEndpoint } from '../evaluator/flows/endpoint';
import { formatPort } from '../evaluator/flows/flow';
import { dependsOnPlaces, formatPlaces } from '../evaluator/flows/places';
import { ExplainedBackend, ExplainedServiceFlow, ServiceExplanation } from '../evaluator/queries/explain-service';
import { clientKind } from '../evaluator/services/client';
import { formatRoute } from '../evaluator/services/routes';
import { formatService } from '../evaluator/services/service-name';
import { formatBackend } from '../evaluator/services/service-view';

/** `cilium-mesh explain FROM svc/…`: the backends that a connection may reach, and the verdict for each. */
export function explainServiceReport(explanation: ServiceExplanation): Report {
  const { service, view, flows } = explanation;
  return {
    title: 'explain',
    parts: () => [
      ...(view.service ? [] : [missingServiceSection(explanation)]),
      ...flows.flatMap(flow => [
        serviceSection(explanation, flow),
        ...flow.backends.flatMap(({ ways }) => ways.flatMap(each => (each.flow ? [flowSection(each.flow)] : []))),
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

function serviceSection(explanation: ServiceExplanation, flow: ExplainedServiceFlow): Part {
  const { source, service, view, request } = explanation;
  const what = request ? 'requests' : 'new connections';
  const arriving =
    flow.verdict === 'partial' && flow.reachable !== undefined ? `, ${percent(flow.reachable)} of ${what} arrive` : '';
  const family = flow.family === undefined ? '' : ` over ${flow.family}`;
  const route = flow.route === undefined ? '' : ` through ${formatRoute(flow.route)}, as entity:ingress`;
  return {
    kind: 'section',
    title: [
      {
        text:
          `${formatEndpoint(source)} -> ${formatService(service)}@${view.cluster} ` +
          `${formatPort(flow.port)}${family}${route}`,
        tone: 'strong',
      },
      ': ',
      verdictText(flow.verdict),
      arriving,
    ],
    parts: [
      ...(flow.backends.length === 0 ? [] : [backendsTable(flow)]),
      ...flow.backends.flatMap(each => wayLines(explanation, each)).map((text): Part => ({ kind: 'line', text })),
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
    rows: backends.map((each): Inline[] => [
      formatBackend(each.backend),
      formatPort({ protocol, port: each.port }),
      podCount(each.backend),
      percent(each.backend.share),
      flowVerdictText(each.verdict, each.request),
    ]),
  };
}

/** What a backend sees, where that depends on the node that a connection enters on. */
function wayLines({ source: client }: ServiceExplanation, { backend, ways }: ExplainedBackend): string[] {
  return ways
    .filter(dependsOnPlaces)
    .filter(({ source }) => ways.length > 1 || source !== client)
    .map(({ placement, nodes, source, verdict }) => {
      const [from, to] = [formatEndpoint(source), formatBackend(backend)];
      if (source.kind === 'workload') {
        return `${from} and ${to}${formatPlaces({ placement, nodes }, from, to)}: ${verdict}`;
      }
      const node = placement === 'same-node' ? 'the node of the pod' : 'another node';
      const way = placement === undefined ? '' : `${clientKind(client) === 'outside' ? 'through' : 'on'} ${node}, `;
      return `${way}${to} sees ${from}${formatPlaces({ nodes }, from, to)}: ${verdict}`;
    });
}

/** The connections to one port of a service in JSON. */
export function serviceFlowJson(flow: ExplainedServiceFlow): ExplainedServiceJson {
  const {
    port: { protocol, port },
    family,
    verdict,
    reachable,
    backends,
  } = flow;
  return {
    protocol,
    port,
    ...(family === undefined ? {} : { family }),
    ...(flow.route === undefined ? {} : { route: formatRoute(flow.route) }),
    verdict,
    ...(reachable === undefined ? {} : { reachable }),
    backends: backends.map(backendFlowJson),
  };
}

function backendFlowJson(explained: ExplainedBackend): ExplainedBackendJson {
  const { cluster, workload, ordinals, address, replicas, share } = explained.backend;
  const { flow, request, verdict } = explained;
  const pods = {
    ...(ordinals === undefined ? {} : { ordinals }),
    replicas,
    ...(share === undefined ? {} : { share }),
  };
  if (workload && flow) {
    const ways = explained.ways
      .filter(dependsOnPlaces)
      .map(way => ({ ...placesJson(way), source: formatEndpoint(way.source), verdict: way.verdict }));
    return {
      cluster,
      workload: workloadJson(workload),
      ...pods,
      flow: flowJson(flow),
      ...(ways.length > 0 ? { ways } : {}),
    };
  }
  return { cluster, address, ...pods, verdict, ...(request === undefined ? {} : { request }) };
}
