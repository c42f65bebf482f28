import { IConstruct } from 'constructs';
import { diagnosticsOf } from '../diagnostics/catalogue';
import { ConstructCode, CONSTRUCT_CODES } from '../diagnostics/codes/constructs';
import { Diagnostic } from '../diagnostics/diagnostic';
import { Fault } from '../diagnostics/fault';
import { formatValue } from '../diagnostics/texts';

/** Why a construct is refused: a diagnostic with all that `Fault` needs, its form in all languages. */
export type Refusal = Diagnostic<ConstructCode> & Fault;

/** A refusal at any path. */
export const refusal = diagnosticsOf(CONSTRUCT_CODES);

/** A refusal of a property of a construct; `got` is its value. */
export function propertyRefusal(
  construct: IConstruct,
  code: ConstructCode,
  property: string,
  message: string,
  got: unknown,
  allowed: string,
  fix: string,
): Refusal {
  return refusal(code, { path: `${construct.node.path}.${property}`, message, got: formatValue(got), allowed, fix });
}
