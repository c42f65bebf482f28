/** Whether a statement about a mesh is true, and what to print where the opposite was wanted. */
export interface Outcome {
  readonly pass: boolean;
  message(): string;
}
