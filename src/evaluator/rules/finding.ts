import { Diagnostic } from '../../diagnostics/diagnostic';

export type Finding = Diagnostic;
