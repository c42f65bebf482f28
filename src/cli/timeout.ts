import { CommandError } from './io';
import { formatValue } from '../diagnostics/texts';
import { WaitLimit } from '../live/plans/limits';

/** A day: a longer wait is a typing error. */
const MOST = 24 * 60 * 60;

/** The limit of `--timeout`, such as `90s`, `30m` or `1h30m`. Throws for any other text. */
export function readTimeout(text: string | undefined): WaitLimit | undefined {
  if (text === undefined) {
    return undefined;
  }
  const [, hours = '0', minutes = '0', rest = '0'] = /^(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,5})s)?$/.exec(text) ?? [];
  const seconds = Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
  if (seconds === 0 || seconds > MOST) {
    throw new CommandError(
      `--timeout must be a duration of 1 second to 24 hours, such as 90s, 30m or 1h30m, got ${formatValue(text)}`,
    );
  }
  return { text, seconds };
}
