import { RecordCount } from './observed-flow';
import { formatTime } from '../reading/time';

/** `12 records from 2026-03-27T09:00:07Z to 2026-03-27T09:38:02Z`; `12 records of 3 flows` with their number. */
export function recordsText({ records, first, last }: RecordCount, flows?: number): string {
  const time =
    first === undefined || last === undefined
      ? ''
      : first === last
        ? ` at ${formatTime(last)}`
        : ` from ${formatTime(first)} to ${formatTime(last)}`;
  return `${counted(records, 'record')}${flows === undefined ? '' : ` of ${counted(flows, 'flow')}`}${time}`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
