/** What a cell must have: a verdict of the flow, or a verdict of one of its ends. */
export const CELL_VERDICTS = [
  'allowed',
  'denied',
  'unknown',
  'redirected',
  'default-denied',
  'auth-required',
  'undetermined',
  'audited',
  'unenforced',
  'failed',
] as const;

export type CellVerdict = (typeof CELL_VERDICTS)[number];
