import { containerRuntime } from './container-runtime';
import { Host } from './host';
import { hostCapacity } from './host-capacity';
import { isAtLeast, MissingRequirement } from './requirement';
import { ask, Shell } from './shell';
import { Plan, Tool } from '../plans/plan';

/** What the host lacks. */
export interface Preflight {
  readonly requirements: readonly MissingRequirement[];
  /** Facts that could not be found, which is not an error. */
  readonly notes: readonly string[];
}

/** Checks everything that a plan needs, and changes nothing. */
export async function preflight({ tools, host: demands }: Plan, shell: Shell, host: Host): Promise<Preflight> {
  const notes: string[] = [];
  const [programs, runtime] = await Promise.all([
    Promise.all(tools.map(tool => checkProgram(tool, shell, host, notes))),
    demands ? containerRuntime(shell, host) : undefined,
  ]);
  const requirements = [...programs.flat(), ...(runtime?.requirements ?? [])];
  // the list of existing clusters needs all of these
  if (demands && runtime?.facts && !requirements.some(({ severity }) => severity === 'missing')) {
    requirements.push(...(await hostCapacity(demands, runtime.facts, shell, host)));
  }
  return { requirements, notes };
}

/** Whether a program exists, and is new enough. */
async function checkProgram(
  { program, purpose, url, version }: Tool,
  shell: Shell,
  host: Host,
  notes: string[],
): Promise<MissingRequirement[]> {
  if (host.find(program) === undefined) {
    const required = `${version ? `${version.least} or later: ` : ''}${purpose}`;
    return [{ severity: 'missing', what: program, got: 'not in the path', required, fix: `get it: ${url}` }];
  }
  if (!version) {
    return [];
  }
  const { least, reason } = version;
  // its output counts also when it does not end
  const { output, tail } = await ask(shell, { seconds: 10, ...version.command });
  const found = version.pattern.exec(output)?.[1];
  // a build from sources has no version, or 0.0.0
  if (found === undefined || found === '0.0.0') {
    const [line] = (output || tail).trim().split('\n');
    notes.push(`cannot read the version of ${program} from "${line}": ${least} or later is required (${reason})`);
    return [];
  }
  return isAtLeast(found, least)
    ? []
    : [
      {
        severity: 'missing',
        what: program,
        got: found,
        required: `${least} or later: ${reason}`,
        fix: `get a newer one: ${url}`,
      },
    ];
}
