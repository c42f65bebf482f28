import { isMap } from '../../diagnostics/is-map';
import { Command } from '../plans/command';
import { downloadOf } from '../plans/tools';
import { AnsweredCommand, askAll, CommandResult, FailedCommand, invalidAnswer, Shell } from '../runner/shell';

/** Questions that must have answers failed. */
export class UnansweredError extends Error {
  /** `answered` names the clusters that could be changed without the others. */
  constructor(
    public readonly questions: readonly FailedCommand[],
    public readonly answered: readonly string[] = [],
  ) {
    super('questions without answers');
  }
}

/** A question needs a program that is not in the path. */
export class MissingProgramError extends Error {
  constructor(program: string) {
    const url = downloadOf(program);
    super(`${program} not found in the path\n    fix: ${url === undefined ? 'install it' : `install it: ${url}`}`);
  }
}

/** Throws a MissingProgramError if a command could not start because its program is missing. */
export function refuseMissingPrograms(results: readonly CommandResult[]): void {
  const missing = results.find(each => each.missing !== undefined)?.missing;
  if (missing !== undefined) {
    throw new MissingProgramError(missing);
  }
}

/**
 * The answers of commands that must succeed. Throws a MissingProgramError, or an UnansweredError with all that fail.
 */
export async function answerAll(shell: Shell, commands: readonly Command[]): Promise<AnsweredCommand[]> {
  const results = await askAll(shell, commands);
  refuseMissingPrograms(results);
  const answers = commands.map((command, index) => ({ command, result: results[index] }));
  const failed = answers.filter(({ result }) => result.status !== 0);
  if (failed.length > 0) {
    throw new UnansweredError(failed);
  }
  return answers;
}

/** The JSON in an output; undefined for anything else. */
export function parseJson(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

/** The objects that kubectl printed, one or a list; undefined for anything else. */
export function parseObjects(output: string): KubernetesObject[] | undefined {
  const value = parseJson(output);
  const objects = isMap(value) && 'items' in value ? value.items : [value];
  return Array.isArray(objects) && objects.every(isObject) ? objects : undefined;
}

/** The objects that kubectl printed, one or a list. Throws an UnansweredError for anything else. */
export function objectsIn(answer: AnsweredCommand): KubernetesObject[] {
  const objects = parseObjects(answer.result.output);
  if (!objects) {
    throw new UnansweredError([invalidAnswer(answer, 'Kubernetes objects as JSON')]);
  }
  return objects;
}

/** The objects that exist, as kubectl printed them: it prints nothing if none of those that were asked for does. */
export function existingObjectsIn(answer: AnsweredCommand): KubernetesObject[] {
  return answer.result.output.trim() === '' ? [] : objectsIn(answer);
}

/** Plain data of any kind; its identity is of the right form. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [field: string]: any;
  };
  readonly [field: string]: any;
}

function isObject(value: unknown): value is KubernetesObject {
  if (!isMap(value) || !isMap(value.metadata)) {
    return false;
  }
  const { apiVersion, kind, metadata } = value;
  const { name, namespace, uid, labels, annotations } = metadata;
  const isText = (text: unknown) => typeof text === 'string';
  return (
    [apiVersion, kind, name].every(isText) &&
    [namespace, uid].every(each => each === undefined || isText(each)) &&
    [labels, annotations].every(each => each === undefined || (isMap(each) && Object.values(each).every(isText)))
  );
}
