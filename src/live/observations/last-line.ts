import { CommandResult } from '../runner/shell';

/** The last line of what a command wrote: programs print their error there. */
export function lastLine({ tail, status, cause }: CommandResult): string {
  return cause === 'timeout' ? 'no answer within its limit of time' : tail.split('\n').pop() || `status ${status}`;
}
