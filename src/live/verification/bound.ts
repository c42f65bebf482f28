/** One outcome of requests, such as the answer of a cluster: its expected share, and how many requests had it. */
export interface OutcomeCount {
  /** The shares of all outcomes add up to 1. */
  readonly share: number;
  readonly count: number;
}

/**
 * How often a run may report a difference that is chance, although the mesh is as predicted: once in 1,000 runs,
 * however many services it asks.
 */
export const FALSE_ALARMS = 1e-3;

/**
 * How unlikely the counts of one round must be to differ. A prediction is different only if the counts of two
 * independent rounds are, so a correct mesh is different by chance for a service with the probability level², and for
 * any of `services` with at most `FALSE_ALARMS`.
 */
export function roundLevel(services: number): number {
  return Math.sqrt(FALSE_ALARMS / Math.max(1, services));
}

/** Whether an outcome neither always nor never happens. Sums of fractions have rounding errors. */
export function isRandom(share: number): boolean {
  return share > 1e-9 && share < 1 - 1e-9;
}

/**
 * Whether counts fit the expected shares, when every request chooses independently:
 *
 * - No impossible outcome happens, and no certain one is missing.
 * - For each other outcome, a count at least as far from its share has at least the probability `level`, divided by the
 *   number of outcomes that are tested (two-sided, of the binomial distribution). The counts of two outcomes say the
 *   same, so they are one test.
 */
export function fits(outcomes: readonly OutcomeCount[], level: number): boolean {
  const requests = outcomes.reduce((sum, { count }) => sum + count, 0);
  const least = outcomeLevel(
    outcomes.map(each => each.share),
    level,
  );
  return outcomes.every(({ share, count }) =>
    isRandom(share)
      ? isLikely(requests, count, share, least)
      : share < 0.5
        ? count === 0
        : count === requests,
  );
}

/** The level of the test of one outcome among others: all tests together reach the level of the round. */
export function outcomeLevel(shares: readonly number[], level: number): number {
  const random = shares.filter(isRandom).length;
  return random <= 2 ? level : level / random;
}

/** The lowest and the highest count of an outcome that fit. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

const ranges = new Map<string, Range>();

/** The counts of an outcome that fit, where one whose tail has less than the probability `least` does not. */
export function range(share: number, requests: number, least: number): Range {
  const key = `${share} ${requests} ${least}`;
  const found = ranges.get(key) ?? findRange(share, requests, least);
  ranges.set(key, found);
  return found;
}

function findRange(share: number, requests: number, least: number): Range {
  if (!isRandom(share)) {
    const count = share < 0.5 ? 0 : requests;
    return { from: count, to: count };
  }
  const probabilities = distribution(requests, share);
  return { from: lowest(probabilities, least), to: requests - lowest([...probabilities].reverse(), least) };
}

function isLikely(requests: number, count: number, share: number, least: number): boolean {
  const { from, to } = range(share, requests, least);
  return count >= from && count <= to;
}

/** The lowest count whose tail up to it, doubled, has the probability `least`. */
function lowest(probabilities: readonly number[], least: number): number {
  let below = 0;
  for (const [count, probability] of probabilities.entries()) {
    below += probability;
    if (2 * below >= least) {
      return count;
    }
  }
  return probabilities.length - 1;
}

/** The binomial distribution: the probability of each count from 0 to `requests`, for a share between 0 and 1. */
export function distribution(requests: number, share: number): number[] {
  const probabilities: number[] = [];
  let logChoose = 0;
  for (let count = 0; count <= requests; count++) {
    logChoose += count === 0 ? 0 : Math.log((requests - count + 1) / count);
    probabilities.push(Math.exp(logChoose + count * Math.log(share) + (requests - count) * Math.log(1 - share)));
  }
  return probabilities;
}
