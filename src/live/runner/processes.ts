import { ChildProcess, spawn } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { redact } from './redact';
import { CommandResult, Follower, FollowedOutput, Shell } from './shell';
import { newMark, signalMarked } from './strays';
import { forgetGroup, watchGroup } from './watcher';
import { Command } from '../plans/command';
import { ACTION, GRACE } from '../plans/limits';
import { downloadOf } from '../plans/tools';

/** The part of the output of a command that succeeded which a report can show, in bytes. */
const REPORT_LIMIT = 64 * 1024;
/**
 * That of a command that failed. A part without its beginning may be the middle of a Secret, which does not look like
 * one: of longer outputs, a report shows only what the command wrote to stderr.
 */
const FAILURE_LIMIT = 8 * 1024 * 1024;
const REPORT_LINES = 20;

/** The shell that starts processes, and ends those that still run. */
export class Processes implements Shell, Follower {
  private readonly running = new Set<ChildProcess>();
  private readonly controller = new AbortController();

  /** `grace`: seconds between SIGTERM and SIGKILL. */
  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly grace: number = GRACE,
  ) {}

  public get interruption(): AbortSignal {
    return this.controller.signal;
  }

  public async run(command: Command, onStart?: (pids: readonly number[]) => void): Promise<CommandResult> {
    if (this.interruption.aborted) {
      return { status: 128, output: '', tail: 'not started', cause: 'interruption', bySignal: false };
    }
    const chain = chainOf(command);
    const mark = newMark();
    const children = chain.map(({ program, args, stdin, env, folder }, index) =>
      spawn(program, args, {
        cwd: folder,
        env: { ...this.env, ...env, ...mark },
        detached: true,
        stdio: [index === 0 && stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      }),
    );
    const ends = children.map((child, index) => this.watch(child, chain[index].program));
    onStart?.(children.flatMap(({ pid }) => pid ?? []));
    let tooLong = false;
    const collected = connect(children, chain[0].stdin, command.maxOutput ?? Infinity, () => {
      tooLong = true;
      killAll(children);
      signalMarked(mark, 'SIGKILL');
    });
    const seconds = command.seconds ?? ACTION;
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      this.endAll(children);
      signalMarked(mark, 'SIGTERM');
    }, seconds * 1000);
    const statuses = await Promise.all(ends);
    clearTimeout(limit);
    const failed = statuses.find(({ status }) => status !== 0);
    const interrupted = this.interruption.aborted && failed !== undefined;
    if (late || tooLong || interrupted) {
      signalMarked(mark, 'SIGKILL');
    }
    const secrets = { piped: [text(collected.between)], values: chain.flatMap(each => each.secrets ?? []) };
    const shown = failed === undefined ? tailOf(collected.report, REPORT_LIMIT) : wholeOf(collected);
    const report = [
      redact(shown, secrets, isPathFrom(command.folder)),
      ...statuses.flatMap(({ error }) => error ?? []),
      ...(late ? [`stopped after its limit of ${seconds} s`] : []),
      ...(tooLong ? [`stopped after ${command.maxOutput} bytes of output`] : []),
    ].join('\n');
    const warnings = warningsIn(redact(tailOf(collected.errors, REPORT_LIMIT), secrets, isPathFrom(command.folder)));
    return {
      status: failed?.status ?? (late || tooLong ? 128 : 0),
      output: text(collected.output),
      tail: report
        .split('\n')
        .slice(-REPORT_LINES)
        .join('\n')
        .trim(),
      ...(warnings.length > 0 ? { warnings } : {}),
      bySignal: statuses.some(({ bySignal }) => bySignal),
      ...(failed?.missing === undefined ? {} : { missing: failed.missing }),
      ...(tooLong ? { cause: 'output' } : late ? { cause: 'timeout' } : interrupted ? { cause: 'interruption' } : {}),
    };
  }

  public async follow(command: Command, sink: FollowedOutput, end: AbortSignal): Promise<CommandResult> {
    if (this.interruption.aborted || end.aborted) {
      return { status: 128, output: '', tail: 'not started', cause: 'interruption', bySignal: false };
    }
    const { program, args, env, folder } = command;
    const mark = newMark();
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...this.env, ...env, ...mark },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = this.watch(child, program);
    // it writes what it has and ends; later it is killed
    const stop = () => {
      signal(child, 'SIGINT');
      setTimeout(() => this.running.has(child) && this.endAll([child]), this.grace * 1000).unref();
    };
    end.addEventListener('abort', stop, { once: true });
    const tail: string[] = [];
    child.stderr!.on('data', (piece: Buffer) => {
      sink.errors(piece);
      tail.push(piece.toString('utf8'));
      tail.splice(0, Math.max(0, tail.length - REPORT_LINES));
    });
    let refused: { readonly error: unknown } | undefined;
    try {
      for await (const piece of child.stdout!) {
        try {
          await sink.output(piece);
        } catch (error) {
          refused = { error };
          break;
        }
      }
    } catch {
      // it was killed, or could not be started: the end of the process tells
    }
    if (refused) {
      this.endAll([child]);
    }
    const { status, error, bySignal, missing } = await ended;
    end.removeEventListener('abort', stop);
    if (refused || end.aborted || this.interruption.aborted) {
      signalMarked(mark, 'SIGKILL');
    }
    if (refused) {
      throw refused.error;
    }
    return {
      status,
      output: '',
      tail: redact([...tail, ...(error === undefined ? [] : [error])].join(''))
        .trim()
        .split('\n')
        .slice(-REPORT_LINES)
        .join('\n'),
      bySignal,
      ...(missing === undefined ? {} : { missing }),
      ...(end.aborted || this.interruption.aborted ? { cause: 'interruption' as const } : {}),
    };
  }

  /** Ends everything that still runs, with the processes that it started itself; nothing more is started. */
  public end(): void {
    this.controller.abort();
    this.endAll(this.running);
  }

  /** Kills everything that still runs, at once; nothing more is started. */
  public kill(): void {
    this.controller.abort();
    killAll(this.running);
  }

  /** Sends SIGTERM, and kills what still runs after the grace period. */
  private endAll(children: Iterable<ChildProcess>): void {
    const all = [...children];
    all.forEach(child => signal(child, 'SIGTERM'));
    setTimeout(() => killAll(all.filter(child => this.running.has(child))), this.grace * 1000).unref();
  }

  private watch(child: ChildProcess, program: string): Promise<ChildEnd> {
    this.running.add(child);
    const { pid } = child;
    if (pid !== undefined) {
      watchGroup(pid);
    }
    return new Promise(resolve => {
      child.on('error', ({ code }: NodeJS.ErrnoException) => {
        this.running.delete(child);
        const isMissing = code === 'ENOENT';
        const error = isMissing ? missingProgram(program) : `cannot start ${program} (${code})`;
        resolve({ status: 127, error, bySignal: false, ...(isMissing ? { missing: program } : {}) });
      });
      child.on('close', (status, name) => {
        this.running.delete(child);
        forgetGroup(pid!);
        resolve({ status: status ?? 128, ...(name ? { error: `ended by ${name}` } : {}), bySignal: name !== null });
      });
    });
  }
}

interface ChildEnd {
  readonly status: number;
  readonly error?: string;
  readonly bySignal: boolean;
  readonly missing?: string;
}

function missingProgram(program: string): string {
  const url = downloadOf(program);
  return `${program} not found in the path${url === undefined ? '' : `; install it: ${url}`}`;
}

interface Streams {
  /** Output of the last command. */
  readonly output: Buffer[];
  /** Output that other commands read; it may be secret, and no report contains it. */
  readonly between: Buffer[];
  readonly errors: Buffer[];
  /** Output of the last command, and all errors. */
  readonly report: Buffer[];
}

/** The commands of a pipe, the first one first. */
function chainOf(command: Command): Command[] {
  return [...(command.input ? chainOf(command.input) : []), command];
}

/** Connects the commands of a pipe, and collects their output, up to a number of bytes. */
function connect(
  children: readonly ChildProcess[],
  stdin: string | undefined,
  maxOutput: number,
  onTooLong: () => void,
): Streams {
  const streams: Streams = { output: [], between: [], errors: [], report: [] };
  let bytes = 0;
  const count = (data: Buffer) => {
    const before = bytes;
    bytes += data.length;
    if (bytes > maxOutput && before <= maxOutput) {
      onTooLong();
    }
  };
  children.forEach(child => [child.stdout!, child.stderr!].forEach(stream => stream.on('data', count)));
  children.forEach((child, index) => {
    // a program may end before it has read everything
    child.stdin?.on('error', () => undefined);
    child.stderr!.on('data', data => {
      streams.errors.push(data);
      streams.report.push(data);
    });
    if (index < children.length - 1) {
      child.stdout!.on('data', data => streams.between.push(data));
      child.stdout!.pipe(children[index + 1].stdin!);
    } else {
      child.stdout!.on('data', data => {
        streams.output.push(data);
        streams.report.push(data);
      });
    }
  });
  if (stdin !== undefined) {
    children[0].stdin!.end(stdin);
  }
  return streams;
}

/** The warnings of API servers, as client-go writes them (rest/warnings.go, WarningWriter). */
function warningsIn(errors: string): string[] {
  return [...errors.matchAll(/^Warning: (.*)$/gm)].map(([, warning]) => warning);
}

/** The output of a command that failed, from its beginning. */
function wholeOf({ report, errors }: Streams): string {
  const size = report.reduce((sum, { length }) => sum + length, 0);
  return size <= FAILURE_LIMIT ? text(report) : tailOf(errors, REPORT_LIMIT);
}

/** The last bytes of an output; a line that is cut is left out. */
function tailOf(pieces: readonly Buffer[], limit: number): string {
  const all = Buffer.concat(pieces);
  return all.length <= limit ? all.toString('utf8') : all.subarray(-limit).toString('utf8').replace(/^[^\n]*\n?/, '');
}

function text(pieces: readonly Buffer[]): string {
  return Buffer.concat(pieces).toString('utf8');
}

function killAll(children: Iterable<ChildProcess>): void {
  for (const child of children) {
    signal(child, 'SIGKILL');
    // a process that left the process group, and its variables, may keep the streams open forever
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/** Sends a signal to the whole process group. */
function signal({ pid }: ChildProcess, name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid!, name);
  } catch {
    // it has ended by itself
  }
}

/** Whether a word begins with the path of a file or folder that exists: texts that are secret do not. */
function isPathFrom(folder: string = '.'): (word: string) => boolean {
  return word => {
    const [start] = /^\/?[^/]+\/[^/]+(?=\/)/.exec(word) ?? [];
    return start !== undefined && fs.existsSync(path.resolve(folder, start));
  };
}
