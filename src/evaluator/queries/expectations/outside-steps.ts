import { Cidr } from '../../../cilium/cidr';
import { FlowSpace } from '../../flows/flow-space';
import { matchesGlob } from '../glob';
import { Rows } from './written-entry';

/** Endpoints outside of the mesh, with what entries before them say. */
export interface OutsideStep {
  readonly pattern: string;
  readonly rows: Rows;
  readonly previous?: Rows;
}

/**
 * The blocks of addresses and the names outside of the mesh, from general to special ones: the last entry about an
 * address is that of the smallest block. Endpoints of one step do not overlap.
 */
export function outsideSteps(space: FlowSpace, withNames: boolean, rowsOf: (number: number) => Rows): OutsideStep[][] {
  return [...blockSteps(space, rowsOf), ...(withNames ? nameSteps(space, rowsOf) : [])];
}

function blockSteps(space: FlowSpace, rowsOf: (number: number) => Rows): OutsideStep[][] {
  const blocks = space.classes
    .flatMap(({ blocks: own = [] }, number) => own.map(({ cidr }) => ({ cidr, rows: rowsOf(number) })))
    .sort((one, other) => one.cidr.prefix - other.cidr.prefix || (one.cidr.first < other.cidr.first ? -1 : 1));
  const steps = new Map<string, OutsideStep[]>();
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

/** Patterns that match the text of others come before them. */
function nameSteps(space: FlowSpace, rowsOf: (number: number) => Rows): OutsideStep[][] {
  const literal = (text: string) => text.replace(/\*/g, '').length;
  const names = space.classes
    .flatMap(({ names: own = [] }, number) =>
      own.filter(text => text !== '').map(text => ({ text, rows: rowsOf(number) })),
    )
    .sort((one, other) => literal(one.text) - literal(other.text) || (one.text < other.text ? -1 : 1));
  return names.map(({ text, rows }, index) => {
    const previous = names
      .slice(0, index)
      .filter(each => matchesGlob(each.text, text))
      .at(-1)?.rows;
    return [{ pattern: `fqdn:${text}`, rows, previous }];
  });
}
