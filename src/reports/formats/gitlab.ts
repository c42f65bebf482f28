import { Surroundings } from './format';
import { Severity } from '../../diagnostics/diagnostic';
import { escapeDirections } from '../../diagnostics/directions';
import { findingFile } from '../../findings/finding-file';
import { fingerprints } from '../../findings/fingerprint';
import { JudgedFinding } from '../../findings/judgement';
import { relativePath } from '../../findings/relative-path';
import { Report } from '../report';

const SEVERITIES: { readonly [severity in Severity]: string } = { error: 'major', warning: 'minor', info: 'info' };

/** Code quality of GitLab. It requires a location: findings without a file are at the beginning of mesh.yaml. */
export function* gitlab({ diagnostics, judgement }: Report, { folder }: Surroundings): Generator<string> {
  const findings = judgement?.findings ?? [...(diagnostics?.() ?? [])].map((finding): JudgedFinding => ({ finding }));
  const prints = fingerprints(
    findings.map(({ finding }) => finding),
    folder,
  );
  const counted = findings.flatMap(({ finding, accepted }, index) =>
    accepted ? [] : [{ ...finding, fingerprint: prints[index] }],
  );
  const issues = counted.map(({ code, severity, file, line = 1, message, fix, fingerprint }) => ({
    description: `${message}\nTo fix: ${fix}`,
    check_name: code,
    fingerprint,
    severity: SEVERITIES[severity],
    location: { path: relativePath(findingFile({ file }) ?? 'mesh.yaml', folder), lines: { begin: line } },
  }));
  yield `${escapeDirections(JSON.stringify(issues, undefined, 2))}\n`;
}
