import { BitSet } from '../../flows/bit-set';
import { FlowPort, formatPort } from '../../flows/flow';
import { FlowSpace } from '../../flows/flow-space';
import { Workload } from '../../read/workload';

/**
 * The rows and columns of planes: endpoints that no policy can distinguish, and that declare the same ports. The first
 * columns are the classes of a flow space, by their numbers; the others are parts of classes.
 */
export interface Columns {
  readonly size: number;
  /** The class of each column. */
  readonly classes: readonly number[];
  /** The declared ports of each column. */
  readonly ports: ReadonlyArray<readonly FlowPort[]>;
  /** Further columns of the same class, by class. */
  readonly others: ReadonlyMap<number, readonly number[]>;
  /** The column of a workload. */
  columnOf(workload: Workload): number;
}

/** The columns of several spaces with common classes. */
export function columnsOf(spaces: readonly FlowSpace[], portsOf: (workload: Workload) => readonly FlowPort[]): Columns {
  const count = spaces[0].classes.length;
  const classes = Array.from({ length: count }, (_, number) => number);
  const ports: Array<readonly FlowPort[]> = classes.map(() => []);
  const others = new Map<number, number[]>();
  const byKey = new Map<string, number>();
  const taken = new Set<number>();
  const byWorkload = new Map<Workload, number>();
  for (const { classes: all } of spaces) {
    all.forEach(({ workloads }, number) => {
      for (const workload of workloads) {
        const declared = portsOf(workload);
        const key = `${number} ${declared.map(formatPort).join()}`;
        let column = byKey.get(key);
        if (column === undefined) {
          column = taken.has(number) ? classes.push(number) - 1 : number;
          ports[column] = declared;
          if (taken.has(number)) {
            others.set(number, [...(others.get(number) ?? []), column]);
          }
          taken.add(number);
          byKey.set(key, column);
        }
        byWorkload.set(workload, column);
      }
    });
  }
  return { size: classes.length, classes, ports, others, columnOf: workload => byWorkload.get(workload)! };
}

/** Adds the classes of a set to a row of bits, each in all of its columns. */
export function addClasses(set: BitSet, { others }: Columns, plane: Uint32Array, offset: number): void {
  set.addTo(plane, offset);
  others.forEach((columns, number) => {
    if (set.has(number)) {
      columns.forEach(column => addBit(plane, offset, column));
    }
  });
}

/* eslint-disable no-bitwise -- bits of words */

export function addBit(plane: Uint32Array, offset: number, column: number): void {
  plane[offset + (column >>> 5)] |= 1 << (column & 31);
}

export function hasBit(plane: Uint32Array, offset: number, column: number): boolean {
  return (plane[offset + (column >>> 5)] & (1 << (column & 31))) !== 0;
}

/** The number of words of a row. */
export function wordsOf({ size }: Pick<Columns, 'size'>): number {
  return (size + 31) >>> 5;
}
