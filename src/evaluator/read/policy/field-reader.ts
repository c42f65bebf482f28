import { didYouMean } from '../../../diagnostics/did-you-mean';
import { formatValue } from '../../../diagnostics/texts';

/** The reason and path of a refusal. */
export interface Refusal {
  /**
   * - `schema`: the API server refuses the policy.
   * - `cilium`: only Cilium refuses it, and then enforces nothing of the policy.
   * - `unmodelled`: Cilium accepts it, but this evaluator does not know its meaning. The rest of the policy still
   *   counts.
   */
  readonly stage: 'schema' | 'cilium' | 'unmodelled';
  /** Path in the object, for example `spec.egress[0].toPorts`. */
  readonly path: string;
  readonly message: string;
  /** The value in the manifest. */
  readonly got?: string;
  /** What to write instead. */
  readonly fix?: string;
  /** The code of the rule of `check` that reports this refusal by itself. */
  readonly reason?: 'label-key-twice' | 'policy-channel-unknown';
  /** Whether only strict validation refuses the policy. Without it the API server drops the field. */
  readonly isUnknownField?: boolean;
  /** The fields or texts that are allowed there, if they are a closed set. */
  readonly allowed?: readonly string[];
}

/** An object with unchecked fields. */
export type Fields = { readonly [field: string]: unknown };

/**
 * Reads untyped objects field by field and collects refusals. It refuses unknown fields, because an ignored field would
 * be a false verdict.
 */
export class FieldReader {
  public readonly refusals: Refusal[] = [];
  /** The number of problems in fields that Cilium does not check. */
  public passedOver = 0;
  private unsanitized = false;

  public refuse(
    stage: Refusal['stage'],
    path: string,
    message: string,
    more: Pick<Refusal, 'got' | 'fix' | 'reason' | 'isUnknownField' | 'allowed'> = {},
  ): undefined {
    if (stage === 'cilium' && this.unsanitized) {
      this.passedOver++;
    } else {
      this.refusals.push({ stage, path, message, ...more });
    }
    return undefined;
  }

  /** Refuses a field that Cilium cannot decode. */
  public refuseUnread(path: string, message: string, more: Pick<Refusal, 'got' | 'fix'> = {}): undefined {
    this.refusals.push({ stage: 'cilium', path, message, ...more });
    return undefined;
  }

  /** Reads a field that Cilium does not check. */
  public withoutSanitizing<T>(read: () => T): T {
    const before = this.unsanitized;
    this.unsanitized = true;
    try {
      return read();
    } finally {
      this.unsanitized = before;
    }
  }

  /** The entries of a policy; none if it is refused. */
  public accepted<T>(entries: readonly T[]): { readonly entries: readonly T[]; readonly refusals: readonly Refusal[] } {
    return {
      entries: this.refusals.some(({ stage }) => stage !== 'unmodelled') ? [] : entries,
      refusals: this.refusals,
    };
  }

  /** The fields of an object; undefined for other values. */
  public object(value: unknown, path: string, known: readonly string[]): Fields | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.refuse('schema', path, 'must be an object', { got: formatValue(value) });
    }
    for (const field of Object.keys(value)) {
      if (!known.includes(field)) {
        this.refuse('schema', path === '' ? field : `${path}.${field}`, `unknown field${didYouMean(field, known)}`, {
          got: field,
          fix: `remove it, or use one of ${known.join(', ')}`,
          isUnknownField: true,
          allowed: known,
        });
      }
    }
    return value as Fields;
  }

  /** The items of a list; undefined if the field is missing. */
  public list<T>(
    value: unknown,
    path: string,
    read: (item: unknown, path: string) => T | undefined,
    limit: number = Infinity,
  ): T[] | undefined {
    if (value === undefined || value === null) {
      return undefined;
    }
    if (!Array.isArray(value)) {
      return this.refuse('schema', path, 'must be a list', { got: formatValue(value) });
    }
    if (value.length > limit) {
      this.refuse('schema', path, `must have at most ${limit} items`, { got: `${value.length}` });
    }
    return value
      .map((item, index) => {
        const at = `${path}[${index}]`;
        return item === null ? this.refuse('schema', at, 'must not be null', { fix: 'remove it' }) : read(item, at);
      })
      .filter((item): item is T => item !== undefined);
  }

  public text(value: unknown, path: string, allowed?: readonly string[]): string | undefined {
    if (value === undefined || value === null) {
      return undefined;
    }
    if (typeof value !== 'string') {
      return this.refuse('schema', path, 'must be a text', {
        got: formatValue(value),
        fix: typeof value === 'object' ? undefined : `put it in quotes: "${String(value)}"`,
      });
    }
    if (allowed && !allowed.includes(value)) {
      return this.refuse('schema', path, `must be one of ${allowed.join(', ')}${didYouMean(value, allowed)}`, {
        got: value,
        allowed,
      });
    }
    return value;
  }

  /**
   * A text with a format in the CRD. For these the API server accepts lists, which Cilium cannot decode (kube-openapi,
   * validate/type.go).
   */
  public formatted(value: unknown, path: string): string | undefined {
    return Array.isArray(value)
      ? this.refuseUnread(path, 'must be a text', { got: formatValue(value) })
      : this.text(value, path);
  }

  public integer(value: unknown, path: string, least: number, most: number): number | undefined {
    if (value === undefined || value === null) {
      return undefined;
    }
    return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : this.refuse('schema', path, `must be a whole number from ${least} to ${most}`, { got: formatValue(value) });
  }

  public flag(value: unknown, path: string): boolean | undefined {
    if (value === undefined || value === null) {
      return undefined;
    }
    return typeof value === 'boolean'
      ? value
      : this.refuse('schema', path, 'must be true or false', { got: formatValue(value) });
  }
}

/** Whether a field has a value; `null` counts as missing. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The number of items of a list; 0 if it is missing. */
export function count(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}
