import { Baseline, BaselineEntry, compareWithBaseline } from './baseline';
import { Configuration } from './configuration';
import { applyIgnores } from './ignores';
import { isAtLeast, withSeverities } from './severities';
import { Diagnostic, Severity } from '../diagnostics/diagnostic';
import { IgnoreComment } from '../manifests/ignore-comments';
import { MeshInput } from '../manifests/input';

/** A finding, and why it does not count. */
export interface JudgedFinding {
  readonly finding: Diagnostic;
  /** Undefined for findings that count. */
  readonly accepted?: { readonly by: 'ignore'; readonly reason: string } | { readonly by: 'baseline' };
}

/** The findings of a mesh, after configuration, ignores and baseline. */
export interface Judgement {
  /** All findings in their order, without those that are switched off. */
  readonly findings: readonly JudgedFinding[];
  /** Undefined without a baseline. */
  readonly baseline?: {
    readonly file: string;
    /** Its entries that no longer occur. */
    readonly gone: readonly BaselineEntry[];
  };
}

/** What judges findings. */
export interface Judges {
  /** Findings that follow the others, such as unmet expectations. */
  readonly more?: readonly Diagnostic[];
  readonly configuration: Pick<Configuration, 'severities'>;
  /** Comments of files that the mesh does not contain. */
  readonly comments?: readonly IgnoreComment[];
  /** Whether findings of a code may be missing because something is unknown. */
  readonly mayBeHidden: (code: string) => boolean;
  readonly baseline?: Baseline & { readonly file: string };
  /** Findings below it are left out. */
  readonly least?: Severity;
  /** The folder to which files are relative in fingerprints. */
  readonly folder: string;
}

/** Judges the findings of a mesh. Ignores come before the baseline, which keeps entries of ignored findings. */
export function judge(
  findings: readonly Diagnostic[],
  input: MeshInput,
  { more = [], configuration, comments = [], mayBeHidden, baseline, least = 'info', folder }: Judges,
): Judgement {
  const ignores = applyIgnores([...findings, ...more], input, comments, mayBeHidden);
  const all = [...sortedByPlace([...findings, ...ignores.findings]), ...more];
  const comparison = baseline && compareWithBaseline(all, baseline, folder);
  const judged = all.flatMap((finding): JudgedFinding[] => {
    const [shown] = withSeverities([finding], configuration);
    if (!shown || !isAtLeast(shown.severity, least)) {
      return [];
    }
    const reason = ignores.reasons.get(finding);
    return reason !== undefined
      ? [{ finding: shown, accepted: { by: 'ignore', reason } }]
      : comparison?.known.has(finding)
        ? [{ finding: shown, accepted: { by: 'baseline' } }]
        : [{ finding: shown }];
  });
  return {
    findings: judged,
    ...(baseline && comparison ? { baseline: { file: baseline.file, gone: comparison.gone } } : {}),
  };
}

/** The findings that count. */
export function countedFindings({ findings }: Judgement): Diagnostic[] {
  return findings.filter(({ accepted }) => !accepted).map(({ finding }) => finding);
}

/** Findings in the order of files and lines; those of one line keep their order. */
function sortedByPlace(findings: readonly Diagnostic[]): Diagnostic[] {
  return findings
    .map(finding => ({ finding, file: finding.file ?? '', line: finding.line ?? 0 }))
    .sort((one, other) => (one.file < other.file ? -1 : one.file > other.file ? 1 : one.line - other.line))
    .map(({ finding }) => finding);
}
