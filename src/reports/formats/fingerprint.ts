import { createHash } from 'node:crypto';
import { relativePath } from './place';
import { Diagnostic } from '../../diagnostics/diagnostic';

/**
 * One stable fingerprint for each diagnostic: services recognize by it what they have seen before.
 *
 * It is made of the code, the cluster, the object and the path in it, never of the line or the message: these change
 * with the lines above, and with the words of a version. Equal ones are numbered in their order. A file is relative to
 * the working directory, because another machine has the repository in another folder.
 */
export function fingerprints(diagnostics: readonly Diagnostic[], folder: string): string[] {
  const seen = new Map<string, number>();
  return diagnostics.map(diagnostic => {
    const identity = JSON.stringify(identityOf(diagnostic, folder));
    const index = seen.get(identity) ?? 0;
    seen.set(identity, index + 1);
    return createHash('sha256').update(`${identity}#${index}`).digest('hex').slice(0, 32);
  });
}

function identityOf({ code, cluster, object, file, path }: Diagnostic, folder: string): unknown[] {
  const what = object
    ? [object.apiVersion, object.kind, object.namespace ?? '', object.name]
    : [file === undefined ? '' : relativePath(file, folder)];
  return [code, cluster ?? '', ...what, path ?? ''];
}
