/** What became of requests, or is expected to: numbers, or fractions that make 1, by a name such as that of a cluster. */
export type Counts = { readonly [outcome: string]: number };

/**
 * How unlikely counts must be to be doubted, and to be called different. After the first requests anything that happens less than once in 100
 * times is asked again, with three times as many requests more; all of them together are different only if that happens less than once in
 * 10,000 times. So a mesh that does what it should is called different by chance once in a million services or so, and with 10 requests first a
 * cluster that gets none of its half is found.
 */
export const DOUBTED = 1e-2;
export const DIFFERENT = 1e-4;

/** How many times as many requests are asked again. */
export const AGAIN = 3;

/**
 * Whether counts fit the shares that are expected, when every request chooses for itself: no outcome that is impossible happens, none that is
 * certain is missing, and for each of the others what was counted, or something further from its share, happens at least with the
 * probability `least` (two-sided, of the binomial distribution).
 */
export function fits(expected: Counts, counted: Counts, least: number): boolean {
  const requests = Object.values(counted).reduce((sum, each) => sum + each, 0);
  const outcomes = new Set([...Object.keys(expected), ...Object.keys(counted)]);
  return [...outcomes].every(outcome => {
    const share = expected[outcome] ?? 0;
    const count = counted[outcome] ?? 0;
    // fractions that were added may miss 1 by a rounding
    return share <= 1e-9 ? count === 0 : share >= 1 - 1e-9 ? count === requests : tail(requests, count, share) >= least;
  });
}

/** The least and the most of an outcome that fit, for a reader. */
export function range(share: number, requests: number, least: number): { readonly from: number; readonly to: number } {
  const fitting = Array.from({ length: requests + 1 }, (_, count) => count).filter(count => fits({ it: share, other: 1 - share }, { it: count, other: requests - count }, least));
  return { from: fitting[0] ?? 0, to: fitting[fitting.length - 1] ?? 0 };
}

/** The probability of a count that is at least as far out, on both sides: twice that of the nearer tail. */
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
