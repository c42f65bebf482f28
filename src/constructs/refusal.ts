import { diagnosticsOf } from '../diagnostics/catalogue';
import { ConstructCode, CONSTRUCT_CODES } from '../diagnostics/codes/constructs';
import { Diagnostic } from '../diagnostics/diagnostic';
import { Fault } from '../diagnostics/fault';

/** Why a construct is refused: a diagnostic with all that `Fault` needs, its form in all languages. */
export type Refusal = Diagnostic<ConstructCode> & Fault;

/** A refusal at any path. */
export const refusal = diagnosticsOf(CONSTRUCT_CODES);
