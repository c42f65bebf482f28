import { Command, Condition } from './command';
import { inOrder, Plan, Step } from './plan';

/** The plan as a shell script that a person can paste, and that does the same, one step after the other. */
export function script(plan: Plan): string {
  const repeated = repeatedTexts(plan);
  return [
    '#!/usr/bin/env bash',
    `# ${plan.title}`,
    '# Every step may be run again: what is done already is left alone.',
    'set -euo pipefail',
    '',
    ...plan.tools.map(({ program, why, from }) => `command -v ${program} > /dev/null || { echo ${quoted(`${program} is missing: it ${why}; get it from ${from}`)} >&2; exit 1; }`),
    ...repeated.size > 0 ? ['', '# what is read more than once'] : [],
    ...[...repeated].flatMap(([text, name]) => [`${name}() {`, `cat${hereDocument(text)}`, '}']),
    ...inOrder(plan.steps).flatMap(step => stepLines(step, repeated)),
    '',
  ].join('\n');
}

function stepLines(step: Step, repeated: ReadonlyMap<string, string>): string[] {
  const commands = [
    ...step.intent ? [`# when this is killed half way: ${step.intent.undo.map(shown).join('; ')}`] : [],
    ...step.commands.map(command => pasted(command, repeated)),
  ];
  return [
    '',
    `# ${step.cluster === undefined ? '' : `${step.cluster}: `}${step.title}`,
    // the lines of a here document stand as they are, without an indent
    ...step.unless && step.commands.length > 0 ? [...asked(step.unless), `if ! ${test(step.unless)}; then`, ...commands.map(line => `  ${line}`), 'fi'] : commands,
    ...(step.ensure ?? []).flatMap(({ condition, otherwise }) => [...asked(condition), `${test(condition)} || { echo ${quoted(otherwise)} >&2; exit 1; }`]),
  ];
}

/** A command on one line, without what it reads. */
export function shown({ program, args, input, env = {} }: Command): string {
  const line = [...Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`), ...[program, ...args].map(quoted)].join(' ');
  return `${input ? `${shown(input)} | ` : ''}${line}`;
}

/** A command as it is pasted. What is secret is printed by a program when the script runs, and does not stand in it. */
function pasted(command: Command, repeated: ReadonlyMap<string, string>): string {
  const { stdin, printer } = command;
  const name = stdin === undefined ? undefined : repeated.get(stdin);
  return name !== undefined ? `${shown(command)} <<< "$(${name})"` : printer ? `${shown(printer)} | ${shown(command)}` : `${shown(command)}${stdin === undefined ? '' : hereDocument(stdin)}`;
}

/** Texts that several commands read, with the names of the functions that print them. */
function repeatedTexts({ steps }: Plan): Map<string, string> {
  const texts = steps.flatMap(step => step.commands.flatMap(({ stdin, printer }) => stdin === undefined || printer ? [] : [stdin]));
  const several = [...new Set(texts)].filter(text => texts.indexOf(text) !== texts.lastIndexOf(text));
  return new Map(several.map((text, index) => [text, `manifests_${index + 1}`]));
}

/** The text as a here document, ended by a line that is none of its own. */
function hereDocument(text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  let end = 'EOF';
  while (lines.includes(end)) {
    end += '_';
  }
  return [` <<'${end}'`, ...lines, end].join('\n');
}

/** Asks what a condition compares: a question that fails is no answer, and ends the script. */
function asked(condition: Condition): string[] {
  const ask = (variable: string, command: Command) => `${variable}=$(${shown(command)}) || { echo ${quoted(`this could not be asked: ${shown(command)}`)} >&2; exit 1; }`;
  switch (condition.kind) {
    case 'succeeds': return [];
    case 'same-output': return condition.commands.map((command, index) => ask(['answer', 'other'][index], command));
    default: return [ask('answer', condition.command)];
  }
}

/** A condition as a command that succeeds when it holds, after what it compares was asked. */
function test(condition: Condition): string {
  switch (condition.kind) {
    case 'succeeds': return `${shown(condition.command)} > /dev/null`;
    case 'prints-line': return `[[ $'\\n'"$answer"$'\\n' == *$'\\n'${quoted(condition.line)}$'\\n'* ]]`;
    case 'prints': return `[[ "$answer" == *${quoted(condition.text)}* ]]`;
    case 'prints-anything': return '[[ -n "$answer" ]]';
    case 'prints-nothing': return '[[ -z "$answer" ]]';
    case 'same-output': return '[[ -n "$answer" && "$answer" == "$other" ]]';
  }
}

/** Quoted for the shell where it must be. */
function quoted(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, '\'\\\'\'')}'`;
}
