import { reasonText } from './decision-reason';
import { fileLine } from './diagnostics';
import { endText, EXPLANATIONS, policyText, rulesOf } from './replay-result';
import { Inline, Part, Span } from './report';
import { verdictText } from './verdicts';
import { counted } from './words';
import { shorten } from '../diagnostics/texts';
import { FlowDecision, FlowPort, formatPort } from '../evaluator/flows/flow';
import { decisionReason } from '../evaluator/queries/decision-reason';
import { formatPolicy, RuleReference } from '../evaluator/queries/explain';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { ObservedEnd } from '../observed/flows/ends';
import { ObservedFlow } from '../observed/flows/observed-flow';
import { Difference } from '../observed/judging/agreement';
import { ReplayedFlow } from '../observed/judging/replay';

/** `denied  shop/web@paris -> shop/db@lyon  TCP/5432`. */
export function flowTitle(head: Span, source: string, destination: string, port: FlowPort): Inline {
  return [head, '  ', { text: `${source} -> ${destination}`, tone: 'strong' }, `  ${formatPort(port)}`];
}

/** What the manifests decide at one end, by which rules, and what they decided before. */
export function decisionText(
  mesh: EvaluatedMesh,
  { flow, decision }: ReplayedFlow,
  direction: 'egress' | 'ingress',
  before?: FlowDecision,
): Inline {
  const { verdict } = decision[direction];
  const was = before && before[direction].verdict !== verdict ? `, was ${before[direction].verdict}` : '';
  return [
    `${endText(decision, direction)}: `,
    verdictText(verdict),
    becauseText(mesh, flow, decision, direction, 0),
    was,
  ];
}

/** The rules that decide at one end in one of the meshes, or why none does. */
export function becauseText(
  mesh: EvaluatedMesh,
  { source, destination }: ObservedFlow,
  decision: FlowDecision,
  direction: 'egress' | 'ingress',
  side: number,
): string {
  const self = (direction === 'egress' ? source : destination).matches[side];
  const reason =
    'endpoint' in self ? decisionReason(mesh, self.endpoint, direction, decision[direction]) : undefined;
  return reason ? `, because ${reasonText(reason, direction)}` : rulesText(rulesOf(mesh, decision, direction));
}

function rulesText(rules: readonly RuleReference[]): string {
  const [first, ...others] = rules;
  return first
    ? ` by ${formatPolicy(first)}${first.file === undefined ? '' : ` ${fileLine(first.file, first.line)}`}` +
        (others.length > 0 ? ` and ${counted(others.length, 'more rule')}` : '')
    : '';
}

/** Why Hubble and the manifests differ. */
export function explanationText({ explanation, missing, records: { uuid } }: Difference): Inline {
  const record = uuid === undefined ? '' : `; record ${shorten(uuid)}`;
  return explanation === undefined
    ? [{ text: 'not explained', tone: 'bad' }, record]
    : `explained: ${EXPLANATIONS[explanation]}` +
        (explanation === 'policy' ? `: ${missing.map(each => shorten(policyText(each))).join(', ')}` : '');
}

/** The labels of an end that one of the meshes has otherwise. */
export function labelLines({ text, matches }: ObservedEnd, side: number): Part[] {
  const match = matches[side];
  const difference = 'difference' in match ? match.difference : undefined;
  return difference
    ? [
      {
        kind: 'line',
        text:
            `labels of ${text}: ` +
            shorten([...difference.added.map(each => `+${each}`), ...difference.missing.map(each => `-${each}`)].join(' ')),
      },
    ]
    : [];
}
