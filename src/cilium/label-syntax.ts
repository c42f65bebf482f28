import { isDnsSubdomain } from './kubernetes-names';

/** Names in keys, and values. */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** The problem of an invalid label key; undefined for a valid one (apimachinery's IsQualifiedName). */
export function labelKeyProblem(key: unknown): string | undefined {
  if (typeof key !== 'string') {
    return 'is not a string';
  }
  const parts = key.split('/');
  if (parts.length > 2) {
    return 'has more than one slash';
  }
  const name = parts[parts.length - 1];
  if (parts.length === 2 && !isDnsSubdomain(parts[0])) {
    return 'has a prefix that is not a DNS subdomain';
  }
  return NAME.test(name) ? undefined : 'has a name that is not 1 to 63 letters, digits, dashes, underscores and dots';
}

/** The problem of an invalid label value; undefined for a valid one (apimachinery's IsValidLabelValue). */
export function labelValueProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') {
    return 'is not a string';
  }
  return value === '' || NAME.test(value)
    ? undefined
    : 'must be at most 63 letters, digits, dashes, underscores and dots, beginning and ending with a letter or digit';
}
