/** The entries of the datapath's map: the orders of insertion, and the blocks of ports. */
import * as fc from 'fast-check';
import { Insertion, possibleMaps } from '../../src/evaluator/engine/insertion-orders';
import { MapEntry, PolicyMap } from '../../src/evaluator/engine/policy-map';
import { commonLength, covers, EVERY_BLOCK, PortBlock, portBlocks } from '../../src/evaluator/engine/port-block';

const range = fc
  .tuple(fc.integer({ min: 0, max: 65535 }), fc.integer({ min: 0, max: 65535 }))
  .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const);

describe('blocks of ports', () => {
  test('hold exactly the ports of a range, each once', () => {
    fc.assert(
      fc.property(range, ([first, last]) => {
        const blocks = portBlocks('TCP', first, last);
        expect(blocks[0].first).toBe(first);
        expect(blocks.at(-1)!.last).toBe(last);
        blocks.slice(1).forEach((block, index) => expect(block.first).toBe(blocks[index].last + 1));
        blocks.forEach(block => expect(block.last - block.first + 1).toBe(2 ** (24 - block.length)));
        blocks.forEach(block => expect(block.first % (block.last - block.first + 1)).toBe(0));
      }),
    );
  });

  test('share the bits of the shortest block that holds both', () => {
    expect(commonLength(portBlocks('TCP', 80, 80)[0], { protocol: 'TCP', port: 81 })).toBe(23);
    expect(commonLength(portBlocks('TCP', 80, 80)[0], { protocol: 'TCP', port: 80 })).toBe(24);
    expect(commonLength(portBlocks('TCP', 80, 80)[0], { protocol: 'UDP', port: 80 })).toBe(0);
    expect(commonLength(portBlocks('TCP', 64, 127)[0], { protocol: 'TCP', port: 64 })).toBe(18);
  });

  test('are covered by broader ones of the same protocol', () => {
    const [http] = portBlocks('TCP', 80, 80);
    expect(covers(EVERY_BLOCK, http)).toBe(true);
    expect(covers(portBlocks('TCP', 64, 127)[0], http)).toBe(true);
    expect(covers(http, portBlocks('TCP', 64, 127)[0])).toBe(false);
    expect(covers(portBlocks('UDP', 64, 127)[0], http)).toBe(false);
  });
});

const [http] = portBlocks('TCP', 80, 80);
const [dns] = portBlocks('UDP', 53, 53);
const plain: MapEntry = { allowPrecedence: 1024, precedence: 1024, deny: false, explicit: false, logs: [] };
const required: MapEntry = { ...plain, authentication: 'required', explicit: true };
const insertion = (block: PortBlock, entry: MapEntry, ofPeer = true): Insertion => ({
  tier: 0,
  entries: [[{ ofPeer, block }, entry]],
});
const modes = (insertions: readonly Insertion[], skipsEqual = true) =>
  [
    ...new Set(possibleMaps(insertions, { skipsEqual })!.map(map => map.lookup(http)!.authentication ?? 'none')),
  ].sort();

describe('orders of insertion', () => {
  test('agree where a mode reaches a narrower entry of the same identity', () => {
    expect(modes([insertion(EVERY_BLOCK, required), insertion(http, plain)])).toEqual(['required']);
  });

  test('decide where another port has a mode of its own', () => {
    expect(modes([insertion(EVERY_BLOCK, required), insertion(http, plain), insertion(dns, required)])).toEqual([
      'none',
      'required',
    ]);
  });

  test('agree where a mode reaches an entry that equals that of the aggregate', () => {
    const both = [insertion(EVERY_BLOCK, required), insertion(http, plain), insertion(http, plain, false)];
    expect(modes(both)).toEqual(['required']);
    expect(possibleMaps(both, { skipsEqual: true })!.length).toBeGreaterThan(2);
    expect(modes(both, false)).toEqual(['required']);
  });

  test('keep an entry beside that of the aggregate if its rules log another text', () => {
    const [key, aggregate] = [{ ofPeer: true, block: http }, { ofPeer: false, block: http }];
    const rules = { skipsEqual: true, stopsFirst: true };
    const withLog = (...logs: string[]) =>
      PolicyMap.EMPTY.insert(aggregate, { ...plain, logs: ['x'] }, rules).insert(key, { ...plain, logs }, rules);
    expect(withLog('x').text.split('\n')).toHaveLength(1);
    expect(withLog('y').text.split('\n')).toHaveLength(2);
    expect(withLog().text.split('\n')).toHaveLength(2);
  });

  test('leave out entries under one that takes precedence, whatever the order is', () => {
    const redirected = { ...plain, precedence: plain.precedence + 155 };
    expect(modes([insertion(EVERY_BLOCK, redirected), insertion(http, plain)])).toEqual(['none']);
    const [[first], [second]] = [insertion(EVERY_BLOCK, redirected), insertion(http, plain)].map(each => each.entries);
    const rules = { skipsEqual: true, stopsFirst: true };
    const inOrder = PolicyMap.EMPTY.insert(...first, rules).insert(...second, rules);
    expect(inOrder.text).toBe(PolicyMap.EMPTY.insert(...second, rules).insert(...first, rules).text);
  });

  test('are given up, not guessed, if there are too many', () => {
    const many = Array.from({ length: 14 }, (_, port) => insertion(portBlocks('TCP', port, port)[0], required));
    expect(possibleMaps(many, { skipsEqual: true })).toBeUndefined();
  });
});
