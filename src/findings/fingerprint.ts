import { createHash } from 'node:crypto';
import { relativePath } from './relative-path';
import { Diagnostic } from '../diagnostics/diagnostic';

/**
 * A stable fingerprint for each diagnostic, by which services recognize known ones.
 *
 * It consists of the code, the cluster, the object and the path in it, with the contents of list items in the place of
 * their indices: a rule that is inserted above another one changes nothing. It does not contain the line and the
 * message, because they change with other lines and with versions of this program. Findings of equal rules get numbers
 * in their order. A file is relative to the working directory, because repositories lie in other folders on other
 * machines.
 */
export function fingerprints(diagnostics: readonly Diagnostic[], folder: string): string[] {
  const seen = new Map<string, number>();
  return diagnostics.map(diagnostic => {
    const identity = `${identityOf(diagnostic, folder, withoutIndices)}${diagnostic.content ?? ''}`;
    const index = seen.get(identity) ?? 0;
    seen.set(identity, index + 1);
    return digestOf(identity, index);
  });
}

/** The fingerprint of a diagnostic without those that are equal: all of them have the same one. */
export function sharedFingerprint(diagnostic: Diagnostic, folder: string): string {
  return digestOf(identityOf(diagnostic, folder, withoutIndices), 0);
}

/** A digest of the rule that a diagnostic is about; undefined if it is in no list. */
export function contentDigest({ content }: Diagnostic): string | undefined {
  return content === undefined ? undefined : createHash('sha256').update(content).digest('hex').slice(0, 16);
}

/** As earlier versions of this program wrote it into baselines: with the indices of lists. */
export function indexedFingerprint(diagnostic: Diagnostic, folder: string): string {
  return digestOf(identityOf(diagnostic, folder, path => path), 0);
}

function withoutIndices(path: string): string {
  return path.replace(/\[\d+\]/g, '[]');
}

function identityOf(
  { code, cluster, object, file, path }: Diagnostic,
  folder: string,
  shown: (path: string) => string,
): string {
  const what = object
    ? [object.apiVersion, object.kind, object.namespace ?? '', object.name]
    : [file === undefined ? '' : relativePath(file, folder)];
  return JSON.stringify([code, cluster ?? '', ...what, shown(path ?? '')]);
}

function digestOf(identity: string, index: number): string {
  return createHash('sha256').update(`${identity}#${index}`).digest('hex').slice(0, 32);
}
