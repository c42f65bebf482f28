import { Cidr } from '../cilium/cidr';
import { AddressBlock } from '../evaluator/flows/address-classes';

/** How many blocks a name lists as exceptions. */
const MOST_EXCEPTIONS = 4;

/**
 * Addresses by the blocks that policies name; `world` for all of them. The addresses of the mesh itself are never
 * outside of it, so they are no exceptions.
 */
export function addressNames(
  blocks: readonly AddressBlock[],
  all: readonly AddressBlock[],
  ofMesh: readonly Cidr[],
): string[] {
  const set = new Set(blocks);
  return set.size > 0 && all.every(each => set.has(each)) ? ['world'] : blocks.map(each => blockName(each, ofMesh));
}

/** `203.0.113.0/24 except 203.0.113.7/32`, `world (IPv4) except 192.0.2.0/24`. */
function blockName({ cidr, except }: AddressBlock, ofMesh: readonly Cidr[]): string {
  const name = cidr.prefix === 0 ? `world (${cidr.family})` : cidr.text;
  const left = except.filter(
    each => !ofMesh.some(own => own.family === each.family && own.first <= each.first && each.last <= own.last),
  );
  const shown = left.slice(0, left.length > MOST_EXCEPTIONS ? MOST_EXCEPTIONS - 1 : MOST_EXCEPTIONS);
  const texts = [
    ...shown.map(({ text }) => text),
    ...(left.length > shown.length ? [`${left.length - shown.length} more`] : []),
  ];
  return texts.length === 0 ? name : `${name} except ${texts.join(' and ')}`;
}
