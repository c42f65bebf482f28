import { CONSTRUCT_CODES } from '../diagnostics/codes/constructs';
import { MESH_CODES } from '../diagnostics/codes/mesh';
import { READING_CODES } from '../diagnostics/codes/reading';
import { CodeDefinition, Codes } from '../diagnostics/diagnostic';
import { EXPECTATION_CODES } from '../evaluator/queries/expectations';
import { RULES } from '../evaluator/rules';

/**
 * Every code of this program: of the reader, the mesh, the constructs, and the rules of `check`. `cluster-unknown` is the
 * one code of both constructs and rules: a report is about manifests, so the definition of the rule counts.
 */
export const CATALOGUE: Codes = Object.assign(
  {},
  READING_CODES,
  MESH_CODES,
  CONSTRUCT_CODES,
  EXPECTATION_CODES,
  ...RULES.map(({ codes }) => codes),
);

/** What a code means. */
export function definitionOf(code: string): CodeDefinition {
  return CATALOGUE[code];
}

/** The document about a code and the heading in it, below the folder of the documentation. */
export function documentOf(code: string): string {
  if (code in EXPECTATION_CODES) {
    return 'findings.md#expectations';
  }
  return `${code in MESH_CODES ? 'refusals.md' : 'findings.md'}#${code}`;
}
