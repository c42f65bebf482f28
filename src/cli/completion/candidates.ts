import type { Command, Option } from 'commander';
import { findCursor, isRepeatable } from './cursor';
import { valuesOf, World } from './values';

/** A word that a shell may put at the cursor. */
export interface Candidate {
  readonly value: string;
  /** One line. */
  readonly description?: string;
}

/**
 * The words that may stand at the end of a command line, sorted. `words` are those behind the name of the program; the
 * last one is what was typed of the word at the cursor, and may be empty.
 */
export async function candidates(
  program: Command,
  words: readonly string[],
  world: World,
): Promise<readonly Candidate[]> {
  const cursor = findCursor(program, words);
  const { command, text } = cursor;
  const all =
    cursor.kind === 'command'
      ? commandsOf(command)
      : cursor.kind === 'option'
        ? optionsOf(command, cursor.options)
        : await valuesOf(cursor, world);
  const prefix = cursor.kind === 'value' ? cursor.prefix : '';
  const matching = all.filter(({ value }) => value.startsWith(text));
  return [...new Map(matching.map(each => [each.value, each])).values()]
    .sort((one, other) => (one.value < other.value ? -1 : 1))
    .map(({ value, description }) => ({ value: `${prefix}${value}`, description }));
}

function commandsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map(each => ({ value: each.name(), description: each.description() }));
}

/** The options that may follow: those that were written and cannot be repeated are left out. */
function optionsOf(command: Command, written: object): Candidate[] {
  const mayFollow = (option: Option) => isRepeatable(option) || !(option.attributeName() in written);
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(mayFollow)
    .map(({ long, short, description }) => ({ value: (long ?? short)!, description }));
}
