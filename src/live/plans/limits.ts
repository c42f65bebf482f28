import { Command } from './command';

/** Seconds that a question may take: an API server that is asked for one object answers in one or two. */
export const QUERY = 30;

/** Seconds between being asked to end (SIGTERM) and being killed. */
export const GRACE = 5;

/** What a wait may take beyond its own limit: it starts, ends and says what is missing. */
const MARGIN = 60;

/** Of everything else: charts and manifests go over the network, and no server keeps a request longer. */
const ACTION = 10 * 60;

/** How many seconds a command may take before it is ended, so that a server that hangs cannot hang the program. */
export function secondsOf(command: Command, question: boolean = false): number {
  const { program, args, seconds } = command;
  const own = seconds ?? (waitOf(args) === undefined ? undefined : waitOf(args)! + MARGIN);
  if (own !== undefined) {
    return own;
  }
  if (question) {
    return QUERY;
  }
  // the first cluster of a host pulls the node image; five nodes take minutes on a slow disk
  return program === 'kind' && args[0] === 'create' ? 15 * 60 : ACTION;
}

/** Its own limit of time, such as `--wait-duration 10m`. */
function waitOf(args: readonly string[]): number | undefined {
  for (const [index, word] of args.entries()) {
    const match = /^--(?:wait-duration|timeout)(?:=(.*))?$/.exec(word);
    const seconds = match ? duration(match[1] ?? args[index + 1] ?? '') : undefined;
    if (seconds !== undefined && seconds > 0) {
      return seconds;
    }
  }
  return undefined;
}

/** `1h2m3s` as Go writes it, in seconds. */
function duration(text: string): number | undefined {
  const [, hours, minutes, seconds] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  return hours ?? minutes ?? seconds ? Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0) : undefined;
}
