/** A part of an object that the API server refuses. */
export interface ObjectProblem {
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}
