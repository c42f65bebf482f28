import { Construct } from 'constructs';
import { shapeRefusals, slotRefusals } from './check-shape';
import { formatValue } from '../../diagnostics/texts';
import { callError } from '../faults';
import { recordOrigin } from '../origins';
import { Refusal, refusal } from '../refusal';

/**
 * The scope and the id of a construct.
 * @throws when they are invalid: a construct without a place in a tree has no path under which it could report faults
 */
export function placed(scope: Construct, id: string): [scope: Construct, id: string] {
  const path = Construct.isConstruct(scope) ? scope.node.path : '';
  const refusals = slotRefusals(path, { scope: { class: 'Construct' }, id: 'text' }, { scope, id });
  if (refusals.length > 0) {
    throw callError(refusals, placed);
  }
  const isTaken = scope.node.tryFindChild(id) !== undefined;
  if (id === '' || id === '__proto__' || isTaken) {
    const fault = refusal('construct-id-invalid', {
      path: path === '' ? 'id' : `${path}.id`,
      message: isTaken ? 'another construct of the scope has this id' : 'the id names the construct in its tree',
      got: formatValue(id),
      allowed: isTaken ? 'an id for each construct of a scope' : 'any text except the empty one and __proto__',
      fix: 'choose an id',
    });
    throw callError([fault], placed);
  }
  recordOrigin(scope, id);
  return [scope, id];
}

/** The path of a construct that does not exist yet. */
export function pathIn(scope: Construct, id: string): string {
  placed(scope, id);
  return [...scope.node.scopes.slice(1).map(each => each.node.id), id].join('/');
}

/** Checks a list of constructs. */
export function listRefusals(path: string, list: unknown): Refusal[] {
  return shapeRefusals(path, { list: { class: 'IConstruct' } }, list);
}

/** An id for the invalid construct of a call with invalid arguments. */
export function unusedId(scope: Construct, method: string): string {
  let number = 1;
  while (scope.node.tryFindChild(`${method}-${number}`)) {
    number += 1;
  }
  return `${method}-${number}`;
}

/** A name from a property that may be invalid, else the id of the construct. */
export function textOr(id: string, name: unknown): string {
  return typeof name === 'string' ? name : id;
}
