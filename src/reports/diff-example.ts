import { reasonText } from './decision-reason';
import { fileLine } from './diagnostics';
import { Part, Span } from './report';
import { verdictText } from './verdicts';
import { counted } from './words';
import { Direction } from '../evaluator/engine/entry';
import { Endpoint, formatEndpoint } from '../evaluator/flows/endpoint';
import { formatPort } from '../evaluator/flows/flow';
import { formatPlaces } from '../evaluator/flows/places';
import { DiffEndpoints, ExampleSide, FlowExample } from '../evaluator/queries/diff/diff';
import { formatPolicy, RuleReference } from '../evaluator/queries/explain';

const DIRECTIONS: readonly Direction[] = ['egress', 'ingress'];

/** `for example web@paris -> db@paris TCP/80:`. */
export function exampleLine({ source, destination, port, placement }: FlowExample): Part {
  const flow = `${formatEndpoint(source)} -> ${formatEndpoint(destination)} ${formatPort(port)}`;
  return { kind: 'line', text: `for example ${flow}${formatPlaces({ placement }, '', '')}:` };
}

/**
 * The ends whose decision changes: the verdicts before and after, with their rules. Where only one mesh has the flow,
 * what decides it there.
 */
export function exampleParts(
  { source, destination, before, after }: FlowExample,
  sources: readonly DiffEndpoints[],
  destinations: readonly DiffEndpoints[],
): Part[] {
  if (!before || !after) {
    const isNew = (all: readonly DiffEndpoints[], example: Endpoint) =>
      all.find(({ endpoints }) => endpoints.endpoint === example)!.state !== 'kept';
    const ends = [
      ...(isNew(sources, source) ? ['the source'] : []),
      ...(isNew(destinations, destination) ? ['the destination'] : []),
    ];
    const gone = ends.length > 1 ? 'no longer exist' : 'no longer exists';
    const only = before ?? after;
    return [
      { kind: 'line', text: `${ends.join(' and ')} ${before ? gone : 'did not exist before'}` },
      ...(only
        ? DIRECTIONS.filter(direction => only.decision[direction].verdict !== 'outside').map(
          (direction): Part => ({
            kind: 'line',
            text: [`${endText(only, direction)}: `, ...decisionText(only, direction)],
          }),
        )
        : []),
    ];
  }
  const ends = DIRECTIONS.flatMap((direction): Part[] =>
    sameDecision(before, after, direction)
      ? []
      : [
        {
          kind: 'line',
          text: [
            `${endText(after, direction)}: `,
            ...decisionText(before, direction),
            ' => ',
            ...decisionText(after, direction),
          ],
        },
      ],
  );
  return [...ends, ...([before, after].some(isUndetermined) ? [UNDETERMINED] : [])];
}

/** Both decisions on a flow in one mesh, with their rules, in one line. */
export function sideText(side: ExampleSide | undefined): string {
  return side === undefined
    ? 'does not exist'
    : DIRECTIONS.map(direction => {
      const texts = decisionText(side, direction).map(each => (typeof each === 'string' ? each : each.text));
      return `${endText(side, direction)}: ${texts.join('')}`;
    }).join('; ');
}

function endText({ decision }: ExampleSide, direction: Direction): string {
  const { cluster } = decision[direction];
  return `${direction}${cluster === undefined ? '' : ` in ${cluster}`}`;
}

function isUndetermined({ decision: { egress, ingress } }: ExampleSide): boolean {
  return egress.verdict === 'undetermined' || ingress.verdict === 'undetermined';
}

const UNDETERMINED: Part = {
  kind: 'line',
  text:
    'undetermined: Cilium requires an authentication that fails, or requires none, depending on the order in which it ' +
    'computes the rules',
};

function sameDecision(one: ExampleSide, other: ExampleSide, direction: Direction): boolean {
  const key = ({ decision, rules, reasons }: ExampleSide) => [
    decision[direction].verdict,
    decision[direction].proxy?.filters,
    rules[direction].map(({ kind, namespace, name, path }) => [kind, namespace, name, path]),
    reasons[direction]?.failure,
  ];
  return JSON.stringify(key(one)) === JSON.stringify(key(other));
}

function decisionText({ decision, rules, reasons }: ExampleSide, direction: Direction): Array<string | Span> {
  const [first, ...others] = rules[direction];
  const more = others.length > 0 ? ` and ${counted(others.length, 'more rule')}` : '';
  const reason = reasons[direction];
  return [
    verdictText(decision[direction].verdict),
    first ? ` by ${formatPolicy(first)} (${rulePlace(first)})${more}` : '',
    reason ? `, because ${reasonText(reason, direction)}` : '',
  ];
}

function rulePlace({ file, line, path }: RuleReference): string {
  return file === undefined ? path : fileLine(file, line);
}

/** The decision on a flow in one mesh, in JSON; null if it does not exist there. */
export function sideJson(side: ExampleSide | undefined) {
  return side === undefined
    ? null
    : {
      egress: side.decision.egress.verdict,
      ingress: side.decision.ingress.verdict,
      verdict: side.decision.verdict,
      rules: [...side.rules.egress, ...side.rules.ingress],
      reasons: Object.fromEntries(
        DIRECTIONS.flatMap(direction => (side.reasons[direction] ? [[direction, side.reasons[direction]]] : [])),
      ) as ExampleSide['reasons'],
    };
}
