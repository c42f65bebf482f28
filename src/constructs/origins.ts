import { IConstruct } from 'constructs';
import { CallPlace, callPlace, captureStack, Stack } from './call-site';

/** Where the program created the constructs of this library, by their scope and id; only while an App records it. */
const STACKS = new WeakMap<IConstruct, Map<string, Stack>>();

/**
 * Remembers where the program creates a construct, if cdk8s-cli asks for the constructs of objects, as it does for
 * validations. Otherwise nobody asks, and it would cost time.
 */
export function recordOrigin(scope: IConstruct, id: string): void {
  if (recordsConstructs(scope.node.root)) {
    const stacks = STACKS.get(scope) ?? new Map<string, Stack>();
    stacks.set(id, captureStack());
    STACKS.set(scope, stacks);
  }
}

/** Whether an App writes the constructs of objects. Source: `recordConstructMetadata` of App, cdk8s 2.70. */
export function recordsConstructs(root: unknown): boolean {
  return (root as { readonly recordConstructMetadata?: boolean }).recordConstructMetadata === true;
}

/**
 * The line of the program that created a construct, or the nearest one above it that is below `tops`; undefined if it
 * is not known.
 */
export function placeOf(construct: IConstruct, tops: readonly unknown[]): CallPlace | undefined {
  for (const scope of [...construct.node.scopes].reverse()) {
    if (tops.includes(scope)) {
      return undefined;
    }
    const { node } = scope;
    const stack = node.scope && STACKS.get(node.scope)?.get(node.id);
    if (stack) {
      return callPlace(stack);
    }
  }
  return undefined;
}
