import { stringify } from 'yaml';
import { fileLine } from './diagnostics';
import { Inline, Part, Report } from './report';
import { verdictText } from './verdicts';
import { workloadJson } from './workload-json';
import { FlowEnd, shownEnd } from '../evaluator/flows/endpoint';
import { Addition, additions } from '../evaluator/queries/addition';
import { EndExplanation, FlowExplanation, RuleReference, shownPolicy } from '../evaluator/queries/explain';
import { shownPort } from '../evaluator/queries/matrix';
import { EvaluatedMesh } from '../evaluator/read/mesh';

/** `cilium-mesh explain FROM TO`: the path of a flow on each of its ports, and the rules that decide over it. */
export function explainReport(mesh: EvaluatedMesh, flows: readonly FlowExplanation[]): Report {
  return {
    title: 'explain',
    parts: () => flows.map(each => flowSection(mesh, each)),
    document: { field: 'flows', items: () => flows.map(each => flowJson(mesh, each)) },
  };
}

/** One flow: what happens at each end, by which rules, and what would let it through. */
export function flowSection(mesh: EvaluatedMesh, flow: FlowExplanation): Part {
  const { source, destination, port, decision } = flow;
  return {
    kind: 'section',
    title: [
      { text: `${shownEnd(source)} -> ${shownEnd(destination)} ${shownPort(port)}`, tone: 'strong' },
      ': ',
      verdictText(flow.verdict),
    ],
    parts: [
      ...flow.ends.map(endSection),
      ...(decision.verdict === 'denied' ? wayOut(flow, additions(mesh, source, destination, port, decision)) : []),
    ],
  };
}

export function flowJson(mesh: EvaluatedMesh, flow: FlowExplanation) {
  const { source, destination, port, decision } = flow;
  const endJson = ({ decision: { verdict, cluster, failure }, request, rules, nearMisses }: EndExplanation) => ({
    verdict,
    cluster,
    failure,
    request,
    rules,
    nearMisses,
  });
  return {
    source: flowEndJson(source),
    destination: flowEndJson(destination),
    protocol: port.protocol,
    port: port.port,
    verdict: flow.verdict,
    egress: endJson(flow.ends[0]),
    ingress: endJson(flow.ends[1]),
    additions: decision.verdict === 'denied' ? additions(mesh, source, destination, port, decision) : [],
  };
}

function flowEndJson(end: FlowEnd) {
  return end.kind === 'workload' ? workloadJson(end.workload) : { reference: shownEnd(end) };
}

function endSection({ end, direction, decision, request, rules, nearMisses }: EndExplanation): Part {
  const where = decision.cluster === undefined ? '' : ` in ${decision.cluster}`;
  return {
    kind: 'section',
    title: [
      `${direction} of ${shownEnd(end)}${where}: `,
      verdictText(decision.verdict),
      `, ${because(end, direction, decision, rules)}`,
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
        rows: rules.map(rule => [shownPolicy(rule), rule.path, rulePlace(rule)]),
      },
    ];
}

function nearMissSection(nearMisses: EndExplanation['nearMisses']): Part {
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
        rows: nearMisses.map(({ rule, why }) => [`${shownPolicy(rule)} ${rule.path}`, `${rulePlace(rule)}: ${why}`]),
      },
    ],
  };
}

function requestText(request: NonNullable<EndExplanation['request']>): Inline {
  return [
    'the request: ',
    request === 'unknown'
      ? { text: 'unknown, it depends on what only the proxy knows', tone: 'doubtful' }
      : verdictText(request),
  ];
}

function because(
  end: FlowEnd,
  direction: string,
  { verdict, failure }: EndExplanation['decision'],
  rules: readonly RuleReference[],
): string {
  switch (verdict) {
    case 'allowed':
      return rules.length > 0
        ? 'by'
        : direction === 'ingress'
          ? 'the policies that select it deny nothing else, or the host is always let in'
          : 'the policies that select it deny nothing else';
    case 'redirected':
      return 'to the proxy, where layer 7 rules decide, by';
    case 'denied':
      return 'by';
    case 'default-denied':
      return rules.length > 0
        ? 'no rule allows it, and default deny is turned on by'
        : 'no rule allows it, and the policy enforcement mode is always';
    case 'failed':
      return `its policies contradict each other: ${failure}`;
    case 'outside':
      return 'no policy of the mesh decides there';
    case 'unenforced':
      return end.kind === 'workload' && end.workload.hostNetwork
        ? 'its pods use the network of their nodes, where policies of pods do not act'
        : `no policy selects it for ${direction}`;
  }
}

/** What would let the flow through. */
function wayOut({ decision, ends }: FlowExplanation, added: readonly Addition[]): Part[] {
  const parts: Part[] = [];
  if (ends.some(each => each.decision.verdict === 'denied')) {
    parts.push({ kind: 'line', text: 'A deny beats every allow: narrow or remove the rules that deny.' });
  }
  if ([decision.egress, decision.ingress].some(each => each.verdict === 'failed')) {
    parts.push({
      kind: 'line',
      text: 'Make the rules agree first: Cilium cannot compute the policy of the endpoint.',
    });
  }
  for (const { cluster, policy } of added) {
    parts.push({
      kind: 'code',
      language: 'yaml',
      comment: `# the smallest addition, for ${cluster}:`,
      text: stringify(policy),
    });
  }
  return parts;
}

function rulePlace({ file, line }: RuleReference): string {
  return file === undefined ? '' : fileLine(file, line);
}
