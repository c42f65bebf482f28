import { fingerprints } from './fingerprint';
import { Surroundings } from './format';
import { relativePath } from './place';
import { Severity } from '../../diagnostics/diagnostic';
import { Report } from '../report';

const SEVERITIES: { readonly [severity in Severity]: string } = { error: 'major', warning: 'minor', info: 'info' };

/** Code quality of GitLab. It requires a location: findings without a file are at the beginning of mesh.yaml. */
export function* gitlab({ diagnostics = [] }: Report, { folder }: Surroundings): Generator<string> {
  const prints = fingerprints(diagnostics, folder);
  const issues = diagnostics.map(({ code, severity, file = 'mesh.yaml', line = 1, message, fix }, index) => ({
    description: `${message}\nTo fix: ${fix}`,
    check_name: code,
    fingerprint: prints[index],
    severity: SEVERITIES[severity],
    location: { path: relativePath(file, folder), lines: { begin: line } },
  }));
  yield `${JSON.stringify(issues, undefined, 2)}\n`;
}
