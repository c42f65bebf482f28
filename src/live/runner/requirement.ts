/** A requirement of a plan that the host does not meet. */
export interface MissingRequirement {
  /** Despite a warning the plan may succeed. */
  readonly severity: 'missing' | 'warning';
  readonly what: string;
  readonly got: string;
  readonly required: string;
  readonly fix: string;
}

/** Compares versions such as `1.27.0`. */
export function isAtLeast(version: string, least: string): boolean {
  const [one, other] = [version, least].map(text => text.split('.').map(Number));
  const index = other.findIndex((number, position) => one[position] !== number);
  return index < 0 || one[index] > other[index];
}
