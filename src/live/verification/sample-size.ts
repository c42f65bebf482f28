import { distribution, isRandom, outcomeLevel, range } from './bound';

/** The probability with which a run notices what it is meant to notice. */
export const POWER = 0.99;

/** A share that is off by this much is noticed: 70 % of the answers where 50 % are predicted. */
export const NOTICED_SHIFT = 0.2;

/** Where a share is so small that more requests were needed, a cluster that never answers may go unnoticed. */
export const MOST_REQUESTS = 1000;

/** How many requests a round sends to a service. */
export interface SampleSize {
  readonly requests: number;
  /** The share of a cluster whose absence may go unnoticed, as more requests than `MOST_REQUESTS` were needed. */
  readonly unnoticed?: number;
}

/** Both rounds must notice a difference. */
const ROUND_POWER = Math.sqrt(POWER);

const sizes = new Map<string, SampleSize>();

/**
 * The least number of requests with which a round at this level notices, each with a probability whose square is
 * `POWER`:
 *
 * - a cluster that never answers, whatever its share;
 * - a share that is off by `NOTICED_SHIFT`, up or down;
 * - where one outcome is certain, another outcome that has this share.
 */
export function sampleSize(shares: readonly number[], level: number): SampleSize {
  const random = [...new Set(shares.filter(isRandom))].sort((one, other) => one - other);
  const least = outcomeLevel(shares, level);
  const key = `${random.join(' ')} ${least}`;
  const known = sizes.get(key) ?? findSize(random, least);
  sizes.set(key, known);
  return known;
}

function findSize(random: readonly number[], least: number): SampleSize {
  const stray = Math.ceil(Math.log(1 - ROUND_POWER) / Math.log(1 - NOTICED_SHIFT));
  let requests = random.length === 0 ? stray : Math.max(1, ...random.map(share => absenceSize(share, least)));
  if (requests > MOST_REQUESTS) {
    return { requests: MOST_REQUESTS, unnoticed: random[0] };
  }
  while (requests < MOST_REQUESTS && !random.every(share => noticesShift(share, requests, least))) {
    requests++;
  }
  return { requests };
}

/** With how many requests no answer at all of a cluster is too unlikely to be chance. */
function absenceSize(share: number, least: number): number {
  return Math.floor(Math.log(least / 2) / Math.log(1 - share)) + 1;
}

function noticesShift(share: number, requests: number, least: number): boolean {
  const { from, to } = range(share, requests, least);
  return [share - NOTICED_SHIFT, share + NOTICED_SHIFT]
    .filter(isRandom)
    .every(actual => {
      const probabilities = distribution(requests, actual);
      const unnoticed = probabilities.slice(from, to + 1).reduce((sum, each) => sum + each, 0);
      return 1 - unnoticed >= ROUND_POWER;
    });
}
