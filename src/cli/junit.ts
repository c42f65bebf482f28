/** A case of a report. */
export interface JunitCase {
  readonly name: string;
  readonly failure?: string;
  readonly skipped?: string;
}
