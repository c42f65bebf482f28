import { Command } from '../live/plans/command';
import { shown } from '../live/plans/script';
import { Ended } from '../live/runner/processes';

/** What a command answered: its exit status, its standard output, and the last of both streams together for a report. */
export type Answer = Ended;

/** A question that failed, as a person can ask it again, with what came back. */
export function failureText(command: Command, { status, last }: Answer): string {
  return `${shown(command)}\n  status: ${status}${last === '' ? '' : `\n${last.replace(/^/gm, '  ')}`}`;
}

/** The last of what a command said, where one line has to do: programs say there what is wrong. */
export function lastLine({ last, status, ended }: Answer): string {
  return ended === 'too-long' ? 'it took too long' : last.split('\n').pop() || `status ${status}`;
}
