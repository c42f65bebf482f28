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
