/** An invalid, unknown or ambiguous reference: the problem and the fix. */
export interface ReferenceProblem {
  readonly problem: string;
  readonly fix: string;
}
