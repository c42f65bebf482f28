import { FINDING_CODES } from './catalogue';
import { IGNORE_CODES, IgnoreCode } from './ignore-codes';
import { diagnosticsOf } from '../diagnostics/catalogue';
import { Diagnostic, ObjectReference } from '../diagnostics/diagnostic';
import { didYouMean } from '../diagnostics/did-you-mean';
import { grouped } from '../diagnostics/grouped';
import { formatValue, shorten } from '../diagnostics/texts';
import { IGNORE_KEY, IgnoreComment } from '../manifests/ignore-comments';
import { MeshInput } from '../manifests/input';

/** What ignores do to findings. */
export interface IgnoreResult {
  /** The reasons of the ignored findings. */
  readonly reasons: ReadonlyMap<Diagnostic, string>;
  /** What is wrong with the ignores themselves, in the order of files and lines. */
  readonly findings: readonly Diagnostic[];
}

/** A written ignore, with the findings at its place. */
interface Ignore {
  readonly file: string;
  readonly line: number | undefined;
  readonly text: string;
  readonly cluster?: string;
  readonly object?: ObjectReference;
  /** Where it applies, in words. */
  readonly where: string;
  applies(finding: Diagnostic): boolean;
}

/**
 * Applies the ignores of a mesh to its findings. An ignore is a comment at the line of a finding or above it, or an
 * annotation of its object. `mayBeHidden` tells whether findings of a code may be missing for another reason, so that
 * an ignore without a finding is right.
 */
export function applyIgnores(
  findings: readonly Diagnostic[],
  input: MeshInput,
  comments: readonly IgnoreComment[],
  mayBeHidden: (code: string) => boolean,
): IgnoreResult {
  const reasons = new Map<Diagnostic, string>();
  const wrong: Diagnostic[] = [];
  const byCode = grouped(findings, each => each.code);
  for (const ignore of [...commentIgnores(input, comments), ...annotationIgnores(input)]) {
    const [code, reason] = parseIgnore(ignore.text);
    const ofCode = byCode.get(code) ?? [];
    const matching = ofCode.filter(each => ignore.applies(each));
    if (!FINDING_CODES.includes(code)) {
      wrong.push(unknownCode(ignore, code));
    } else if (reason === '') {
      wrong.push(missingReason(ignore, code));
    } else if (matching.length > 0) {
      matching.forEach(each => reasons.set(each, reason));
    } else if (!mayBeHidden(code)) {
      wrong.push(unused(ignore, code, ofCode));
    }
  }
  return { reasons, findings: wrong };
}

/** The code and the reason of `CODE reason`. */
function parseIgnore(text: string): [code: string, reason: string] {
  const [, code, reason] = /^(\S*)\s*(.*)$/s.exec(text.trim())!;
  return [code, shorten(reason, REASON_LENGTH)];
}

const REASON_LENGTH = 500;

function commentIgnores({ clusters, comments = [] }: MeshInput, others: readonly IgnoreComment[]): Ignore[] {
  const all = [
    ...clusters.flatMap(each => [...(each.comments ?? []), ...(each.values?.comments ?? [])]),
    ...comments,
    ...others,
  ];
  // clusters may read the same file
  const byPlace = new Map(all.map(each => [`${each.line} ${each.file}`, each]));
  return [...byPlace.values()].map(({ file, line, target, text }) => ({
    file,
    line,
    text,
    where: `at line ${target}`,
    applies: finding => finding.file === file && finding.line === target,
  }));
}

function annotationIgnores({ clusters }: MeshInput): Ignore[] {
  return clusters.flatMap(({ name: cluster, manifests }) =>
    manifests.flatMap((manifest): Ignore[] => {
      const value: unknown = manifest.object.metadata?.annotations?.[IGNORE_KEY];
      if (typeof value !== 'string') {
        return [];
      }
      const { apiVersion, kind, metadata } = manifest.object;
      const namespace = typeof metadata.namespace === 'string' ? { namespace: metadata.namespace } : {};
      const object: ObjectReference = { apiVersion, kind, ...namespace, name: metadata.name };
      const line = manifest.line(`metadata.annotations["${IGNORE_KEY}"]`);
      const texts = value.split('\n').filter(text => text.trim() !== '');
      return (texts.length === 0 ? [''] : texts).map(text => ({
        file: manifest.file,
        line,
        text,
        cluster,
        object,
        where: `about this object in ${cluster}`,
        applies: finding =>
          finding.cluster === cluster && finding.object !== undefined && isSame(finding.object, object),
      }));
    }),
  );
}

function isSame(one: ObjectReference, other: ObjectReference): boolean {
  return (
    one.kind === other.kind &&
    one.name === other.name &&
    one.namespace === other.namespace &&
    one.apiVersion === other.apiVersion
  );
}

const ignoreDiagnostic = diagnosticsOf<IgnoreCode>(IGNORE_CODES);

function placeOf({ file, line, cluster, object }: Ignore) {
  return {
    ...(cluster === undefined ? {} : { cluster }),
    file,
    ...(line === undefined ? {} : { line }),
    ...(object ? { object, path: `metadata.annotations["${IGNORE_KEY}"]` } : {}),
  };
}

function unknownCode(ignore: Ignore, code: string): Diagnostic {
  return ignoreDiagnostic('ignore-code-unknown', {
    ...placeOf(ignore),
    message:
      code === ''
        ? `${IGNORE_KEY} names no code, so it has no effect`
        : `unknown code ${formatValue(code)}${didYouMean(code, FINDING_CODES)}, so this ignore has no effect`,
    fix: `write ${IGNORE_KEY}: CODE reason, with the code in brackets in the output of check`,
  });
}

function missingReason(ignore: Ignore, code: string): Diagnostic {
  return ignoreDiagnostic('ignore-reason-missing', {
    ...placeOf(ignore),
    message: `the reason is missing, so this ignore of ${code} has no effect`,
    fix: `write why the finding is accepted: ${IGNORE_KEY}: ${code} reason`,
  });
}

function unused(ignore: Ignore, code: string, ofCode: readonly Diagnostic[]): Diagnostic {
  const lines = ofCode.filter(each => each.file === ignore.file && each.line !== undefined).map(each => each.line);
  const elsewhere = lines.length === 0 ? '' : `; this file has it at line ${[...new Set(lines)].slice(0, 3).join(', ')}`;
  return ignoreDiagnostic('ignore-unused', {
    ...placeOf(ignore),
    message: `no finding ${code} ${ignore.where}, so this ignores nothing${elsewhere}`,
    fix: lines.length === 0 ? 'remove it' : 'move it to the line of the finding or the line above, or remove it',
  });
}
