import { CommandError } from './io';
import { formatValue } from '../diagnostics/texts';
import { Period } from '../observed/flows/recording';
import { TimeReader } from '../observed/reading/time';

const UNITS: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Reads a span of time such as `10m`, in milliseconds; undefined for other texts. */
export function readSpan(text: string): number | undefined {
  const span = /^(\d{1,6})([smhdw])$/.exec(text);
  return span ? Number(span[1]) * UNITS[span[2]] : undefined;
}

/** Reads `--since` and `--until`. A span such as `24h` counts back from now, as for hubble and kubectl. */
export function readPeriod(
  { since, until }: { readonly since?: string; readonly until?: string },
  now: () => number,
): Period {
  const period = {
    ...(since === undefined ? {} : { since: readTime('--since', since, now) }),
    ...(until === undefined ? {} : { until: readTime('--until', until, now) }),
  };
  if (period.since !== undefined && period.until !== undefined && period.since > period.until) {
    throw new CommandError(`--since must be before --until, got ${formatValue(since)} and ${formatValue(until)}`);
  }
  return period;
}

function readTime(option: string, text: string, now: () => number): number {
  const span = readSpan(text);
  if (span !== undefined) {
    return now() - span;
  }
  const time = new TimeReader().read(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (time === undefined || !isDay(text.slice(0, 10))) {
    throw new CommandError(
      `${option} must be a time such as 2026-03-20T09:00:00Z, a day such as 2026-03-20 (UTC), or a span up to now such ` +
        `as 24h or 7d, got ${formatValue(text)}`,
    );
  }
  return time;
}

/** Whether a calendar has the day: JavaScript reads February 30th as March 2nd. */
function isDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
