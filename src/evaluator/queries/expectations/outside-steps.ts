import { EVERY_NAME, matchesName } from './endpoints';
import { Rows } from './written-entry';
import { Cidr } from '../../../cilium/cidr';
import { NO_CONNECTIONS } from '../../flows/connections';
import { FlowSpace } from '../../flows/flow-space';

/** Endpoints of one kind, with what entries before them say. */
export interface WrittenStep {
  readonly pattern: string;
  readonly rows: Rows;
  readonly previous?: Rows;
}

/**
 * The blocks of addresses outside of the mesh, from general to special ones: the last entry about an address is that of
 * the smallest block. Blocks of one step do not overlap.
 */
export function blockSteps(space: FlowSpace, rowsOf: (number: number) => Rows): WrittenStep[][] {
  const blocks = space.classes
    .flatMap(({ blocks: own = [] }, number) => own.map(({ cidr }) => ({ cidr, rows: rowsOf(number) })))
    .sort((one, other) => one.cidr.prefix - other.cidr.prefix || (one.cidr.first < other.cidr.first ? -1 : 1));
  const steps = new Map<string, WrittenStep[]>();
  for (const { cidr, rows } of blocks) {
    const previous = blocks.filter(each => isWithin(cidr, each.cidr)).at(-1)?.rows;
    const key = `${cidr.family} ${cidr.prefix}`;
    const step = steps.get(key) ?? [];
    steps.set(key, step);
    step.push({ pattern: `world:${cidr.text}`, rows, previous });
  }
  return [...steps.values()];
}

function isWithin(inner: Cidr, outer: Cidr): boolean {
  return (
    inner.family === outer.family &&
    outer.prefix < inner.prefix &&
    outer.first <= inner.first &&
    inner.last <= outer.last
  );
}

/**
 * The names that policies write: first all names, so names that a policy adds later have an entry too, then each name
 * and pattern. Patterns that match others come before them.
 */
export function nameSteps(
  space: FlowSpace,
  anyName: number,
  rowsOf: (number: number) => Rows,
): WrittenStep[][] {
  const literal = (text: string) => text.replace(/\*/g, '').length;
  const names = space.classes
    .flatMap(({ names: own = [] }, number) => own.map(text => ({ text, number })))
    .filter(({ text }) => text !== '' && !/^\*+$/.test(text))
    .sort((one, other) => literal(one.text) - literal(other.text) || (one.text < other.text ? -1 : 1));
  const all = { pattern: `fqdn:${EVERY_NAME}`, rows: rowsOf(anyName) };
  const written: Array<{ text: string; rows: Rows; changed: ReadonlySet<number> }> = [];
  return [
    [all],
    ...names.map(({ text, number }) => {
      const rows = rowsOf(number);
      const before = written.filter(each => matchesName(each.text, text));
      // the last entry about a name counts, and an entry is only about the endpoints whose rows it changes
      const previous = new Map(
        [...rows.keys()].map(own => [
          own,
          before.filter(({ changed }) => changed.has(own)).at(-1)?.rows.get(own) ?? all.rows.get(own) ?? NO_CONNECTIONS,
        ]),
      );
      const changed = new Set([...rows.keys()].filter(own => rows.get(own) !== previous.get(own)));
      written.push({ text, rows, changed });
      return [{ pattern: `fqdn:${text}`, rows, previous }];
    }),
  ];
}
