import { MAX_DEPTH } from './document';
import { formatValue } from '../diagnostics/texts';

/** No set of manifests has as many values; objects that share parts can, since each reference counts. */
const MAX_VALUES = 4_000_000;

/**
 * A copy as plain JSON data: without undefined fields, and independent of later changes. Dates and the like become what
 * their `toJSON` returns. Throws a TypeError for data that JSON cannot hold, and for data without end.
 */
export function plainData<T>(value: T, name: string): T {
  return new Copy(name).of(value, 0) as T;
}

class Copy {
  private values = 0;

  constructor(private readonly name: string) {}

  public of(value: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH) {
      throw new TypeError(`${this.name} must be nested at most ${MAX_DEPTH} levels deep; it may refer to itself`);
    }
    if (++this.values > MAX_VALUES) {
      throw new TypeError(`${this.name} must hold at most ${MAX_VALUES} values; objects in it may share parts`);
    }
    if (Array.isArray(value)) {
      return value.map(item => (item === undefined ? null : this.of(item, depth + 1)));
    }
    if (typeof value === 'object' && value !== null) {
      const { toJSON } = value as { readonly toJSON?: unknown };
      return typeof toJSON === 'function' ? this.of(toJSON.call(value), depth + 1) : this.fieldsOf(value, depth);
    }
    if (value === undefined || value === null || typeof value === 'boolean' || typeof value === 'string') {
      return value;
    }
    if (typeof value === 'number' && Number.isFinite(value)) {
      return value;
    }
    throw new TypeError(
      `${this.name} must be JSON data, got ${typeof value === 'number' ? value : formatValue(value)}`,
    );
  }

  private fieldsOf(object: object, depth: number): object {
    // from entries, so a field called __proto__ is a field
    return Object.fromEntries(
      Object.entries(object)
        .filter(([, field]) => field !== undefined)
        .map(([key, field]) => [key, this.of(field, depth + 1)]),
    );
  }
}
