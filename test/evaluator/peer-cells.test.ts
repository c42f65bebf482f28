import * as fc from 'fast-check';
import { BitSet } from '../../src/evaluator/flows/bit-set';
import { PeerCells } from '../../src/evaluator/flows/peer-cells';

const SIZE = 200;

const peers = fc.uniqueArray(fc.nat({ max: SIZE - 1 }), { maxLength: 12 });
/** Also sets of most peers. */
const additions = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: peers },
    { weight: 1, arbitrary: peers.map(absent => [...Array(SIZE).keys()].filter(peer => !absent.includes(peer))) },
  ),
  { maxLength: 150 },
);

test('each peer has the ranges that were added to it, in their order, and is in one cell', () => {
  fc.assert(
    fc.property(additions, all => {
      const cells = new PeerCells(SIZE);
      const expected = new Map<number, number[]>();
      all.forEach((members, index) => {
        const set = new BitSet(SIZE);
        members.forEach(peer => {
          set.add(peer);
          expected.set(peer, [...(expected.get(peer) ?? []), index]);
        });
        cells.add(set, [{ protocol: 'TCP', first: index, last: index, requests: [] }]);
      });
      const found = [...cells.all].flatMap(cell =>
        cell.peers.toArray().map(peer => [peer, cell.ranges.map(({ first }) => first)] as const),
      );
      expect(found.length).toBe(expected.size);
      expect(new Map(found)).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});
