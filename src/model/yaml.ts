import { stringify } from 'yaml';

/**
 * Documents as YAML that all readers understand in the same way. Text is quoted if a reader of YAML 1.1 or YAML 1.2
 * would read it as another type. The writer of cdk8s does not quote `0o17`, which readers of YAML 1.2 read as 15.
 */
export function toYaml(...documents: readonly any[]): string {
  return documents
    .map(document =>
      stringify(document, { version: '1.1', compat: 'core', lineWidth: 0, aliasDuplicateObjects: false }),
    )
    .join('---\n');
}
