import * as v from 'valibot';
import { didYouMean } from './did-you-mean';
import { isMap } from './is-map';
import { formatList, formatValue } from './texts';

/** A schema of this file; its message is the allowed value, such as `a whole number`. */
type Schema = v.GenericSchema;

/** The type of the values of a schema. */
export type Structure<S extends Schema> = Immutable<v.InferOutput<S>>;

type Immutable<T> = T extends object ? { readonly [key in keyof T]: Immutable<T[key]> } : T;

/** One fault of the structure of a value. */
export interface StructureFault {
  readonly kind: 'unknown' | 'missing' | 'empty' | 'invalid';
  /** Keys and indexes from the root. */
  readonly path: ReadonlyArray<string | number>;
  readonly message: string;
  readonly got: string;
  readonly allowed: string;
  readonly fix: string;
}

/** All faults of the structure of a value, mapping by mapping. */
export function structureFaults(schema: Schema, value: unknown, path: StructureFault['path'] = []): StructureFault[] {
  const { wrapped } = schema as { wrapped?: Schema };
  if (schema.type === 'optional') {
    return value === undefined ? [] : structureFaults(wrapped!, value, path);
  }
  switch (schema.type) {
    case 'strict_object':
      return isMap(value) ? mappingFaults(schema, value, path) : [invalid(schema, value, path)];
    case 'array':
      return Array.isArray(value) ? listFaults(schema, value, path) : [invalid(schema, value, path)];
    default: {
      // the faults of a list are those of its items, and the faults of a mapping those of its fields
      const type = Array.isArray(value) ? 'array' : isMap(value) ? 'strict_object' : undefined;
      const { options = [] } = schema as { options?: readonly Schema[] };
      const collections = options.filter(each => each.type === type);
      return collections.length === 1
        ? structureFaults(collections[0], value, path)
        : v.is(schema, value)
          ? []
          : [invalid(schema, value, path)];
    }
  }
}

/** A path in messages: `clusters[0].podCIDRs[1]`. */
export function formatPath(path: StructureFault['path']): string {
  return path
    .map((key, index) =>
      typeof key === 'number'
        ? `[${key}]`
        : !/^[^\s."'[\]]+$/.test(key)
          ? `[${formatValue(key)}]`
          : index === 0
            ? key
            : `.${key}`,
    )
    .join('');
}

function mappingFaults(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  path: StructureFault['path'],
): StructureFault[] {
  const { entries } = schema as unknown as { entries: Readonly<Record<string, Schema>> };
  const known = Object.keys(entries);
  const where = path.length === 0 ? '' : `${formatPath(path)}: `;
  const unknown = Object.keys(value)
    .filter(key => !known.includes(key))
    .map((key): StructureFault => ({
      kind: 'unknown',
      path: [...path, key],
      message: `${where}unknown field ${formatValue(key)}${didYouMean(key, known)}`,
      got: formatValue(key),
      allowed: formatList(known),
      fix: 'correct the name of the field, or remove it',
    }));
  return [
    ...unknown,
    ...known.flatMap(key => {
      const isMissing = value[key] === undefined || (value[key] === null && entries[key].type !== 'optional');
      return !isMissing
        ? structureFaults(entries[key], value[key], [...path, key])
        : entries[key].type === 'optional'
          ? []
          : [missing(entries[key], [...path, key])];
    }),
  ];
}

function listFaults(schema: Schema, value: readonly unknown[], path: StructureFault['path']): StructureFault[] {
  const { item, pipe = [] } = schema as unknown as { item: Schema; pipe?: ReadonlyArray<{ type: string }> };
  const allowed = allowedBy(schema);
  return value.length === 0 && pipe.some(({ type }) => type === 'min_length')
    ? [
      {
        kind: 'empty',
        path,
        message: `${formatPath(path)} must be ${allowed}`,
        got: '[]',
        allowed,
        fix: `write ${allowed}`,
      },
    ]
    : value.flatMap((each, index) => structureFaults(item, each, [...path, index]));
}

function missing(schema: Schema, path: StructureFault['path']): StructureFault {
  const allowed = allowedBy(schema);
  return {
    kind: 'missing',
    path,
    message: `${formatPath(path)} is missing`,
    got: 'nothing',
    allowed,
    fix: `write ${path[path.length - 1]}: ${allowed}`,
  };
}

function invalid(schema: Schema, value: unknown, path: StructureFault['path']): StructureFault {
  const allowed = allowedBy(schema);
  const { options } = schema as { options?: readonly unknown[] };
  const names = schema.type === 'picklist' ? (options as string[]) : [];
  return {
    kind: 'invalid',
    path,
    message: `${path.length === 0 ? 'the file' : formatPath(path)} must be ${allowed}${didYouMean(value, names)}`,
    got: formatValue(value),
    allowed,
    // YAML reads 1.20 and true as other types
    fix: `write ${allowed}${allowed === TEXT && ['number', 'boolean'].includes(typeof value) ? ', in quotes' : ''}`,
  };
}

/** The allowed value of `text()`. */
const TEXT = 'text';

/** A non-empty text. */
export function text() {
  return v.pipe(v.string(TEXT), v.nonEmpty(TEXT));
}

/** One of several texts. */
export function oneOf<const Options extends readonly string[]>(...options: Options) {
  return v.picklist(options, `one of ${options.join(', ')}`);
}

function allowedBy(schema: Schema): string {
  const { wrapped, message } = schema as { wrapped?: Schema; message?: string };
  return wrapped ? allowedBy(wrapped) : message!;
}
