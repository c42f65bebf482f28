import * as fc from 'fast-check';
import { DIFFERENCE_LEVEL, DOUBT_LEVEL, fits, range } from '../../../src/live/verification/bound';

const counts = (...outcomes: Array<[share: number, count: number]>) =>
  outcomes.map(([share, count]) => ({ share, count }));
const halves = (one: number, other: number) => counts([0.5, one], [0.5, other]);

test.each([
  // requests of which half are expected: all to one side happens in 2 of 1024 runs
  [5, 5, true],
  [9, 1, true],
  [10, 0, false],
])('%i and %i of ten requests, half of which are expected: not to be doubted: %s', (one, other, expected) => {
  expect(fits(halves(one, other), DOUBT_LEVEL)).toBe(expected);
});

test('after 40 requests, all to one side are different, and 32 to 8 are not', () => {
  expect(fits(halves(40, 0), DIFFERENCE_LEVEL)).toBe(false);
  expect(fits(halves(32, 8), DIFFERENCE_LEVEL)).toBe(true);
  expect(range(0.5, 40, DIFFERENCE_LEVEL)).toEqual({ from: 8, to: 32 });
});

test('what is impossible never fits, and what is certain always happens', () => {
  expect(fits(counts([1, 999], [0, 1]), DIFFERENCE_LEVEL)).toBe(false);
  expect(fits(counts([1, 10], [0, 0]), DIFFERENCE_LEVEL)).toBe(true);
  expect(fits(counts([0.1 + 0.2 + 0.7, 10]), DIFFERENCE_LEVEL)).toBe(true);
});

/** The exact distribution, by counting. */
function exact(requests: number, share: number): number[] {
  let row = [1];
  for (let i = 0; i < requests; i++) {
    row = Array.from({ length: row.length + 1 }, (_, k) => (row[k] ?? 0) * (1 - share) + (row[k - 1] ?? 0) * share);
  }
  return row;
}

test('a fair choice is doubted at most as often as is said', () => {
  const shares = fc.double({ min: 0.02, max: 0.98, noNaN: true });
  const levels = fc.constantFrom(DOUBT_LEVEL, DIFFERENCE_LEVEL, 0.2);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), shares, levels, (requests, share, least) => {
      const fitting = (count: number) => fits(counts([share, count], [1 - share, requests - count]), least);
      const unlikely = exact(requests, share).reduce(
        (sum, probability, count) => sum + (fitting(count) ? 0 : probability),
        0,
      );
      expect(unlikely).toBeLessThanOrEqual(least + 1e-9);
    }),
  );
});
