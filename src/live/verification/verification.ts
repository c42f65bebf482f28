import { AnswerCounts } from './comparison';
import { Drop } from './hubble';
import { Prediction } from './prediction';
import { Answer } from './probe';

/** How a prediction compares with what was seen. */
export type Outcome = 'as-predicted' | 'different' | 'not-probed';

/** A prediction, the answers to its probe, and whether they agree. */
export interface Verification {
  readonly prediction: Prediction;
  readonly outcome: Outcome;
  readonly requests: number;
  /** How unlikely counts of answers must be to differ, see `roundLevel`. */
  readonly level: number;
  /** For requests to a service. */
  readonly counts?: AnswerCounts;
  readonly answers: readonly Answer[];
  /** Why no request was sent, or why the answers tell nothing. */
  readonly problem?: string;
  /** The first round differed, so these are the answers of a second one. */
  readonly repeated: boolean;
  /** Packets that Hubble saw dropped, by cluster; only for clusters with Hubble Relay. */
  readonly drops: ReadonlyMap<string, readonly Drop[]>;
}

/** Whether the mesh is as predicted. Where no request could be sent, nothing is verified. */
export function isAsPredicted(verifications: readonly Verification[]): boolean {
  return (
    !verifications.some(each => each.outcome === 'different') &&
    verifications.some(each => each.outcome === 'as-predicted')
  );
}
