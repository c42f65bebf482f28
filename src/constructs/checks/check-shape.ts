import { classOf } from './classes';
import { describe, fixOf, nounOf } from './describe-shape';
import { Shape, Slots, slotsOf } from './shape';
import { ENUMS, STRUCTS } from './shapes';
import { formatGot, isAbsent, isLazy } from './values';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { isMap } from '../../diagnostics/is-map';
import { formatList, formatValue, shorten } from '../../diagnostics/texts';
import { Refusal, refusal } from '../refusal';

/**
 * The checks of the mesh model know the properties of these structs: they report unknown ones, wrong types and wrong
 * values, also of mesh.yaml.
 */
const CHECKED_BY_THE_MODEL: readonly string[] = ['ClusterProps', 'ClusterSettings'];

/**
 * Checks values against the shapes of their properties or parameters. Null means the same as an absent value.
 *
 * Programs without types, and dictionaries in lists of other languages, can pass anything. A value of another shape
 * would be ignored, or would end in an error far from its cause.
 */
export function slotRefusals(at: string, slots: Slots, values: { readonly [name: string]: unknown }): Refusal[] {
  return slotsOf(slots).flatMap(({ name, shape, optional }) => {
    const value = values[name];
    const path = joinPath(at, name);
    if (!isAbsent(value)) {
      return shapeRefusals(path, shape, value);
    }
    return optional
      ? []
      : [
        refusal('property-missing', {
          path,
          message: 'must be set',
          got: formatGot(value),
          allowed: describe(shape),
          fix: `set ${name}`,
        }),
      ];
  });
}

/** Checks a value that is present. */
export function shapeRefusals(path: string, shape: Shape, value: unknown): Refusal[] {
  if (typeof shape === 'object' && 'class' in shape && classOf(shape.class).isInstance(value)) {
    return [];
  }
  if (isLazy(value) && shape !== 'any') {
    return [
      refusal('value-lazy', {
        path,
        message: 'cdk8s knows the value at synth only, and constructs use it when they are created',
        got: formatGot(value),
        allowed: describe(shape),
        fix: 'pass the value itself',
      }),
    ];
  }
  switch (shape) {
    case 'text':
      return typeof value === 'string' ? [] : [typeRefusal(path, shape, value)];
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? [] : [typeRefusal(path, shape, value)];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [typeRefusal(path, shape, value)];
    case 'any':
      return dataRefusals(path, value);
  }
  if ('list' in shape) {
    return Array.isArray(value)
      ? Array.from(value, (item, index) => itemRefusals(`${path}[${index}]`, shape.list, item)).flat()
      : [typeRefusal(path, shape, value)];
  }
  if ('map' in shape) {
    return isMap(value)
      ? Object.entries(value).flatMap(([key, item]) => itemRefusals(keyPath(path, key), shape.map, item))
      : [typeRefusal(path, shape, value)];
  }
  if ('enum' in shape) {
    return enumRefusals(path, ENUMS[shape.enum], value);
  }
  return 'struct' in shape ? structRefusals(path, shape, value) : [typeRefusal(path, shape, value)];
}

function structRefusals(path: string, shape: { readonly struct: string }, value: unknown): Refusal[] {
  if (!isMap(value)) {
    return [typeRefusal(path, shape, value)];
  }
  if (CHECKED_BY_THE_MODEL.includes(shape.struct)) {
    return [];
  }
  const slots = STRUCTS[shape.struct];
  const known = slotsOf(slots).map(({ name }) => name);
  const unknown = Object.keys(value)
    .filter(key => !known.includes(key))
    .map(key =>
      refusal('property-unknown', {
        path: keyPath(path, key),
        message: `unknown property of ${shape.struct}, which would have no effect`,
        got: formatGot(value[key]),
        allowed: formatList(known),
        fix: `correct the name${didYouMean(key, known)}`,
      }),
    );
  return [...slotRefusals(path, slots, value), ...unknown];
}

/** An item of a list or map, where an absent value has no meaning. */
function itemRefusals(path: string, shape: Shape, item: unknown): Refusal[] {
  return isAbsent(item) && shape !== 'any' ? [typeRefusal(path, shape, item)] : shapeRefusals(path, shape, item);
}

function enumRefusals(path: string, values: readonly string[], value: unknown): Refusal[] {
  return values.includes(value as string)
    ? []
    : [
      refusal('value-unknown', {
        path,
        message: 'unknown value',
        got: formatGot(value),
        allowed: formatList(values),
        fix: `use one of the allowed values${didYouMean(value, values)}`,
      }),
    ];
}

/** Deeper values overflow the stack of programs that read them; Go's encoding/json refuses 10,000 levels. */
const MAX_DEPTH = 1000;

/** What JSON cannot hold, in a value of any type. `parents` are the lists and maps that contain it. */
export function dataRefusals(
  path: string,
  value: unknown,
  parents: readonly unknown[] = [],
  top: string = path,
): Refusal[] {
  const problem = notDataBecause(value, parents);
  if (problem !== undefined) {
    return [
      refusal('value-not-data', {
        // the path of what is too deep would fill a page
        path: parents.length > MAX_DEPTH ? top : path,
        message: `${problem}, which the file cannot hold`,
        got: parents.includes(value) ? 'a circular reference' : formatGot(value),
        allowed: 'text, numbers, booleans, null, and lists and maps of these',
        fix: 'pass plain data',
      }),
    ];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => dataRefusals(`${path}[${index}]`, item, [...parents, value], top));
  }
  return isMap(value)
    ? Object.entries(value).flatMap(([key, item]) => dataRefusals(keyPath(path, key), item, [...parents, value], top))
    : [];
}

/** Whether `dataRefusals` refuses nothing of the data that cdk8s resolved; faster, because it makes no paths. */
export function isData(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || (Array.isArray(value) ? value : Object.values(value)).every(isData);
    default:
      return !['function', 'symbol', 'bigint'].includes(typeof value);
  }
}

function notDataBecause(value: unknown, parents: readonly unknown[]): string | undefined {
  if (parents.length > MAX_DEPTH) {
    return `more than ${MAX_DEPTH} lists and maps within each other`;
  }
  if (parents.includes(value)) {
    return 'the value contains itself';
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return 'not a finite number';
  }
  if (isLazy(value)) {
    return 'a value that cdk8s knows at synth only';
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !isMap(value)) {
    return 'an object of a class';
  }
  return ['function', 'symbol', 'bigint'].includes(typeof value) ? `a ${typeof value}` : undefined;
}

function typeRefusal(path: string, shape: Shape, value: unknown): Refusal {
  return refusal('property-type', {
    path,
    message: `must be ${nounOf(shape)}`,
    got: formatGot(value),
    allowed: describe(shape),
    fix: fixOf(shape, value),
  });
}

/** Lists and maps may contain names that are not valid in a path. */
function keyPath(path: string, key: string): string {
  return /^[\w-]+$/.test(key) ? joinPath(path, shorten(key)) : `${path}[${formatValue(key)}]`;
}

/** The path of a property or argument, which is its name if it is in no construct. */
function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
