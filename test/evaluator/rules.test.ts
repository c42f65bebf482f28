/**
 * What `cilium-mesh check` finds, and what it must be silent about. The cases are the folders of findings, one for each code.
 */
import * as fs from 'fs';
import * as path from 'path';
import { FINDING_CODES } from '../../src/evaluator/rules/codes';
import { MESH_CODES } from '../../src/diagnostics/codes/mesh';
import { READING_CODES } from '../../src/diagnostics/codes/reading';
import { expectedFile, FindingCase, FINDING_CASES, findingsOf } from '../support/finding-cases';
import { findingsDocument } from '../support/finding-docs';

describe.each(FINDING_CASES.map(each => [each.code, each] as const))('%s', (code, { trips, passes }) => {
  test.each(trips.map(each => [each.name, each] as const))('trips: %s', (_, each) => expectFindings(each));

  test.each(passes.map(each => [each.name, each] as const))('passes: %s', (_, each) => expectFindings(each));

  test('trips with it, and passes without it', () => {
    expect(trips.filter(({ findings }) => !findings.some(each => each.code === code)).map(({ name }) => name)).toEqual([]);
    expect(passes.filter(({ findings }) => findings.some(each => each.code === code)).map(({ name }) => name)).toEqual([]);
    expect(trips.length).toBeGreaterThan(0);
    expect(passes.length).toBeGreaterThan(0);
  });
});

test('every code has a folder', () => {
  const folders = FINDING_CASES.map(({ code }) => code);
  expect(Object.keys(FINDING_CODES).filter(code => !folders.includes(code))).toEqual([]);
});

test('docs/findings.md is what the cases say (npx tsx tools/findings-doc.ts)', () => {
  expect(fs.readFileSync(path.join(__dirname, '..', '..', 'docs', 'findings.md'), 'utf8')).toBe(findingsDocument());
});

test('every folder is named by a code: of a finding, a fault of the mesh, or an ignored document', () => {
  const known = [...Object.keys(FINDING_CODES), ...Object.keys(MESH_CODES), ...Object.keys(READING_CODES)];
  expect(FINDING_CASES.map(({ code }) => code).filter(code => !known.includes(code))).toEqual([]);
});

function expectFindings(each: FindingCase): void {
  const findings = findingsOf(each);
  const shown = ({ code, cluster, file, line }: { code: string; cluster?: string; file?: string; line?: number }) => `${code} ${cluster ?? ''} ${file}:${line}`;
  expect(findings.map(shown)).toEqual(each.findings.map(expected => shown({ ...expected, file: expectedFile(expected) })));
  findings.forEach((finding, index) => {
    expect(finding.message).toContain(each.findings[index].message ?? '');
    expect(finding.fix).toContain(each.findings[index].fix ?? '');
  });
}
