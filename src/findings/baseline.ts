import { BASELINE_FILE } from './baseline-schema';
import { contentDigest, indexedFingerprint, sharedFingerprint } from './fingerprint';
import { relativePath } from './relative-path';
import { Diagnostic } from '../diagnostics/diagnostic';
import { grouped } from '../diagnostics/grouped';
import { Structure } from '../diagnostics/structure';
import { MESH_API_VERSION } from '../model/mesh-file';
import { toYaml } from '../model/yaml';

/** The content of a baseline file. */
export type Baseline = Structure<typeof BASELINE_FILE>;

/** One accepted finding. */
export type BaselineEntry = Baseline['findings'][number];

/** The first line of a baseline that this program wrote. */
export const BASELINE_HEADER = '# cilium-mesh check --write-baseline wrote this file. Its findings do not count.';

const ADVICE = '# To count a finding again, remove its entry. To update all entries, write the baseline again.';

/** Which findings a baseline contains, and which of its entries no longer occur. */
export interface BaselineComparison {
  readonly known: ReadonlySet<Diagnostic>;
  readonly gone: readonly BaselineEntry[];
}

/** The text of a baseline of findings, sorted; it does not depend on lines of files. */
export function baselineText(findings: readonly Diagnostic[], folder: string): string {
  const entries = findings
    .map(finding => baselineEntry(finding, folder))
    .map(entry => ({ entry, key: sortKey(entry) }))
    .sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0))
    .map(({ entry }) => entry);
  return `${BASELINE_HEADER}\n${ADVICE}\n${toYaml({ apiVersion: MESH_API_VERSION, findings: entries })}`;
}

/**
 * Compares findings with a baseline. Of findings with equal fingerprints, those of the same rule with the same message
 * are the known ones. Then those count that have either: a rule may change, and versions of this program change
 * messages. Entries that match no finding any more stand for the rest.
 */
export function compareWithBaseline(
  findings: readonly Diagnostic[],
  { findings: entries }: Baseline,
  folder: string,
): BaselineComparison {
  // baselines of earlier versions have fingerprints with the indices of lists
  const earlier = new Map(findings.map(each => [indexedFingerprint(each, folder), sharedFingerprint(each, folder)]));
  const accepted = grouped(entries, each => earlier.get(each.fingerprint) ?? each.fingerprint);
  const known = new Set<Diagnostic>();
  const gone: BaselineEntry[] = [];
  for (const [fingerprint, same] of grouped(findings, each => sharedFingerprint(each, folder))) {
    const unmatched = [...(accepted.get(fingerprint) ?? [])];
    for (const isSame of MATCHES) {
      for (const finding of same.filter(each => !known.has(each))) {
        const content = contentDigest(finding);
        const index = unmatched.findIndex(each => isSame(each, finding, content));
        if (index >= 0) {
          unmatched.splice(index, 1);
          known.add(finding);
        }
      }
    }
    unmatched.forEach(each => gone.push(each));
    accepted.delete(fingerprint);
  }
  accepted.forEach(rest => rest.forEach(each => gone.push(each)));
  return { known, gone };
}

type Match = (entry: BaselineEntry, finding: Diagnostic, content: string | undefined) => boolean;

const hasContent: Match = (entry, _, content) => entry.content === content;
const hasMessage: Match = (entry, { message }) => entry.message === message;

/** What an entry and a finding of one fingerprint have in common, from the best to the least. */
const MATCHES: readonly Match[] = [
  (...both) => hasContent(...both) && hasMessage(...both),
  (...both) => both[2] !== undefined && hasContent(...both),
  hasMessage,
  () => true,
];

function baselineEntry(finding: Diagnostic, folder: string): BaselineEntry {
  const { code, cluster, object, file, path, message } = finding;
  const content = contentDigest(finding);
  return {
    code,
    ...(cluster === undefined ? {} : { cluster }),
    ...(object
      ? { object: `${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}` }
      : file === undefined
        ? {}
        : { file: relativePath(file, folder) }),
    ...(path === undefined ? {} : { path }),
    message,
    fingerprint: sharedFingerprint(finding, folder),
    ...(content === undefined ? {} : { content }),
  };
}

function sortKey({ code, cluster = '', object = '', file = '', path = '', message, fingerprint, content = '' }: BaselineEntry) {
  return [code, cluster, object, file, path, message, fingerprint, content].join('\u0000');
}
