import { Part } from './report';

/** A line that counts what a text leaves out; none if it shows all. */
export function moreLine(count: number, shown: number, what?: string): Part[] {
  return count <= shown
    ? []
    : [{ kind: 'line', text: `${count - shown} more${what === undefined ? '' : ` ${what}`}; --format json lists all of them` }];
}
