import * as fs from 'fs';
import { renderInputs } from './input-hash';
import { RenderStore } from './render-cache';
import { readManifests } from '../../manifests/documents';
import { readText } from '../../manifests/files/text-reader';
import { RenderCommand, renderCommands } from '../../manifests/sources/render-command';
import { missingRenderer, Rendering, RenderFailure, Renderings } from '../../manifests/sources/rendering';
import { FluxSource, formatSource, RenderedSource, sourceKey } from '../../manifests/sources/source';
import { Command } from '../plans/command';
import { formatCommand } from '../plans/script';
import { CommandResult, InterruptedError, Shell } from '../runner/shell';

/** What renders sources. */
export interface Renderer {
  readonly shell: Shell;
  readonly cache: RenderStore;
  readonly env: NodeJS.ProcessEnv;
  readonly limits: RenderLimits;
  /** The file of a program in the path. */
  find(program: string): string | undefined;
  /** Reports a source that has been rendered, and how many of them are. */
  report(source: RenderedSource, done: number, total: number): void;
}

/** Limits of the program that renders one source. */
export interface RenderLimits {
  readonly seconds: number;
  /** Bytes. */
  readonly output: number;
}

/** The largest charts take a few seconds; a file of manifests may have as much as the output. */
export const RENDER_LIMITS: RenderLimits = { seconds: 120, output: 64 * 1024 * 1024 };

/** Programs at once. */
const AT_ONCE = 4;

/** Renders sources, each once. What fails is in the result; an interruption throws an InterruptedError. */
export async function renderSources(sources: readonly RenderedSource[], renderer: Renderer): Promise<Renderings> {
  const bySource = new Map(sources.map(source => [sourceKey(source), source]));
  const versions = new Map<string, Promise<string | undefined>>();
  const renderings = new Map<string, Rendering>();
  const waiting = [...bySource];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [key, source] = next;
      renderings.set(key, await render(source, renderer, versions));
      if (renderer.shell.interruption.aborted) {
        throw new InterruptedError();
      }
      renderer.report(source, renderings.size, bySource.size);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return renderings;
}

async function render(
  source: RenderedSource,
  renderer: Renderer,
  versions: Map<string, Promise<string | undefined>>,
): Promise<Rendering> {
  const commands = renderCommands(source.kind === 'flux' ? withNamespace(source) : source);
  const command = commands.find(({ program }) => program.includes('/') || renderer.find(program) !== undefined);
  if (!command) {
    const programs = commands.map(({ program }) => program);
    return missingRenderer(source, programs);
  }
  const before = renderInputs(source);
  const key = before.hash === undefined ? undefined : await cacheKey(command, before.hash, renderer, versions);
  const cached = key === undefined ? undefined : renderer.cache.read(key);
  if (cached !== undefined) {
    return { text: cached, files: before.files };
  }
  const result = await renderer.shell.run(shellCommand(command, renderer.limits));
  if (result.status !== 0) {
    return result.missing === undefined
      ? failure(source, command, result, renderer.limits)
      : missingRenderer(source, [command.program]);
  }
  // a file that changes meanwhile may or may not be in the output
  if (key !== undefined && renderInputs(source).hash === before.hash) {
    renderer.cache.write(key, result.output);
  }
  return { text: result.output, files: before.files };
}

/** A Kustomization with the namespace that its file says. */
function withNamespace(source: FluxSource): FluxSource {
  const read = readText(source.kustomization);
  const { manifests = [] } = 'text' in read ? readManifests(read.text, source.kustomization, true) : {};
  const found = manifests.find(({ object }) => object.kind === 'Kustomization' && object.metadata.name === source.name);
  const namespace = found?.object.metadata.namespace;
  return typeof namespace === 'string' ? { ...source, namespace } : source;
}

function shellCommand({ program, args, folder, stdin }: RenderCommand, { seconds, output }: RenderLimits): Command {
  return { program, args, folder, stdin, seconds, maxOutput: output };
}

/** All that decides the output of a command; undefined if the program does not tell its version. */
async function cacheKey(
  { program, args, stdin, version }: RenderCommand,
  hash: string,
  { shell, env, find }: Renderer,
  versions: Map<string, Promise<string | undefined>>,
): Promise<string | undefined> {
  const file = find(program);
  if (version === undefined || file === undefined) {
    return undefined;
  }
  const asked = versions.get(program) ?? shell.run({ program, args: version, seconds: 30, maxOutput: 65536 }).then(
    ({ status, output }) => (status === 0 && output.trim() !== '' ? output : undefined),
  );
  versions.set(program, asked);
  const answer = await asked;
  const { size, mtimeMs } = fs.statSync(file);
  const settings = Object.entries(env)
    .filter(([name]) => /^(HELM|KUSTOMIZE|KUBE|FLUX)/.test(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return answer === undefined
    ? undefined
    : JSON.stringify([program, fs.realpathSync(file), size, mtimeMs, answer, args, stdin ?? null, settings, hash]);
}

function failure(
  source: RenderedSource,
  command: RenderCommand,
  result: CommandResult,
  limits: RenderLimits,
): RenderFailure {
  const line = formatCommand(shellCommand(command, limits));
  const name = formatSource(source);
  const [message, got] =
    result.cause === 'timeout'
      ? [`${name} was not rendered within ${limits.seconds} s, so its program was stopped`, undefined]
      : result.cause === 'output'
        ? [`${name} prints more than ${limits.output} bytes, so its program was stopped`, undefined]
        : [`${name} cannot be rendered`, lastLines(result)];
  return {
    code: result.cause === undefined ? 'render-failed' : 'render-limit',
    message,
    ...(got === undefined ? {} : { got }),
    fix: `run \`${line}\`, and correct what it reports`,
  };
}

/** The error in a line of klog, as kubectl writes it: `E1129 19:37:25.1 1 run.go:72] "command failed" err="…"`. */
function plainError(line: string): string {
  const [, quoted] = /^[EF]\d{4} \S+ +\d+ \S+\] "command failed" err=("(?:[^"\\]|\\.)*")$/.exec(line) ?? [];
  try {
    return quoted === undefined ? line : JSON.parse(quoted);
  } catch {
    return line;
  }
}

/** The error of a program in one line: tools print it last, after their warnings, and the cause at its end. */
function lastLines({ tail, status }: CommandResult): string {
  const lines = tail.split('\n').map(each => plainError(each.trim())).filter(each => each !== '');
  const text = lines.slice(-3).join(' ') || `status ${status}`;
  return text.length > 200 ? `${text.slice(0, 59)} … ${text.slice(-138)}` : text;
}
