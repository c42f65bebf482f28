import { Inline, Span, Tone } from './report';
import { ProxyVerdict } from '../evaluator/engine/http';
import { EndpointVerdict } from '../evaluator/flows/flow';

export type Verdict = EndpointVerdict | 'partial' | 'no-backends' | 'unknown';

const TONES: { readonly [verdict in Verdict]: Tone | undefined } = {
  'allowed': 'good',
  'unenforced': 'good',
  'redirected': 'doubtful',
  'partial': 'doubtful',
  'outside': undefined,
  'denied': 'bad',
  'default-denied': 'bad',
  'auth-required': 'bad',
  'undetermined': 'doubtful',
  'audited': 'doubtful',
  'failed': 'bad',
  'no-backends': 'bad',
  'unknown': 'doubtful',
};

/** A verdict with its tone. */
export function verdictText(verdict: Verdict): string | Span {
  const tone = TONES[verdict];
  return tone ? (SPANS[verdict] ??= { text: verdict, tone }) : verdict;
}

/** A verdict whose denials are expected, as in a matrix: only failures are red. */
export function quietVerdictText(verdict: Verdict): string | Span {
  return verdict === 'denied' || verdict === 'default-denied' || verdict === 'auth-required'
    ? (QUIET_SPANS[verdict] ??= { text: verdict, tone: 'faint' })
    : verdictText(verdict);
}

/** The verdict on a flow, with that on a request in it, if any. */
export function flowVerdictText(verdict: Verdict, request: ProxyVerdict | undefined): Inline {
  return request === undefined ? verdictText(verdict) : [verdictText(verdict), ` (the request: ${request})`];
}

/** A matrix has millions of verdicts, but few different ones. */
const SPANS: { [verdict in Verdict]?: Span } = {};
const QUIET_SPANS: { [verdict in Verdict]?: Span } = {};
