import { IConstruct } from 'constructs';
import { callSite, Stack } from './call-site';
import { Refusal } from './refusal';
import { Diagnostic } from '../diagnostics/diagnostic';
import { Fault, MeshError } from '../diagnostics/fault';

/**
 * Faults of constructs wait here until `synth()`, so a program learns of all of them at once.
 *
 * A construct with faults is invalid. It writes nothing, and constructs that use it become invalid without faults of
 * their own. `synth()` never writes a mesh with an invalid construct.
 */
interface Report {
  readonly construct: IConstruct;
  readonly refusals: readonly Refusal[];
}

/** The reports of each tree of constructs, in the order of the program. */
const REPORTS = new WeakMap<IConstruct, Report[]>();

const INVALID = new WeakSet<object>();

/** Makes a construct invalid, because it has faults or uses a construct that has. */
export function invalidate(construct: IConstruct): void {
  INVALID.add(construct);
}

/** Reports faults of a construct, with the line of the program that runs now. */
export function reportFaults(construct: IConstruct, refusals: readonly Refusal[]): void {
  const { root } = construct.node;
  const reports = REPORTS.get(root) ?? [];
  reports.push({ construct, refusals: located(refusals) });
  REPORTS.set(root, reports);
}

/**
 * The error of a call that cannot go on, with the line of the program that runs now; `caller` is the function that the
 * program called.
 */
export function callError(refusals: ReadonlyArray<Diagnostic & Fault>, caller: Function): MeshError {
  return new MeshError(located(refusals), caller);
}

/** Faults with a line of the program: that of a stack, or the one that runs now. */
export function located<T extends Fault>(refusals: readonly T[], stack?: Stack): readonly T[] {
  if (refusals.length === 0) {
    return refusals;
  }
  const location = callSite(stack);
  return location === undefined ? refusals : refusals.map(each => ({ ...each, location: each.location ?? location }));
}

/** Whether a construct is invalid. */
export function isInvalid(construct: unknown): boolean {
  return typeof construct === 'object' && construct !== null && INVALID.has(construct);
}

/** All faults of a construct and of those below it, in the order of the program; without removed constructs. */
export function reportedFaults(scope: IConstruct): Refusal[] {
  return (REPORTS.get(scope.node.root) ?? [])
    .filter(({ construct }) => construct.node.scopes.includes(scope) && isInTree(construct))
    .flatMap(({ refusals }) => refusals);
}

/** Whether a program did not remove the construct again, with `node.tryRemoveChild`. */
export function isInTree({ node }: IConstruct): boolean {
  return node.scopes.every((each, index, scopes) => {
    return index === 0 || scopes[index - 1].node.tryFindChild(each.node.id) === each;
  });
}

/**
 * Defines a property that an invalid construct cannot have. A program that reads it cannot go on, so it throws all
 * faults that the program has so far.
 */
export function withoutProperty(construct: IConstruct, name: string): void {
  Object.defineProperty(construct, name, {
    configurable: true,
    enumerable: false,
    get: () => throwReported(construct),
  });
}

/** Throws all faults that the program has so far. */
export function throwReported(construct: IConstruct): never {
  throw new MeshError(reportedFaults(construct.node.root));
}
