import { ObjectProblem } from './object-problem';
import { isPresent } from './policy/field-reader';
import { formatValue } from '../../diagnostics/texts';

/** The fields of metadata that hold times. */
export const TIME_FIELDS = ['creationTimestamp', 'deletionTimestamp'] as const;

/** What is wrong with a value that must be a time. */
export const TIME_RULE = 'must be a time like 2026-01-31T12:00:00Z';

/** The times in an object's metadata that the API server cannot read. */
export function timeProblems({ metadata }: any): ObjectProblem[] {
  return TIME_FIELDS.filter(field => isPresent(metadata[field]) && !isTime(metadata[field])).map(field => ({
    path: `metadata.${field}`,
    message: `metadata.${field} ${TIME_RULE}, got ${formatValue(metadata[field])}`,
    fix: `remove metadata.${field}`,
  }));
}

/** Whether Go reads a value as a time (time.RFC3339, as metav1.Time does). */
export function isTime(value: unknown): boolean {
  if (typeof value !== 'string') {
    return false;
  }
  const [, day] = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/.exec(value) ?? [];
  const time = new Date(value.replace(',', '.'));
  const midnight = new Date(`${day}T00:00:00Z`);
  // JavaScript takes February 30 for March 1 or 2
  return (
    day !== undefined &&
    !Number.isNaN(time.getTime()) &&
    !Number.isNaN(midnight.getTime()) &&
    midnight.toISOString().startsWith(day)
  );
}
