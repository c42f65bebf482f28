import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';

/** How a value of a class is recognized and written. */
export interface PublicClass {
  readonly isInstance: (value: unknown) => boolean;
  /** A value of the class, as a program writes it. */
  readonly example: string;
}

/** The classes and interfaces whose values cross the public API. Those of the package register themselves. */
const CLASSES = new Map<string, PublicClass>([
  ['Construct', { isInstance: Construct.isConstruct, example: 'the mesh or one of its clusters' }],
  ['IConstruct', { isInstance: Construct.isConstruct, example: 'new ApiObject(…)' }],
  ['ApiObject', { isInstance: value => isObject(value) && ApiObject.isApiObject(value), example: 'new ApiObject(…)' }],
]);

/** Registers a class of the package, so the checks of arguments recognize its values. */
export function publicClass(name: string, isInstance: (value: unknown) => boolean, example: string): void {
  CLASSES.set(name, { isInstance, example });
}

/** A registered class. */
export function classOf(name: string): PublicClass {
  const found = CLASSES.get(name);
  if (!found) {
    throw new Error(`the class ${name} is not registered`);
  }
  return found;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
