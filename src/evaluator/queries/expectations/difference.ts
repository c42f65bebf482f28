import { ExpectedFlow } from './expectations';

/** The verdicts that are compared with an entry. Those that are left out do not exist. */
export interface ComparedVerdicts {
  readonly verdict: string;
  readonly egress?: string;
  readonly ingress?: string;
}

/** How verdicts differ from what an entry expects; undefined if they do not. */
export function differenceOf(entry: ExpectedFlow, got: ComparedVerdicts): string | undefined {
  const wrong = (['verdict', 'egress', 'ingress'] as const).filter(
    end => entry[end] !== undefined && entry[end] !== got[end],
  );
  const texts = wrong.map(end => `${end === 'verdict' ? '' : `${end} `}${got[end]} where ${entry[end]} is expected`);
  return texts.length === 0 ? undefined : `${texts.join(', ')}${entry.why ? ` (${entry.why})` : ''}`;
}

/** How the rules for requests on allowed connections differ from what an entry expects; undefined if they do not. */
export function requestDifference(
  { requests, why }: ExpectedFlow,
  { verdict, rules }: { readonly verdict: string; readonly rules: readonly string[] },
): string | undefined {
  return verdict === 'denied' || rules.join('\n') === requests!.join('\n')
    ? undefined
    : `requests ${rulesText(rules)} where ${rulesText(requests!)} is expected${why ? ` (${why})` : ''}`;
}

/** How the backends of a service differ from what an entry expects; undefined if they do not. */
export function backendDifference(entry: ExpectedFlow, got: readonly string[]): string | undefined {
  const expected = [...new Set(entry.backends)].sort();
  const text = (backends: readonly string[]) => (backends.length === 0 ? 'none' : backends.join(', '));
  return text(got) === text(expected)
    ? undefined
    : `${text(got)} where ${text(expected)} is expected${entry.why ? ` (${entry.why})` : ''}`;
}

function rulesText(rules: readonly string[]): string {
  return rules.length === 0 ? 'all' : rules.map(each => each || 'none').join(', and ');
}
