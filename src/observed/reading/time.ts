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
  const seconds = Math.floor(milliseconds / 1000);
  const day = Math.floor(seconds / DAY);
  if (day !== lastDay.day) {
    lastDay = { day, text: new Date(day * DAY * 1000).toISOString().slice(0, 'YYYY-MM-DD'.length) };
  }
  const ofDay = seconds - day * DAY;
  return (
    `${lastDay.text}T${twoDigits(Math.floor(ofDay / 3600))}:${twoDigits(Math.floor(ofDay / 60) % 60)}:` +
    `${twoDigits(ofDay % 60)}Z`
  );
}

/** The seconds of a day. */
const DAY = 86_400;

/** Reports have a hundred thousand times, most of them of one day. */
let lastDay = { day: NaN, text: '' };

function twoDigits(number: number): string {
  return number < 10 ? `0${number}` : String(number);
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
  ['day', DAY],
  ['hour', 3600],
  ['minute', 60],
] as const;
