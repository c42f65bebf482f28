import { createHash } from 'node:crypto';
import { Diagnostic } from '../../diagnostics/diagnostic';

/**
 * A stable fingerprint for each diagnostic, by which services recognize known ones.
 *
 * It consists of the code, the cluster, the object and the path in it. It does not contain the line and the message,
 * because they change with other lines and with versions of this program. Equal fingerprints get numbers in their
 * order.
 */
export function fingerprints(diagnostics: readonly Diagnostic[]): string[] {
  const seen = new Map<string, number>();
  return diagnostics.map(diagnostic => {
    const identity = JSON.stringify(identityOf(diagnostic));
    const index = seen.get(identity) ?? 0;
    seen.set(identity, index + 1);
    return createHash('sha256').update(`${identity}#${index}`).digest('hex').slice(0, 32);
  });
}

function identityOf({ code, cluster, object, file, path }: Diagnostic): unknown[] {
  const what = object ? [object.apiVersion, object.kind, object.namespace ?? '', object.name] : [file ?? ''];
  return [code, cluster ?? '', ...what, path ?? ''];
}
