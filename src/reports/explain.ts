import { stringify } from 'yaml';
import { reasonText } from './decision-reason';
import { fileLine } from './diagnostics';
import { moreLine } from './more-line';
import { placesJson } from './place';
import { Inline, Part, Report } from './report';
import type { ExplainedFlowJson } from './schemas/explain';
import { verdictText } from './verdicts';
import { workloadJson } from './workload-json';
import { Direction } from '../evaluator/engine/entry';
import { Endpoint, formatEndpoint } from '../evaluator/flows/endpoint';
import { formatPort } from '../evaluator/flows/flow';
import { formatPlaces } from '../evaluator/flows/places';
import { EndpointExplanation, FlowExplanation, RuleReference, formatPolicy } from '../evaluator/queries/explain';
import { OpenedFlow } from '../evaluator/queries/opened-flows';

/** `cilium-mesh explain FROM TO`: the verdict of a flow on each of its ports, and the rules that decide it. */
export function explainReport(flows: readonly FlowExplanation[]): Report {
  return {
    title: 'explain',
    parts: () => flows.map(flowSection),
    document: { field: 'flows', items: () => flows.map(flowJson) },
  };
}

/** One flow: the verdict at each end, its rules, and the rules that would allow it. */
export function flowSection(flow: FlowExplanation): Part {
  const { source, destination, port } = flow;
  const place = formatPlaces(flow, formatEndpoint(source), formatEndpoint(destination));
  return {
    kind: 'section',
    title: [
      {
        text: `${formatEndpoint(source)} -> ${formatEndpoint(destination)} ${formatPort(port)}${place}`,
        tone: 'strong',
      },
      ': ',
      verdictText(flow.verdict),
    ],
    parts: [
      ...(flow.unsupported === undefined
        ? []
        : [{ kind: 'line' as const, text: [{ text: 'not supported: ', tone: 'doubtful' as const }, flow.unsupported] }]),
      ...flow.endpoints.map(endpointSection),
      ...(flow.verdict === 'allowed' ? [] : wayOut(flow)),
    ],
  };
}

export function flowJson(flow: FlowExplanation): ExplainedFlowJson {
  const { source, destination, port } = flow;
  const endpointDecisionJson = ({
    decision: { verdict, cluster, failure },
    request,
    rules,
    reason,
    nearMisses,
  }: EndpointExplanation) => ({
    verdict,
    cluster,
    failure,
    request,
    rules,
    reason,
    nearMisses,
  });
  return {
    source: endpointJson(source),
    destination: endpointJson(destination),
    protocol: port.protocol,
    port: port.port,
    ...placesJson(flow),
    verdict: flow.verdict,
    ...(flow.unsupported === undefined ? {} : { unsupported: flow.unsupported }),
    egress: endpointDecisionJson(flow.endpoints[0]),
    ingress: endpointDecisionJson(flow.endpoints[1]),
    additions: flow.additions,
    alsoOpened: flow.alsoOpened.map(openedFlowJson),
  };
}

function openedFlowJson({ source, destination, protocol, port }: OpenedFlow) {
  return { source: endpointJson(source), destination: endpointJson(destination), protocol, port };
}

function endpointJson(endpoint: Endpoint) {
  return endpoint.kind === 'workload' ? workloadJson(endpoint.workload) : { reference: formatEndpoint(endpoint) };
}

function endpointSection(explanation: EndpointExplanation): Part {
  const { endpoint, direction, decision, request, rules, nearMisses } = explanation;
  const where = decision.cluster === undefined ? '' : ` in ${decision.cluster}`;
  return {
    kind: 'section',
    title: [
      `${direction} of ${formatEndpoint(endpoint)}${where}: `,
      verdictText(decision.verdict),
      `, ${because(explanation)}`,
    ],
    parts: [
      ...rulesTable(rules),
      ...(request === undefined ? [] : [{ kind: 'line' as const, text: requestText(request) }]),
      ...(nearMisses.length === 0 ? [] : [nearMissSection(nearMisses)]),
    ],
  };
}

function rulesTable(rules: readonly RuleReference[]): Part[] {
  return rules.length === 0
    ? []
    : [
      {
        kind: 'table',
        headless: true,
        columns: [
          { title: 'policy', type: 'endpoint' },
          { title: 'rule', type: 'place' },
          { title: 'file', type: 'place' },
        ],
        rows: rules.map(rule => [formatPolicy(rule), rule.path, rulePlace(rule)]),
      },
    ];
}

function nearMissSection(nearMisses: EndpointExplanation['nearMisses']): Part {
  return {
    kind: 'section',
    title: 'nearly:',
    parts: [
      {
        kind: 'table',
        headless: true,
        columns: [
          { title: 'rule', type: 'endpoint' },
          { title: 'why not', type: 'text' },
        ],
        rows: nearMisses.map(({ rule, why }) => [`${formatPolicy(rule)} ${rule.path}`, `${rulePlace(rule)}: ${why}`]),
      },
    ],
  };
}

function requestText(request: NonNullable<EndpointExplanation['request']>): Inline {
  return [
    'the request: ',
    request === 'unknown'
      ? { text: 'unknown, it depends on what only the proxy knows', tone: 'doubtful' }
      : verdictText(request),
  ];
}

function because({ direction, decision: { verdict }, reason }: EndpointExplanation): string {
  const why = reason ? reasonText(reason, direction) : '';
  switch (verdict) {
    case 'redirected':
      return 'to the proxy, where layer 7 rules decide, by';
    case 'default-denied':
      return reason ? `no rule allows it, and ${why}` : 'no rule allows it, and default deny is enabled by';
    case 'auth-required':
      return 'authentication of this peer fails, and is required by';
    case 'undetermined':
      return (
        'Cilium requires an authentication of this peer that fails, or requires none, depending on the order in which ' +
        'it computes the rules, by'
      );
    case 'audited':
      return `audit mode only reports that policies would drop it${reason ? `: ${why}` : ', by'}`;
    case 'outside':
      return 'no policy of the mesh decides there';
    default:
      return reason ? why : 'by';
  }
}

/** The policies that would allow the flow. */
function wayOut({ decision, endpoints, additions, alsoOpened, impossible }: FlowExplanation): Part[] {
  const parts: Part[] = [];
  const adds = (direction: Direction) => additions.some(each => each.direction === direction);
  if (endpoints.some(each => each.decision.verdict === 'denied')) {
    parts.push({ kind: 'line', text: 'A deny beats every allow: narrow or remove the rules that deny.' });
  }
  if ([decision.egress, decision.ingress].some(each => each.verdict === 'undetermined')) {
    parts.push({
      kind: 'line',
      text:
        'The order differs from one computation to the next: write the same authentication mode in all rules that ' +
        'allow this peer.',
    });
  }
  if ([decision.egress, decision.ingress].some(each => each.verdict === 'failed')) {
    parts.push({
      kind: 'line',
      text: 'Make the rules agree first: Cilium cannot compute the policy of the endpoint.',
    });
  }
  if (endpoints.some(({ direction, decision: { verdict } }) => verdict === 'auth-required' && adds(direction))) {
    parts.push({ kind: 'line', text: 'Authentication of this peer fails, so the addition requires none.' });
  }
  for (const { cluster, policy } of additions) {
    parts.push({
      kind: 'code',
      language: 'yaml',
      comment: `# the smallest addition, for ${cluster}:`,
      text: stringify(policy),
    });
  }
  for (const { endpoint, decision: own } of endpoints.filter(({ direction }) => impossible.includes(direction))) {
    const isPod = endpoint.kind === 'workload' && !endpoint.workload.hostNetwork;
    const name = formatEndpoint(endpoint);
    parts.push({
      kind: 'line',
      text: !isPod
        ? `Only a CiliumClusterwideNetworkPolicy with nodeSelector can allow the flow at ${name}.`
        : own.verdict === 'auth-required'
          ? `No further policy allows the flow at ${name}: remove authentication from the rules that require it.`
          : `No further policy allows the flow at ${name}: rules require labels of all peers, or no selector selects ` +
            'the other end.',
    });
  }
  return alsoOpened.length === 0 ? parts : [...parts, openedFlowsSection(additions.length, alsoOpened)];
}

/** A terminal shows only the first flows; JSON has all of them. */
const SHOWN_OPENED_FLOWS = 20;

function openedFlowsSection(count: number, opened: readonly OpenedFlow[]): Part {
  return {
    kind: 'section',
    title: {
      text: `${count === 1 ? 'This addition opens' : 'These additions open'} more than the flow:`,
      tone: 'doubtful',
    },
    parts: [
      {
        kind: 'table',
        headless: true,
        columns: [
          { title: 'flow', type: 'endpoint' },
          { title: 'port', type: 'port' },
        ],
        rows: opened
          .slice(0, SHOWN_OPENED_FLOWS)
          .map(flow => [`${formatEndpoint(flow.source)} -> ${formatEndpoint(flow.destination)}`, openedPorts(flow)]),
      },
      ...moreLine(opened.length, SHOWN_OPENED_FLOWS),
    ],
  };
}

function openedPorts({ protocol, port }: OpenedFlow): string {
  return protocol === undefined
    ? 'every protocol and port'
    : port === undefined
      ? `every type of ${protocol}`
      : formatPort({ protocol, port });
}

function rulePlace({ file, line }: RuleReference): string {
  return file === undefined ? '' : fileLine(file, line);
}
