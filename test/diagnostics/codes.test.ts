/** The catalogues of codes: every definition is complete, and reads as docs/refusals.md and SARIF show it. */
import { CONSTRUCT_CODES } from '../../src/diagnostics/codes/constructs';
import { MESH_CODES } from '../../src/diagnostics/codes/mesh';
import { READING_CODES } from '../../src/diagnostics/codes/reading';
import { CodeDefinition } from '../../src/diagnostics/diagnostic';
import { IGNORE_CODES } from '../../src/findings/ignore-codes';

const CATALOGUES = Object.entries({
  reading: READING_CODES,
  mesh: MESH_CODES,
  constructs: CONSTRUCT_CODES,
  ignores: IGNORE_CODES,
});
const DEFINITIONS = CATALOGUES.flatMap(([name, codes]) =>
  Object.entries<CodeDefinition>(codes).map(([code, definition]) => [`${name}: ${code}`, definition] as const),
);

describe('the definition of', () => {
  test.each(DEFINITIONS)('%s', (_, { title, documentation, fix }) => {
    expect(title).toMatch(/^[^\n]{6,60}[^.]$/);
    expect(documentation).toMatch(/^[^\n]{20,400}\.$/);
    expect(fix).toMatch(/^[A-Z][^\n]{5,200}\.$/);
  });

  test.each(DEFINITIONS)('%s has short sentences', (_, { documentation, fix }) => {
    const sentences = [documentation, fix].flatMap(text => text.replace(/ \([^)]*\)/g, '').split(/[.:] /));
    expect(sentences.filter(sentence => sentence.split(/\s+/).length > 25)).toEqual([]);
  });
});

test('only what is ignored, and ignores, are less than an error', () => {
  expect(DEFINITIONS.filter(([, { severity }]) => severity !== 'error').map(([name]) => name)).toEqual([
    'reading: document-ignored',
    'reading: document-unseparated',
    'reading: document-unnamed',
    'reading: namespace-unknown',
    'reading: kustomization',
    'reading: kustomize-input',
    'reading: local-config',
    'reading: helm-chart',
    'reading: flux-variables',
    'reading: placeholder',
    'reading: sops-encrypted',
    'reading: test-data',
    'reading: link-ignored',
    'reading: exclude-without-effect',
    'reading: template-unrendered',
    'reading: template-ignored',
    'ignores: ignore-unused',
    'ignores: ignore-code-unknown',
    'ignores: ignore-reason-missing',
  ]);
});
