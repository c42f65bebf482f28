import { AnswerCounts, Outcome } from './comparison';
import { Drop } from './drops';
import { Prediction } from './prediction';
import { Answer } from './probe';

/** A prediction, the answers to its probe, and whether they agree. */
export interface Verification {
  readonly prediction: Prediction;
  readonly outcome: Outcome;
  readonly requests: number;
  /** For requests to a service. */
  readonly counts?: AnswerCounts;
  readonly answers: readonly Answer[];
  /** Why no request was sent. */
  readonly problem?: string;
  /** The first answers were doubtful, and the probe sent more requests. */
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
