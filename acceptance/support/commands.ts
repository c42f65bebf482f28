import { ChildProcess, spawn } from 'child_process';
import { once } from 'events';
import * as path from 'path';

/** The result of a program. */
export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface Options {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export function environment(): string {
  const folder = process.env.ACCEPTANCE_ENVIRONMENT;
  if (!folder) {
    throw new Error('these tests run in an environment of their own: npm run acceptance');
  }
  return folder;
}

const running = new Set<ChildProcess>();

/** Ends programs that a test started and did not wait for: one that ran out of time leaves its own. */
export async function endPrograms(): Promise<void> {
  await Promise.all(
    [...running].map(async child => {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    }),
  );
}

/** Runs a program until it exits. */
export function run(program: string, args: readonly string[], { cwd, input, env }: Options = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let [out, err] = ['', ''];
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
    running.add(child);
    child.stdout.on('data', data => {
      out += data;
    });
    child.stderr.on('data', data => {
      err += data;
    });
    child.on('error', error => {
      running.delete(child);
      reject(error);
    });
    child.on('close', status => {
      running.delete(child);
      resolve({ status: status ?? 128, out, err });
    });
    child.stdin.on('error', () => undefined); // it ended before it read all
    child.stdin.end(input ?? '');
  });
}

/** Runs a program that must succeed. Returns its output. */
export async function ok(program: string, args: readonly string[], options: Options = {}): Promise<string> {
  const { status, out, err } = await run(program, args, options);
  if (status !== 0) {
    throw new Error(`${[path.basename(program), ...args].join(' ')} ended with status ${status}\n${out}${err}`);
  }
  return out;
}

/** An object of the API server; undefined if it is not found. */
export async function get(context: string, ...args: string[]): Promise<any> {
  const text = await ok('kubectl', ['--context', context, 'get', ...args, '--ignore-not-found', '-o', 'json']);
  return text === '' ? undefined : JSON.parse(text);
}

/** Waits until a check stops throwing. After the time limit, throws its last error. */
export async function eventually(what: () => Promise<void>, seconds: number = 60): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await what();
    } catch (error) {
      if (Date.now() > end) {
        throw error;
      }
      await new Promise(resolve => setTimeout(resolve, 250));
    }
  }
}
