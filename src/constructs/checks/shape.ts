/** The type of a value that a program passes to the public API. */
export type Shape =
  | 'text'
  | 'number'
  | 'boolean'
  /** Any data that JSON can hold. */
  | 'any'
  | { readonly list: Shape }
  | { readonly map: Shape }
  /** A name of `STRUCTS`, `ENUMS` or `CLASSES`. */
  | { readonly struct: string }
  | { readonly enum: string }
  | { readonly class: string };

/** The shapes of properties or parameters by their names. Names of optional ones end with a question mark. */
export interface Slots {
  readonly [name: string]: Shape;
}

/** A property or a parameter. */
export interface Slot {
  readonly name: string;
  readonly shape: Shape;
  readonly optional: boolean;
}

/** The properties or parameters in the order of their declaration. */
export function slotsOf(slots: Slots): readonly Slot[] {
  const known = READ.get(slots);
  if (known) {
    return known;
  }
  const read = Object.entries(slots).map(([key, shape]) => ({
    name: key.replace(/\?$/, ''),
    shape,
    optional: key.endsWith('?'),
  }));
  READ.set(slots, read);
  return read;
}

const READ = new WeakMap<Slots, readonly Slot[]>();
