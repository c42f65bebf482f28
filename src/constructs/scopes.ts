import { IConstruct } from 'constructs';

/** The constructs whose objects in a cluster are below another construct, by that construct. */
const ORIGINS = new WeakMap<IConstruct, IConstruct>();

/** Remembers that a construct in a cluster holds the objects of one in the mesh. */
export function standsFor(scope: IConstruct, construct: IConstruct): void {
  ORIGINS.set(scope, construct);
}

/** The construct of the program that wrote an object: one in the mesh, if it writes into clusters; else the object. */
export function originOf(object: IConstruct): IConstruct {
  const scopes = [...object.node.scopes].reverse();
  return scopes.map(scope => ORIGINS.get(scope)).find(each => each !== undefined) ?? object;
}
