import { FieldReader } from './field-reader';
import { isFqdn, isFqdnPattern } from '../../../cilium/dns-names';
import { Traits } from '../../../cilium/traits';
import { Fqdn } from '../../engine/fqdn';

/**
 * Reads a DNS name or pattern (pkg/policy/api/fqdn.go).
 *
 * - Since 1.16 the CRD requires exactly one of the two, and since 1.17 at most 255 characters.
 * - Before, Cilium refuses both only in peers, and takes neither for the root.
 */
export function readFqdn(
  reader: FieldReader,
  value: unknown,
  path: string,
  traits: Traits,
  selects: boolean,
): Fqdn | undefined {
  const fields = reader.object(value, path, ['matchName', 'matchPattern']);
  if (!fields) {
    return undefined;
  }
  const matchName = reader.text(fields.matchName, `${path}.matchName`);
  const matchPattern = reader.text(fields.matchPattern, `${path}.matchPattern`);
  if (traits.crdOneFqdn && (matchName === undefined) === (matchPattern === undefined)) {
    return reader.refuse('schema', path, 'must have either matchName or matchPattern');
  }
  if (selects && matchName !== undefined && matchPattern !== undefined) {
    return reader.refuse('cilium', path, 'must have either matchName or matchPattern');
  }
  for (const [field, text, valid] of [
    ['matchName', matchName, isFqdn],
    ['matchPattern', matchPattern, isFqdnPattern],
  ] as const) {
    const long = !traits.crdFqdnLength && (text?.length ?? 0) > 255;
    if (text !== undefined && !valid(long ? text.slice(0, 255).replace(/\.$/, '') : text)) {
      return reader.refuse(
        'schema',
        `${path}.${field}`,
        `must be letters, digits, dashes, underscores${field === 'matchPattern' ? ', stars' : ''}, and single ` +
          'dots, at most 255',
        { got: text },
      );
    }
  }
  return { matchName, matchPattern };
}

/**
 * The names that a DNS rule lets pass. With a name and a pattern it lets both pass (GeneratePattern,
 * pkg/fqdn/dnsproxy/proxy.go, v1.15.19).
 */
export function namesOf(rule: Fqdn): Fqdn[] {
  const { matchName, matchPattern } = rule;
  return matchName && matchPattern ? [{ matchName }, { matchPattern }] : [rule];
}
