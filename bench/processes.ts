import { spawnSync } from 'child_process';
import * as path from 'path';

/** The alternating runs of compared programs. */
const RUNS = 11;

/** One run of a process. */
export interface Run {
  readonly milliseconds: number;
  /** Its peak memory. */
  readonly rssKiB: number;
  readonly output: string;
}

/** Runs Node.js with arguments until it exits. */
export function run(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly statuses?: readonly number[] } = {},
): Run {
  const start = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--require', path.join(__dirname, 'rss.js'), ...args],
    {
      env: { ...process.env, ...options.env },
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
    },
  );
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  if (!(options.statuses ?? [0]).includes(status ?? -1)) {
    throw new Error(`${args.join(' ')} failed with status ${status}:\n${stderr}`);
  }
  return { milliseconds, rssKiB: Number(/^maxRSS (\d+)$/m.exec(stderr)?.[1]), output: stdout };
}

/**
 * Runs the programs in turn, because other load then affects them alike. Returns the median of each, without the first
 * run.
 */
export function alternate(programs: ReadonlyArray<() => Pick<Run, 'milliseconds'>>): number[] {
  const times: number[][] = programs.map(() => []);
  for (let index = 0; index <= RUNS; index++) {
    programs.forEach((program, which) => times[which].push(program().milliseconds));
  }
  return times.map(each => median(each.slice(1)));
}

export function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

export function megabytes(kibibytes: number): string {
  return `${(kibibytes / 1024).toFixed(0)} MiB`;
}
