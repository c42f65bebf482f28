const FORMAT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** Reads times. Records come in their order, so most have the second of the record before. */
export class TimeReader {
  private second = '';
  private milliseconds = 0;

  /** The milliseconds since 1970 of a time in RFC 3339; undefined if it is invalid. */
  public read(text: unknown): number | undefined {
    const match = typeof text === 'string' ? FORMAT.exec(text) : null;
    if (!match) {
      return undefined;
    }
    const [, date, fraction, zone] = match;
    const second = date + zone;
    if (second !== this.second) {
      const parsed = Date.parse(second);
      if (Number.isNaN(parsed)) {
        return undefined;
      }
      [this.second, this.milliseconds] = [second, parsed];
    }
    return this.milliseconds + (fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000));
  }
}

/** A time in RFC 3339, in UTC and to the second. */
export function formatTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** A span of time in its largest unit: `7 days`, `90 minutes`. */
export function formatSpan(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  for (const [unit, size] of UNITS) {
    if (seconds >= 2 * size) {
      return `${Math.floor(seconds / size)} ${unit}s`;
    }
  }
  return `${seconds} second${seconds === 1 ? '' : 's'}`;
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;
