import { Shape, slotsOf } from './shape';
import { STRUCTS } from './shapes';
import { isAbsent } from './values';
import { isMap } from '../../diagnostics/is-map';

/**
 * Properties without those that are null, also in lists and maps of them: null means the same as leaving a property
 * out. Without properties, the struct is empty. Values of a wrong type stay as they are, for the checks.
 */
export function present<T extends object>(struct: string, props: T): T {
  return (isAbsent(props) ? {} : presentIn({ struct }, props)) as T;
}

function presentIn(shape: Shape, value: unknown): unknown {
  if (typeof shape === 'string' || isAbsent(value)) {
    return value;
  }
  if ('list' in shape) {
    return Array.isArray(value) ? Array.from(value, item => presentIn(shape.list, item)) : value;
  }
  if (!isMap(value)) {
    return value;
  }
  if ('map' in shape) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, presentIn(shape.map, item)]));
  }
  if (!('struct' in shape)) {
    return value;
  }
  const slots = new Map(slotsOf(STRUCTS[shape.struct]).map(slot => [slot.name, slot]));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const slot = slots.get(key);
      return slot?.optional && isAbsent(item) ? [] : [[key, slot ? presentIn(slot.shape, item) : item]];
    }),
  );
}
