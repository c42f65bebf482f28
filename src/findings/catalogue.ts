import { IGNORE_CODES } from './ignore-codes';
import { CONSTRUCT_CODES } from '../diagnostics/codes/constructs';
import { MESH_CODES } from '../diagnostics/codes/mesh';
import { READING_CODES } from '../diagnostics/codes/reading';
import { CodeDefinition, Codes } from '../diagnostics/diagnostic';
import { EXPECTATION_CODES } from '../evaluator/queries/expectations/expectations';
import { RULES } from '../evaluator/rules';
import { OBSERVED_CODES } from '../observed/judging/codes';

/**
 * All codes: of the reader, the mesh, the constructs, the expectations, the ignores, recorded flows, and the rules of
 * `check`. A code has one definition.
 */
export const CATALOGUE: Codes = Object.assign(
  {},
  READING_CODES,
  MESH_CODES,
  CONSTRUCT_CODES,
  EXPECTATION_CODES,
  IGNORE_CODES,
  OBSERVED_CODES,
  ...RULES.map(({ codes }) => codes),
);

/** The definition of a code. */
export function definitionOf(code: string): CodeDefinition {
  return CATALOGUE[code];
}

/** The document and heading that describe a code, relative to the folder of the documentation. */
export function documentOf(code: string): string {
  if (code in EXPECTATION_CODES) {
    return 'findings.md#expectations';
  }
  if (code in IGNORE_CODES) {
    return 'findings.md#ignores';
  }
  if (code in OBSERVED_CODES) {
    return 'observed-flows.md#findings';
  }
  return `${code in MESH_CODES ? 'refusals.md' : 'findings.md'}#${code}`;
}

/** The codes that `check` can report, sorted. */
export const FINDING_CODES: readonly string[] = Object.keys(
  Object.assign({}, EXPECTATION_CODES, IGNORE_CODES, ...RULES.map(({ codes }) => codes)),
).sort();
