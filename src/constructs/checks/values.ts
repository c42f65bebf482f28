import { Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { formatValue, shorten } from '../../diagnostics/texts';

/** Whether a value is absent. Other languages have null only, so it means the same as undefined. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/**
 * Whether a value is an object of properties, and not a list or the value of a class. jsii passes the objects of other
 * languages as objects without a prototype of their own, or with getters.
 */
export function isPlainMap(value: unknown): value is { readonly [key: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return false;
  }
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether cdk8s, or a library like it, resolves a value at synth: `Lazy.any(…)`, tokens, `IResolvable`. */
export function isLazy(value: unknown): boolean {
  return (
    value instanceof Lazy ||
    (typeof value === 'object' &&
      value !== null &&
      ['produce', 'resolve'].some(name => typeof Reflect.get(value, name) === 'function'))
  );
}

/** A value in a fault: constructs by their class and path, values of other classes by their class, all else as JSON. */
export function formatGot(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return String(value);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isPlainMap(value)) {
    return isAbsent(value) ? 'nothing' : formatValue(value);
  }
  const name = shorten(value.constructor?.name ?? 'object');
  return Construct.isConstruct(value) ? `the ${name} ${formatValue(value.node.path)}` : `a value of the class ${name}`;
}
