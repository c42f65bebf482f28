import { CodeDefinition } from '../diagnostics/diagnostic';

/** What a code means; undefined for codes without documentation. */
export function definitionOf(_code: string): CodeDefinition | undefined {
  return undefined;
}
