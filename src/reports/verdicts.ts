import { Span, Tone } from './report';
import { EndpointVerdict } from '../evaluator/flows/flow';

export type Verdict = EndpointVerdict | 'partial' | 'no-backends';

const TONES: { readonly [verdict in Verdict]: Tone | undefined } = {
  'allowed': 'good',
  'unenforced': 'good',
  'redirected': 'doubtful',
  'partial': 'doubtful',
  'outside': undefined,
  'denied': 'bad',
  'default-denied': 'bad',
  'failed': 'bad',
  'no-backends': 'bad',
};

/** A verdict with its tone. */
export function verdictText(verdict: Verdict): string | Span {
  const tone = TONES[verdict];
  return tone ? (SPANS[verdict] ??= { text: verdict, tone }) : verdict;
}

/** A matrix has millions of verdicts, but few different ones. */
const SPANS: { [verdict in Verdict]?: Span } = {};
