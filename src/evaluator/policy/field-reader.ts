/** Why a policy is refused, and where in it. */
export interface Refusal {
  /**
   * `schema`: the API server refuses it; `cilium`: only Cilium does, and then enforces nothing of the policy; `unmodelled`: Cilium takes it,
   * and this evaluator cannot know what it means, wherefore the rest of the policy still counts.
   */
  readonly stage: 'schema' | 'cilium' | 'unmodelled';
  /** Path in the object, for example `spec.egress[0].toPorts`. */
  readonly path: string;
  readonly message: string;
  /** What stands there. */
  readonly got?: string;
  /** What to write instead. */
  readonly fix?: string;
}

/**
 * Reads untyped objects field by field and collects refusals. Fields that are not asked for are refused: an ignored field would be a false
 * verdict.
 */
export class FieldReader {
  public readonly refusals: Refusal[] = [];

  public refuse(stage: Refusal['stage'], path: string, message: string, more: Pick<Refusal, 'got' | 'fix'> = {}): undefined {
    this.refusals.push({ stage, path, message, ...more });
    return undefined;
  }

  /** The entries of a policy: none when somebody refuses it. */
  public accepted<T>(entries: readonly T[]): { readonly entries: readonly T[]; readonly refusals: readonly Refusal[] } {
    return { entries: this.refusals.some(({ stage }) => stage !== 'unmodelled') ? [] : entries, refusals: this.refusals };
  }

  /** The fields of an object, or undefined when it is none. */
  public object(value: unknown, path: string, known: readonly string[]): { readonly [field: string]: unknown } | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.refuse('schema', path, 'must be an object');
    }
    for (const field of Object.keys(value)) {
      if (!known.includes(field)) {
        this.refuse('schema', `${path}.${field}`, 'unknown field');
      }
    }
    return value as { readonly [field: string]: unknown };
  }

  /** The items of a list; undefined when the field is left out. */
  public list<T>(value: unknown, path: string, read: (item: unknown, path: string) => T | undefined, limit: number = Infinity): T[] | undefined {
    if (value === undefined || value === null) {
      return undefined;
    }
    if (!Array.isArray(value)) {
      return this.refuse('schema', path, 'must be a list');
    }
    if (value.length > limit) {
      this.refuse('schema', path, `must have at most ${limit} items`);
    }
    return value.map((item, index) => read(item, `${path}[${index}]`)).filter((item): item is T => item !== undefined);
  }

  public text(value: unknown, path: string, allowed?: readonly string[]): string | undefined {
    if (value === undefined || value === null) {
      return undefined;
    }
    if (typeof value !== 'string') {
      return this.refuse('schema', path, 'must be a string');
    }
    if (allowed && !allowed.includes(value)) {
      return this.refuse('schema', path, `must be one of ${allowed.join(', ')}`);
    }
    return value;
  }

  public integer(value: unknown, path: string, least: number, most: number): number | undefined {
    if (value === undefined || value === null) {
      return undefined;
    }
    return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? value as number
      : this.refuse('schema', path, `must be a whole number from ${least} to ${most}`);
  }

  public flag(value: unknown, path: string): boolean | undefined {
    if (value === undefined || value === null) {
      return undefined;
    }
    return typeof value === 'boolean' ? value : this.refuse('schema', path, 'must be true or false');
  }
}
