import { createHash } from 'node:crypto';
import { Diagnostic } from '../../diagnostics/diagnostic';

/**
 * One stable fingerprint for each diagnostic: services recognize by it what they have seen before.
 *
 * It is made of the code, the cluster, the object and the path in it, never of the line or the message: these change
 * with the lines above, and with the words of a version. Equal ones are numbered in their order.
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
