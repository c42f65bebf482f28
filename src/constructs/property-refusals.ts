import { IConstruct } from 'constructs';
import { shapeRefusals, slotRefusals } from './checks/check-shape';
import { CALLS } from './checks/shapes';
import { formatGot } from './checks/values';
import { callError, invalidate, isInvalid, reportFaults } from './faults';
import { Refusal, refusal } from './refusal';
import { ConstructCode } from '../diagnostics/codes/constructs';

/** The refusals of the properties of a construct, in the order in which its checks find them. */
export class PropertyRefusals {
  public readonly all: Refusal[] = [];
  private usesInvalid = false;

  constructor(private readonly construct: IConstruct) {}

  /**
   * Checks the types and names of all properties, and returns whether further checks can read them. Values outside of a
   * closed set do not hinder these.
   */
  public checkProps(struct: string, props: unknown): boolean {
    const refusals = shapeRefusals(this.construct.node.path, { struct }, props);
    this.all.push(...refusals);
    return refusals.every(({ code }) => code === 'value-unknown');
  }

  /** Checks the arguments of a method, and returns whether they are right. */
  public checkArguments(method: string, values: { readonly [parameter: string]: unknown }): boolean {
    this.all.push(...slotRefusals(this.pathOf(method.split('.')[1]), CALLS[method], values));
    return this.isEmpty;
  }

  /** Makes the construct invalid, without a fault of its own, if one that it uses is invalid. */
  public use(...constructs: readonly unknown[]): void {
    this.usesInvalid ||= constructs.some(isInvalid);
  }

  public get isEmpty(): boolean {
    return this.all.length === 0;
  }

  /** The path of a property in refusals. */
  public pathOf(property: string): string {
    return `${this.construct.node.path}.${property}`;
  }

  /** Refuses a property; `got` is its value. */
  public add(
    code: ConstructCode,
    property: string,
    message: string,
    got: unknown,
    allowed: string,
    fix: string,
  ): void {
    this.all.push(refusal(code, { path: this.pathOf(property), message, got: formatGot(got), allowed, fix }));
  }

  /** Adds the refusals of parts of a property. */
  public include(refusals: readonly Refusal[]): void {
    this.all.push(...refusals);
  }

  /** Reports all refusals, and returns whether the construct is invalid: it has some, or uses an invalid construct. */
  public report(): boolean {
    const invalid = !this.isEmpty || this.usesInvalid;
    if (invalid) {
      invalidate(this.construct);
      reportFaults(this.construct, this.all);
    }
    return invalid;
  }
}

/** Checks the arguments of a method of a construct, reports the refusals, and returns whether there are any. */
export function reportArguments(
  construct: IConstruct,
  method: string,
  values: { readonly [parameter: string]: unknown },
): boolean {
  const refusals = new PropertyRefusals(construct);
  if (refusals.checkArguments(method, values)) {
    return false;
  }
  reportFaults(construct, refusals.all);
  return true;
}

/**
 * Checks the arguments of a call that cannot go on without them, and throws their faults. The path of their faults is
 * that of the construct, if the call is of one.
 */
export function checkCall(
  call: string,
  values: { readonly [parameter: string]: unknown },
  caller: Function,
  construct?: IConstruct,
): void {
  const path = [construct?.node.path ?? '', call.split('.')[1]].filter(each => each !== '').join('.');
  const refusals = slotRefusals(construct ? path : call, CALLS[call], values);
  if (refusals.length > 0) {
    throw callError(refusals, caller);
  }
}
