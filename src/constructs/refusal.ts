import { IConstruct } from 'constructs';
import { diagnosticsOf } from '../diagnostics/catalogue';
import { ConstructCode, CONSTRUCT_CODES } from '../diagnostics/codes/constructs';
import { Diagnostic } from '../diagnostics/diagnostic';
import { Fault, MeshError } from '../diagnostics/fault';
import { formatValue } from '../diagnostics/texts';

/** Why a construct is refused: a diagnostic with all that `Fault` needs, its form in all languages. */
export type Refusal = Diagnostic<ConstructCode> & Fault;

/** A refusal at any path. */
export const refusal = diagnosticsOf(CONSTRUCT_CODES);

/** The refusals of the properties of a construct, in the order in which its checks find them. */
export class PropertyRefusals {
  public readonly all: Refusal[] = [];

  constructor(private readonly construct: IConstruct) {}

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
    this.all.push(refusal(code, { path: this.pathOf(property), message, got: formatValue(got), allowed, fix }));
  }

  /** Adds the refusals of parts of a property. */
  public include(refusals: readonly Refusal[]): void {
    this.all.push(...refusals);
  }

  /** Throws all refusals at once, with the frames of the stack below `caller`, if there are any. */
  public throwAny(caller: Function): void {
    if (this.all.length > 0) {
      throw new MeshError(this.all, caller);
    }
  }
}
