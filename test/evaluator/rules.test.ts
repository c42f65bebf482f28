/**
 * What `cilium-mesh check` finds, and what it must be silent about. The cases are the folders of findings, one for
 * each code.
 */
import * as fs from 'fs';
import * as path from 'path';
import { MESH_CODES } from '../../src/diagnostics/codes/mesh';
import { RULES } from '../../src/evaluator/rules';
import { asExpected, FindingCase, FINDING_CASES, findingsOf } from '../support/finding-cases';
import { findingsDocument, RULE_CODES } from '../support/finding-docs';

const SOURCES = path.join(__dirname, '..', '..', 'src', 'evaluator', 'rules');

describe.each(FINDING_CASES.map(each => [each.code, each] as const))('%s', (code, { trips, passes }) => {
  test.each(trips.map(each => [each.name, each] as const))('trips: %s', (_, each) => expectFindings(each, code));

  test.each(passes.map(each => [each.name, each] as const))('passes: %s', (_, each) => expectFindings(each, code));

  test('trips with it, and passes without it', () => {
    expect(trips.filter(({ findings }) => !findings.some(each => each.code === code)).map(({ name }) => name)).toEqual(
      [],
    );
    expect(passes.filter(({ findings }) => findings.some(each => each.code === code)).map(({ name }) => name)).toEqual(
      [],
    );
    expect(trips.length).toBeGreaterThan(0);
    expect(passes.length).toBeGreaterThan(0);
  });
});

test('every code of a rule has a folder', () => {
  const folders = FINDING_CASES.map(({ code }) => code);
  expect([...RULE_CODES.keys()].filter(code => !folders.includes(code))).toEqual([]);
});

test('every folder is named by a code: of a rule, or a fault of the mesh', () => {
  const known = [...RULE_CODES.keys(), ...Object.keys(MESH_CODES)];
  expect(FINDING_CASES.map(({ code }) => code).filter(code => !known.includes(code))).toEqual([]);
});

test('no two rules have the same code', () => {
  const codes = RULES.flatMap(rule => Object.keys(rule.codes));
  expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
});

test('every file of a rule is in the list', () => {
  const files = fs
    .readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter(file => file.includes('/') && !file.startsWith('shared/'));
  const rules = files.flatMap(file => Object.values<unknown>(jest.requireActual(path.join(SOURCES, file))));
  expect(rules).toHaveLength(RULES.length);
  expect(rules.filter(rule => !RULES.some(each => each === rule))).toEqual([]);
});

describe.each([...RULE_CODES])('the definition of %s', (_, { title, documentation, fix }) => {
  test('is complete', () => {
    expect(title).toMatch(/^[A-Z`t][^\n]{6,70}[^.]$/);
    expect(documentation).toMatch(/^[^\n]{20,400}\.$/);
    expect(fix).toMatch(/^[A-Z][^\n]{5,200}\.$/);
  });

  test('has short sentences', () => {
    const sentences = [documentation, fix].flatMap(text => text.replace(/ \([^)]*\)/g, '').split(/[.:;] /));
    expect(sentences.filter(sentence => sentence.split(/\s+/).length > 25)).toEqual([]);
  });
});

describe('texts of findings', () => {
  const texts = FINDING_CASES.flatMap(({ code, trips, passes }) =>
    [...trips, ...passes]
      .flatMap(({ findings }) => findings)
      .filter(each => each.code === code)
      .flatMap(({ message, fix }) => [message, fix]),
  );

  test('have sentences of at most 25 words', () => {
    // YAML and values in parentheses are not prose
    const sentences = texts.flatMap(text => text.replace(/\([^)]*\)|\{[^}]*\}|\[[^\]]*\]/g, '').split(/[.:;] /));
    expect(sentences.filter(sentence => sentence.trim().split(/\s+/).length > 25)).toEqual([]);
  });

  test('use the words of Kubernetes', () => {
    const words = /\b(nobody|everybody|is none|said|means nothing|so that|wherefore|whereupon|stands)\b/;
    expect(texts.filter(text => words.test(text))).toEqual([]);
  });
});

test('docs/findings.md is what rules and cases say (npx tsx tools/findings-doc.ts)', () => {
  expect(fs.readFileSync(path.join(__dirname, '..', '..', 'docs', 'findings.md'), 'utf8')).toBe(findingsDocument());
});

function expectFindings(each: FindingCase, own: string): void {
  const findings = asExpected(findingsOf(each)).filter(({ code }) => code === own || code !== 'nothing-to-check');
  expect(findings).toEqual(each.findings);
}
