import { diagnosticsOf } from '../diagnostics/catalogue';
import { MESH_CODES, MeshCode } from '../diagnostics/codes/mesh';
import { Diagnostic } from '../diagnostics/diagnostic';
import { Fault } from '../diagnostics/fault';

/** What is wrong with a mesh: a diagnostic that `Fault`, its view in all languages, can show. */
export type MeshDiagnostic = Diagnostic<MeshCode> & Fault;

/** A diagnostic of the mesh. */
export const meshDiagnostic = diagnosticsOf(MESH_CODES);
