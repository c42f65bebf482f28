import { Command, Condition } from './command';
import { inOrder, Plan, Step } from './plan';

/** The plan as a shell script that does the same, one step after the other. */
export function formatScript(plan: Plan): string {
  const repeated = repeatedTexts(plan);
  return [
    '#!/usr/bin/env bash',
    `# ${plan.title}`,
    '# Every step may run again: a step that is done already changes nothing.',
    'set -euo pipefail',
    '',
    ...plan.tools.map(
      ({ program, purpose, url }) =>
        `command -v ${program} > /dev/null || ${exitWith(`missing ${program}: it ${purpose}; get it from ${url}`)}`,
    ),
    ...(repeated.size > 0 ? ['', '# texts that several commands read'] : []),
    ...[...repeated].flatMap(([text, name]) => [`${name}() {`, `cat${hereDocument(text)}`, '}']),
    ...inOrder(plan.steps).flatMap(step => formatStep(step, repeated)),
    '',
  ].join('\n');
}

/** A command on one line, without its standard input. */
export function formatCommand({ program, args, input, env = {} }: Command): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`);
  const line = [...variables, ...[program, ...args].map(quote)].join(' ');
  return `${input ? `${formatCommand(input)} | ` : ''}${line}`;
}

function formatStep(step: Step, repeated: ReadonlyMap<string, string>): string[] {
  const commands = [
    ...(step.commands.length === 0 ? [] : (step.intents ?? [])).map(
      ({ undo }) => `# to undo this step after it was killed: ${undo.map(formatCommand).join('; ')}`,
    ),
    ...step.commands.map(command => formatWithInput(command, repeated)),
  ];
  // only first lines are indented: those of a here document must not be
  const indented = commands.map(line => `  ${line}`);
  const conditional =
    step.unless && step.commands.length > 0
      ? [...formatQuestions(step.unless), `if ! { ${formatTest(step.unless)}; }; then`, ...indented, 'fi']
      : commands;
  return [
    '',
    `# ${step.cluster === undefined ? '' : `${step.cluster}: `}${step.title}`,
    ...conditional,
    ...(step.ensure ?? []).flatMap(({ condition, message }) => [
      ...formatQuestions(condition),
      `{ ${formatTest(condition)}; } || ${exitWith(message)}`,
    ]),
  ];
}

/**
 * A command with its standard input. A program prints secrets when the script runs; the script does not contain them.
 */
function formatWithInput(command: Command, repeated: ReadonlyMap<string, string>): string {
  const { stdin, printer, isDoneWhenNotFound } = command;
  const line = formatCommand(command);
  if (isDoneWhenNotFound) {
    const run = `${line} 2>&1 > /dev/null <<< ${quote((stdin ?? '').trimEnd())}`;
    return `message=$(${run}) || [[ "$message" == *'(NotFound)'* ]] || { echo "$message" >&2; exit 1; }`;
  }
  const name = stdin === undefined ? undefined : repeated.get(stdin);
  if (name !== undefined) {
    return `${line} <<< "$(${name})"`;
  }
  return printer ? `${formatCommand(printer)} | ${line}` : `${line}${stdin === undefined ? '' : hereDocument(stdin)}`;
}

/** Texts that several commands read, with the names of the functions that print them. */
function repeatedTexts({ steps }: Plan): Map<string, string> {
  const commands = steps.flatMap(step => step.commands);
  const texts = commands.flatMap(({ stdin, printer }) => (stdin === undefined || printer ? [] : [stdin]));
  const several = [...new Set(texts)].filter(text => texts.indexOf(text) !== texts.lastIndexOf(text));
  return new Map(several.map((text, index) => [text, `manifests_${index + 1}`]));
}

/** The text as a here document, with an end marker that is not one of its lines. */
function hereDocument(text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  let end = 'EOF';
  while (lines.includes(end)) {
    end += '_';
  }
  return [` <<'${end}'`, ...lines, end].join('\n');
}

/**
 * Runs the commands whose output a condition compares. Where one of them fails, the state is unknown, and the script
 * ends.
 */
function formatQuestions(condition: Condition, variable: string = 'answer'): string[] {
  const assign = (name: string, command: Command) => {
    const line = formatCommand(command);
    return `${name}=$(${line}) || ${exitWith(`could not read the current state: ${line}`)}`;
  };
  switch (condition.kind) {
    case 'succeeds':
      return [];
    case 'same-output':
      return condition.commands.map((command, index) => assign([variable, `${variable}_other`][index], command));
    case 'all':
      return condition.conditions.flatMap((each, index) => formatQuestions(each, `${variable}_${index + 1}`));
    default:
      return [assign(variable, condition.command)];
  }
}

/** A condition as a command that succeeds when it holds, after its questions. */
function formatTest(condition: Condition, variable: string = 'answer'): string {
  switch (condition.kind) {
    case 'succeeds':
      return `${formatCommand(condition.command)} > /dev/null`;
    case 'prints-line':
      return `[[ $'\\n'"$${variable}"$'\\n' == *$'\\n'${quote(condition.line)}$'\\n'* ]]`;
    case 'prints':
      return condition.texts.map(text => `[[ "$${variable}" == *${quote(text)}* ]]`).join(' && ');
    case 'prints-anything':
    case 'names-objects':
      return `[[ -n "$${variable}" ]]`;
    case 'names-no-objects':
      return `[[ -z "$${variable}" ]]`;
    case 'same-output':
      return `[[ -n "$${variable}" && "$${variable}" == "$${variable}_other" ]]`;
    case 'all':
      return condition.conditions.map((each, index) => formatTest(each, `${variable}_${index + 1}`)).join(' && ');
  }
}

function exitWith(message: string): string {
  return `{ echo ${quote(message)} >&2; exit 1; }`;
}

/** Quotes a text for the shell where it must. */
function quote(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`;
}
