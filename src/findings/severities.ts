import { Configuration } from './configuration';
import { SEVERITIES } from './configuration-schema';
import { Diagnostic, Severity } from '../diagnostics/diagnostic';

/** Findings with the severities that a configuration sets, without those of codes that are off. */
export function withSeverities(findings: readonly Diagnostic[], { severities = {} }: Configuration): Diagnostic[] {
  return findings.flatMap(finding => {
    const severity = severities[finding.code];
    return severity === undefined ? [finding] : severity === 'off' ? [] : [{ ...finding, severity }];
  });
}

/** Whether a severity is at least as high as another one. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least);
}

/** When findings fail a command. */
export interface Limits {
  /** The lowest severity that fails. */
  readonly failOn: Severity;
  /** The number of warnings that does not fail yet, whatever `failOn` is. */
  readonly maxWarnings?: number;
}

/** Whether findings exceed the limits. Errors always do. */
export function exceeds(findings: readonly Diagnostic[], { failOn, maxWarnings }: Limits): boolean {
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  return maxWarnings === undefined
    ? findings.some(({ severity }) => isAtLeast(severity, failOn))
    : warnings > maxWarnings ||
        findings.some(({ severity }) => severity !== 'warning' && isAtLeast(severity, failOn));
}
