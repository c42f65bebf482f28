/** A time in which something is true, in milliseconds since 1970. */
export interface Gap {
  readonly first: number;
  readonly last: number;
}

const HOUR = 3_600_000;

/** More than a decade: clocks that are this wrong say nothing about gaps. */
const MOST_HOURS = 100_000;

/** A gap of a recording is at least this part of its time. */
const LEAST_PART = 0.1;

/** The most gaps of a recording. */
export const MOST_GAPS = 5;

/** The hours in which something was recorded. */
export class CoveredTime {
  private readonly hours = new Set<number>();
  private lastHour = Number.NaN;

  public add(time: number): void {
    const hour = Math.floor(time / HOUR);
    if (hour !== this.lastHour && this.hours.size < MOST_HOURS) {
      this.hours.add(hour);
    }
    this.lastHour = hour;
  }

  /**
   * Whole hours without any record that last an hour or longer, and a tenth of the time from the first record to the
   * last one; the longest ones, in their order. Nothing was recorded then, nothing happened, or a clock was wrong.
   */
  public gaps(): readonly Gap[] {
    const hours = this.hours.size < MOST_HOURS ? [...this.hours].sort((one, other) => one - other) : [];
    const least = (hours[hours.length - 1] + 1 - hours[0]) * LEAST_PART;
    return hours
      .flatMap((hour, index) => {
        const length = index === 0 ? 0 : hour - hours[index - 1] - 1;
        return length > 0 && length >= least ? [{ first: (hours[index - 1] + 1) * HOUR, last: hour * HOUR }] : [];
      })
      .sort((one, other) => other.last - other.first - (one.last - one.first))
      .slice(0, MOST_GAPS)
      .sort((one, other) => one.first - other.first);
  }
}
