import { CONSTRUCT_CODES } from '../diagnostics/codes/constructs';
import { MESH_CODES } from '../diagnostics/codes/mesh';
import { READING_CODES } from '../diagnostics/codes/reading';
import { CodeDefinition } from '../diagnostics/diagnostic';

/** Every code of this program. */
const CATALOGUE: { readonly [code: string]: CodeDefinition | undefined } = {
  ...READING_CODES,
  ...MESH_CODES,
  ...CONSTRUCT_CODES,
};

/** What a code means; undefined for codes without documentation. */
export function definitionOf(code: string): CodeDefinition | undefined {
  return CATALOGUE[code];
}
