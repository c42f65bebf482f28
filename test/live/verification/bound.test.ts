import * as fc from 'fast-check';
import { distribution, FALSE_ALARMS, fits, range, roundLevel } from '../../../src/live/verification/bound';
import { POWER, sampleSize } from '../../../src/live/verification/sample-size';

const counts = (...outcomes: Array<[share: number, count: number]>) =>
  outcomes.map(([share, count]) => ({ share, count }));

test('what is impossible never fits, and what is certain always happens', () => {
  expect(fits(counts([1, 999], [0, 1]), 1e-9)).toBe(false);
  expect(fits(counts([1, 10], [0, 0]), 1e-9)).toBe(true);
  expect(fits(counts([0.1 + 0.2 + 0.7, 10]), 1e-9)).toBe(true);
});

test('of ten requests, half of which are expected, all to one side happen in 2 of 1024 runs', () => {
  const halves = (one: number) => fits(counts([0.5, one], [0.5, 10 - one]), 0.01);
  expect([0, 1, 9, 10].map(halves)).toEqual([false, true, true, false]);
  expect(range(0.5, 10, 0.01)).toEqual({ from: 1, to: 9 });
  expect(range(0.5, 10, 0.001)).toEqual({ from: 0, to: 10 });
});

/** The exact distribution, by counting. */
function exact(requests: number, share: number): number[] {
  let row = [1];
  for (let i = 0; i < requests; i++) {
    row = Array.from({ length: row.length + 1 }, (_, k) => (row[k] ?? 0) * (1 - share) + (row[k - 1] ?? 0) * share);
  }
  return row;
}

/** The probability that counts of two outcomes do not fit. */
function rejection(requests: number, predicted: number, actual: number, level: number): number {
  return exact(requests, actual).reduce(
    (sum, probability, count) =>
      sum + (fits(counts([predicted, count], [1 - predicted, requests - count]), level) ? 0 : probability),
    0,
  );
}

const share = fc.double({ min: 0.02, max: 0.98, noNaN: true });

test('a fair choice differs at most as often as is said', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), share, fc.constantFrom(0.03, 1e-3, 0.2), (requests, each, level) => {
      expect(rejection(requests, each, each, level)).toBeLessThanOrEqual(level + 1e-9);
      distribution(requests, each).forEach((probability, count) =>
        expect(probability).toBeCloseTo(exact(requests, each)[count], 9),
      );
    }),
  );
});

// both rounds of a service must differ
test.each([1, 2, 17, 1000])('%i services: at most one false alarm in 1,000 runs', services => {
  const level = roundLevel(services);
  for (const each of [0.5, 1 / 3, 0.25, 0.1, 0.02]) {
    const { requests } = sampleSize([each, 1 - each], level);
    expect(services * rejection(requests, each, each, level) ** 2).toBeLessThanOrEqual(FALSE_ALARMS);
  }
});

test.each([1, 2, 17, 1000])('%i services: what is to be noticed is noticed in 99 of 100 runs', services => {
  const level = roundLevel(services);
  const noticed = (predicted: number, actual: number) => {
    const { requests } = sampleSize([predicted, 1 - predicted], level);
    return rejection(requests, predicted, actual, level) ** 2;
  };
  for (const [predicted, actual] of [
    [0.5, 0.7],
    [0.5, 0.3],
    [0.5, 0],
    [0.1, 0],
    [0.02, 0],
    [0.25, 0.45],
    [0.9, 0.7],
  ]) {
    expect(noticed(predicted, actual)).toBeGreaterThanOrEqual(POWER);
  }
});

describe('by simulation, with more than two outcomes', () => {
  const uniform = (clusters: number) => Array<number>(clusters).fill(1 / clusters);
  const silent = (clusters: number) => [0, ...Array<number>(clusters - 1).fill(1 / (clusters - 1))];
  const shifted = (clusters: number) => [
    1 / clusters + 0.2,
    ...Array<number>(clusters - 1).fill((1 - 1 / clusters - 0.2) / (clusters - 1)),
  ];

  /** How often a round rejects the predicted shares. */
  function rejections(predicted: readonly number[], actual: readonly number[], level: number, rounds: number): number {
    const random = generator(7);
    const { requests } = sampleSize(predicted, level);
    let rejected = 0;
    for (let round = 0; round < rounds; round++) {
      const drawn = predicted.map(each => ({ share: each, count: 0 }));
      for (let request = 0; request < requests; request++) {
        let rest = random();
        const index = actual.findIndex(each => (rest -= each) < 0);
        drawn[index < 0 ? actual.length - 1 : index].count++;
      }
      rejected += fits(drawn, level) ? 0 : 1;
    }
    return rejected / rounds;
  }

  /** Numbers from 0 to 1, the same ones in each run (Park and Miller). */
  function generator(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
  }

  test.each([3, 10, 20])('%i clusters', clusters => {
    const level = roundLevel(1);
    // the standard error of 4,000 rounds at the level 0.03 is 0.003
    expect(rejections(uniform(clusters), uniform(clusters), level, 4000)).toBeLessThanOrEqual(level + 0.009);
    expect(rejections(uniform(clusters), silent(clusters), level, 500) ** 2).toBe(1);
    expect(rejections(uniform(clusters), shifted(clusters), level, 1000) ** 2).toBeGreaterThanOrEqual(POWER - 0.005);
  });
});

test('requests follow from the smallest share', () => {
  const size = (...shares: number[]) => sampleSize(shares, roundLevel(1));
  expect(size(0.5, 0.5)).toEqual({ requests: 132 });
  expect(size(0.02, 0.98).requests).toBeGreaterThan(size(0.1, 0.9).requests);
  // a stray answer of a cluster that has no share is noticed if it is one of five
  expect(size(1)).toEqual({ requests: 24 });
  expect(size(0.001, 0.999)).toEqual({ requests: 1000, unnoticed: 0.001 });
});
