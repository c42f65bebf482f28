import * as fs from 'fs';
import type { Command } from 'commander';
import { CommandError } from './io';
import { formatValue } from '../diagnostics/texts';

/** Words that people write after an option that takes no value. */
const ANSWERS = ['yes', 'no', 'true', 'false', 'on', 'off', '1', '0'];

/**
 * Refuses a value of an option that takes none. Otherwise `--http yes` would be the option, and a file called yes.
 * A file that has such a name is meant.
 */
export function refuseFlagValues(program: Command, [name, ...args]: readonly string[]): void {
  const command = program.commands.find(each => each.name() === name);
  // the words to complete are no arguments yet
  if (!command || name === 'complete') {
    return;
  }
  for (let index = 0; index < args.length && args[index] !== '--'; index++) {
    const [text, next] = [args[index], args[index + 1]];
    const equals = text.indexOf('=');
    const option = command.options.find(({ long, short }) => text === short || flagOf(text) === long);
    const isFlag = option && !option.required && !option.optional;
    if (option?.required && equals < 0) {
      // its value may look like an option
      index++;
    } else if (isFlag && equals >= 0) {
      throw flagError(flagOf(text), text.slice(equals + 1));
    } else if (isFlag && next !== undefined && ANSWERS.includes(next.toLowerCase()) && !fs.existsSync(next)) {
      throw flagError(text, next);
    }
  }
}

/** `--http` of `--http=yes`. */
function flagOf(text: string): string {
  return text.replace(/=.*$/s, '');
}

function flagError(option: string, value: string): CommandError {
  return new CommandError(`${option} takes no value, got ${formatValue(value)}\n    fix: write ${option}, or leave it out`);
}
