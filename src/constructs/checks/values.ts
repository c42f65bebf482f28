import { Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { formatValue, shorten } from '../../diagnostics/texts';

/** Whether a value is absent. Other languages have null only, so it means the same as undefined. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
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

/** A value in a fault: constructs by their class and path, all else as in other messages. */
export function formatGot(value: unknown): string {
  // an object without the fields of a construct can have its prototype
  if (Construct.isConstruct(value) && value.node) {
    return `the ${shorten(value.constructor?.name ?? 'construct')} ${formatValue(value.node.path)}`;
  }
  return isAbsent(value) ? 'nothing' : formatValue(value);
}
