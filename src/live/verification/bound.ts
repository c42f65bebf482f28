/** One outcome of requests, such as the answer of a cluster: its expected share, and how many requests had it. */
export interface OutcomeCount {
  /** The shares of all outcomes add up to 1. */
  readonly share: number;
  readonly count: number;
}

/**
 * How unlikely counts must be to be doubtful, and to be different. Counts that happen less than once in 100 times are
 * doubtful: the probe is repeated with three times as many requests. All of them together are different only if they
 * happen less than once in 10,000 times. So a correct mesh is different by chance for about one in a million services.
 * 10 first requests find a cluster that gets none of its half.
 */
export const DOUBT_LEVEL = 1e-2;
export const DIFFERENCE_LEVEL = 1e-4;

/** How many times as many requests a doubtful probe sends again. */
export const REPEAT_FACTOR = 3;

/**
 * Whether counts fit the expected shares, when every request chooses independently:
 *
 * - No impossible outcome happens, and no certain one is missing.
 * - For each other outcome, a count at least as far from its share has at least the probability `least` (two-sided, of
 *   the binomial distribution).
 */
export function fits(outcomes: readonly OutcomeCount[], least: number): boolean {
  const requests = outcomes.reduce((sum, { count }) => sum + count, 0);
  // a sum of fractions may differ from 1 by a rounding error
  return outcomes.every(({ share, count }) =>
    share <= 1e-9 ? count === 0 : share >= 1 - 1e-9 ? count === requests : tail(requests, count, share) >= least,
  );
}

/** The lowest and the highest count of an outcome that fit. */
export function range(share: number, requests: number, least: number): { readonly from: number; readonly to: number } {
  const counts = Array.from({ length: requests + 1 }, (_, count) => count);
  const fitting = counts.filter(count =>
    fits(
      [
        { share, count },
        { share: 1 - share, count: requests - count },
      ],
      least,
    ),
  );
  return { from: fitting[0] ?? 0, to: fitting[fitting.length - 1] ?? 0 };
}

/** The probability of a count at least as far out, on both sides: twice that of the nearer tail. */
function tail(requests: number, count: number, share: number): number {
  let below = 0;
  let above = 0;
  for (let k = 0; k <= requests; k++) {
    const probability = Math.exp(logChoose(requests, k) + k * Math.log(share) + (requests - k) * Math.log(1 - share));
    below += k <= count ? probability : 0;
    above += k >= count ? probability : 0;
  }
  return Math.min(1, 2 * Math.min(below, above));
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i++) {
    sum += Math.log((n - k + i) / i);
  }
  return sum;
}
