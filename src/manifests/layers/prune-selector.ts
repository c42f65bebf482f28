/** Selects the objects that are deleted unless the manifests contain them. */
export interface PruneSelector {
  readonly text: string;
  selects(labels: unknown): boolean;
}

/**
 * Parses a selector of labels as kubectl takes it: `key=value`, `key==value`, `key in (a,b)` and `key`, separated by
 * commas. Undefined for other texts; an empty selector would select everything, and negations nearly everything.
 */
export function parsePruneSelector(text: string): PruneSelector | undefined {
  const parts = text.split(/,(?![^(]*\))/).map(each => each.trim());
  const requirements = parts.map(parseRequirement);
  return requirements.every(each => each !== undefined)
    ? {
      text,
      selects: labels =>
        requirements.every(({ key, values }) => {
          const value = (labels as { readonly [key: string]: unknown } | undefined | null)?.[key];
          return values === undefined ? value !== undefined : values.includes(String(value));
        }),
    }
    : undefined;
}

interface Requirement {
  readonly key: string;
  /** Undefined for any value. */
  readonly values?: readonly string[];
}

const KEY = '[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?';
const VALUE = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?';

function parseRequirement(text: string): Requirement | undefined {
  const [, equalKey, value] = new RegExp(`^(${KEY})\\s*==?\\s*(${VALUE})$`).exec(text) ?? [];
  if (equalKey !== undefined) {
    return { key: equalKey, values: [value] };
  }
  const [, inKey, list] = new RegExp(`^(${KEY})\\s+in\\s*\\(\\s*(${VALUE}(?:\\s*,\\s*${VALUE})*)\\s*\\)$`).exec(text) ?? [];
  if (inKey !== undefined) {
    return { key: inKey, values: list.split(',').map(each => each.trim()) };
  }
  return new RegExp(`^${KEY}$`).test(text) ? { key: text } : undefined;
}
