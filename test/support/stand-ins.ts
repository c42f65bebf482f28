import * as fs from 'fs';
import * as path from 'path';
import { temporaryFolder } from './folder';

/** Stand-ins for programs, in bash. `$STATE` is their folder. */
export interface StandIns {
  readonly state: string;
  readonly env: NodeJS.ProcessEnv;
  /** Their calls, in order. */
  log(): string[];
  /** A program that runs this text. `$line` is its name with its arguments, which it logs first. */
  write(name: string, text: string): void;
  /** Text that the programs of `meshTools` run before anything else: it can wait, fail, or print. */
  hook(text: string): void;
  /** Removes the hook, and what it left. */
  unhook(): void;
  /** Whether a file in `$STATE` exists. */
  exists(name: string): boolean;
}

/** A path with nothing but bash, a few of its tools and the stand-ins; the state of the program is beside it. */
export function standIns(programs: Readonly<Record<string, string>> = {}): StandIns {
  const folder = temporaryFolder();
  const [bin, state] = ['bin', 'state'].map(name => path.join(folder, name));
  fs.mkdirSync(bin);
  fs.mkdirSync(state);
  const head = '#!/usr/bin/env bash\nline="${0##*/} $*"\necho "$line" >> "$STATE/log"\n';
  const write = (name: string, text: string) =>
    fs.writeFileSync(path.join(bin, name), `${head}${text}\n`, { mode: 0o755 });
  // bash and what it calls, without the programs that a host may have beside them
  const tools = path.join(folder, 'tools');
  fs.mkdirSync(tools);
  for (const tool of ['bash', 'env', 'cat', 'sleep', 'touch', 'rm', 'grep', 'node']) {
    const found = (process.env.PATH ?? '')
      .split(path.delimiter)
      .map(each => path.join(each, tool))
      .find(each => fs.existsSync(each));
    fs.symlinkSync(found!, path.join(tools, tool));
  }
  Object.entries(programs).forEach(([name, text]) => write(name, text));
  const file = path.join(state, 'log');
  return {
    state,
    env: {
      HOME: folder,
      STATE: state,
      XDG_STATE_HOME: path.join(folder, 'home'),
      PATH: [bin, tools].join(path.delimiter),
    },
    log: () => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trimEnd().split('\n') : []),
    write,
    hook: text => fs.writeFileSync(path.join(state, 'hook'), text),
    unhook: () => ['hook', 'blocked'].forEach(name => fs.rmSync(path.join(state, name), { force: true })),
    exists: name => fs.existsSync(path.join(state, name)),
  };
}

/** Waits until something holds; fails after ten seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > end) {
      throw new Error(`waited ten seconds for ${holds}`);
    }
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}
