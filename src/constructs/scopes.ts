import { IConstruct } from 'constructs';
import { isInTree } from './faults';

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

/** Whether a construct in a cluster holds the objects of one in the mesh that the program removed again. */
export function isOfRemoved(scope: IConstruct): boolean {
  const origin = ORIGINS.get(scope);
  return origin !== undefined && !isInTree(origin);
}

/** Removes what constructs of the mesh wrote into a cluster before the program removed them. */
export function pruneRemoved({ node }: IConstruct): void {
  for (const child of node.children) {
    if (isOfRemoved(child)) {
      node.tryRemoveChild(child.node.id);
    } else {
      pruneRemoved(child);
    }
  }
}
