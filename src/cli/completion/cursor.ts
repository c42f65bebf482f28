import type { Argument, Command, Option } from 'commander';

/** What the last word of a command line is: a command, the name or the value of an option, or an argument. */
export type Cursor = {
  readonly command: Command;
  /** What was typed of the word, or of the value after `--option=`. */
  readonly text: string;
  /** The options before it, as commander reads them. */
  readonly options: Options;
  /** The arguments before it. */
  readonly arguments: readonly string[];
} & (
  | { readonly kind: 'command' }
  | { readonly kind: 'option' }
  /** `prefix` is what the word has before the value: `--option=`, or nothing. */
  | { readonly kind: 'value'; readonly option: Option; readonly prefix: string }
  | { readonly kind: 'argument'; readonly argument?: Argument }
);

/** Values by the names of options: of repeatable ones all, of switches true. */
export interface Options {
  readonly [name: string]: string | readonly string[] | true;
}

/** Where the cursor is behind the words of a command line, without the name of the program. */
export function findCursor(program: Command, words: readonly string[]): Cursor {
  const text = words[words.length - 1] ?? '';
  let command = program;
  const options: { [name: string]: string | string[] | true } = {};
  const positionals: string[] = [];
  let waiting: Option | undefined;
  let onlyArguments = false;
  for (const word of words.slice(0, -1)) {
    if (waiting?.optional && word.startsWith('-')) {
      waiting = undefined;
    }
    if (waiting) {
      set(options, waiting, word);
      waiting = undefined;
    } else if (!onlyArguments && word === '--') {
      onlyArguments = true;
    } else if (!onlyArguments && word.startsWith('-')) {
      const [, name, value] = /^([^=]*)=?(.*)$/s.exec(word)!;
      const option = findOption(command, name);
      if (option && takesValue(option) && !word.includes('=')) {
        waiting = option;
      } else if (option) {
        set(options, option, takesValue(option) ? value : true);
      }
    } else {
      const subcommand = command.commands.find(each => each.name() === word);
      if (subcommand && positionals.length === 0) {
        command = subcommand;
      } else {
        positionals.push(word);
      }
    }
  }
  const cursor = { command, text, options, arguments: positionals };
  if (waiting && !(waiting.optional && text.startsWith('-'))) {
    return { ...cursor, kind: 'value', option: waiting, prefix: '' };
  }
  const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(text) ?? [];
  const option = onlyArguments || name === undefined ? undefined : findOption(command, name);
  if (option && takesValue(option)) {
    return { ...cursor, kind: 'value', text: value, option, prefix: `${name}=` };
  }
  if (text.startsWith('-') && !onlyArguments) {
    return { ...cursor, kind: 'option' };
  }
  return command.commands.length > 0
    ? { ...cursor, kind: 'command' }
    : { ...cursor, kind: 'argument', argument: command.registeredArguments[positionals.length] };
}

/** Whether an option can be written more than once. */
export function isRepeatable(option: Option): boolean {
  return option.variadic || option.parseArg !== undefined;
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function findOption(command: Command, name: string): Option | undefined {
  return command.createHelp().visibleOptions(command).find(({ short, long }) => name === short || name === long);
}

function set(options: { [name: string]: string | string[] | true }, option: Option, value: string | true): void {
  const name = option.attributeName();
  const before = options[name];
  options[name] = isRepeatable(option) && value !== true ? [...(Array.isArray(before) ? before : []), value] : value;
}
