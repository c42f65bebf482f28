/** A part of a workload that is invalid. */
export interface WorkloadProblem {
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}
