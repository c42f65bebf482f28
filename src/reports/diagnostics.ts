import { TestCase, Tone } from './report';
import { Diagnostic, ObjectReference, Severity } from '../diagnostics/diagnostic';
import { shorten } from '../diagnostics/texts';
import { JudgedFinding } from '../findings/judgement';

/** Longer than any name that Kubernetes allows. */
const NAME_LENGTH = 300;

/** As long as a path may be on Linux. */
const PATH_LENGTH = 4096;

/** The place of a diagnostic: its file and line, what renders it, its object and its cluster, where they are known. */
export function diagnosticPlace({ file, line, source, object, cluster }: Diagnostic): string {
  const place = file === undefined ? '' : fileLine(file, line);
  const origin = source === undefined ? '' : `in ${shortName(source)}`;
  return [place, origin, object ? objectName(object) : '', cluster === undefined ? '' : `(${shortName(cluster)})`]
    .filter(text => text !== '')
    .join(' ');
}

/** The construct that wrote the object of a diagnostic: `web/web-to-cart, main.ts:14`; undefined if it is unknown. */
export function constructText({ construct }: Diagnostic): string | undefined {
  return (
    construct &&
    [
      shorten(construct.path, PATH_LENGTH),
      ...(construct.file === undefined ? [] : [fileLine(construct.file, construct.line)]),
    ].join(', ')
  );
}

/** `dist/tion.k8s.yaml:125`. */
export function fileLine(file: string, line: number | undefined): string {
  const path = shorten(file, PATH_LENGTH);
  return line === undefined ? path : `${path}:${line}`;
}

/** `CiliumNetworkPolicy shop/allow`. */
export function objectName({ kind, namespace, name }: ObjectReference): string {
  return `${shortName(kind)} ${namespace === undefined ? '' : `${shortName(namespace)}/`}${shortName(name)}`;
}

/** A name in one line; manifests may hold names of any length and of any characters. */
export function shortName(name: string): string {
  return shorten(name, NAME_LENGTH);
}

/**
 * The findings as comparisons. Errors and warnings are failures, and findings that do not count are skipped. Without
 * findings, one case with the name `none` passes, because some services report a file without cases as a failure.
 */
export function findingCases(findings: readonly JudgedFinding[], none: string): TestCase[] {
  return findings.length === 0
    ? [{ name: none }]
    : findings.map(({ finding, accepted }) => ({
      name: `${finding.code} ${diagnosticPlace(finding)}`,
      ...(accepted
        ? { skipped: `${finding.message} (${acceptedText(accepted)})` }
        : finding.severity === 'info'
          ? { note: `${finding.message}\nTo fix: ${finding.fix}` }
          : { failure: finding.message, details: `To fix: ${finding.fix}` }),
    }));
}

/** Why a finding does not count. */
export function acceptedText(accepted: NonNullable<JudgedFinding['accepted']>): string {
  return accepted.by === 'ignore' ? `ignored: ${accepted.reason}` : 'in the baseline';
}

export function severityTone(severity: Severity): Tone {
  return severity === 'error' ? 'bad' : severity === 'warning' ? 'doubtful' : 'info';
}
