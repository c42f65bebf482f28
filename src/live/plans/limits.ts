import { Command } from './command';

/** Limits end a command whose server does not answer, so the program itself always ends. */

/** Seconds for a question: an API server answers a request for one object in one or two. */
export const QUERY = 30;

/** Seconds for any other command: charts and manifests go over the network, and no server keeps a request longer. */
export const ACTION = 10 * 60;

/**
 * Seconds for `kind create`: the first cluster of a host pulls the node image; five nodes take minutes on a slow disk.
 */
export const CREATE = 15 * 60;

/** Seconds for each object of a request: kubectl sends one request after the other. */
const PER_OBJECT = 0.5;

/** Seconds for a command that reads, compares or applies this number of objects. */
export function forObjects(objects: number): number {
  return QUERY + Math.ceil(objects * PER_OBJECT);
}

/** Seconds between the request to end (SIGTERM) and SIGKILL. */
export const GRACE = 5;

/** Seconds that a wait may take beyond its own limit, to start, to end and to print what is missing. */
const MARGIN = 60;

/** The limit of a command that waits: as the command takes it, and in seconds. */
export interface WaitLimit {
  readonly text: string;
  readonly seconds: number;
}

/** For pods, agents, connections and load balancers. */
export const WAIT: WaitLimit = { text: '10m', seconds: 10 * 60 };

/** For the API server to serve a new kind. */
export const SERVE: WaitLimit = { text: '60s', seconds: 60 };

/** A command that waits up to a limit of its own. */
export function withLimit({ seconds }: WaitLimit, waiting: Command): Command {
  return { ...waiting, seconds: seconds + MARGIN };
}

/** The command with at least a limit; one that has a limit of its own keeps a longer one. */
export function atLeast({ seconds: least }: WaitLimit, command: Command): Command {
  const seconds = Math.max(command.seconds ?? ACTION, least);
  return seconds === (command.seconds ?? ACTION) ? command : { ...command, seconds };
}
