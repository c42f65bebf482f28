import { stringify } from 'yaml';

/**
 * Documents as YAML that every reader understands alike: texts are quoted where a reader of YAML 1.1 or of YAML 1.2 would take them for
 * something else. (cdk8s' own writer leaves `0o17` plain, which readers of YAML 1.2 take for 15.)
 */
export function toYaml(...documents: readonly any[]): string {
  return documents.map(document => stringify(document, { version: '1.1', compat: 'core', lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}
