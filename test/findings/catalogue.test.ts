import * as fs from 'fs';
import * as path from 'path';
import { CONSTRUCT_CODES } from '../../src/diagnostics/codes/constructs';
import { MESH_CODES } from '../../src/diagnostics/codes/mesh';
import { READING_CODES } from '../../src/diagnostics/codes/reading';
import { CodeDefinition } from '../../src/diagnostics/diagnostic';
import { EXPECTATION_CODES } from '../../src/evaluator/queries/expectations/expectations';
import { RULES } from '../../src/evaluator/rules';
import { CATALOGUE, documentOf } from '../../src/findings/catalogue';
import { IGNORE_CODES } from '../../src/findings/ignore-codes';

const DOCS = path.join(__dirname, '..', '..', 'docs');

test.each([
  ...RULES.flatMap(({ codes }) => Object.keys(codes)),
  ...Object.keys(MESH_CODES),
  ...Object.keys(EXPECTATION_CODES),
  ...Object.keys(IGNORE_CODES),
])('the help of %s leads to a heading', code => {
  const [file, anchor] = documentOf(code).split('#');
  const headings = [...fs.readFileSync(path.join(DOCS, file), 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replace(/ /g, '-'),
  );
  expect(headings).toContain(anchor);
});

test('a code in two catalogues has one definition', () => {
  const catalogues = [
    READING_CODES,
    MESH_CODES,
    CONSTRUCT_CODES,
    EXPECTATION_CODES,
    IGNORE_CODES,
    ...RULES.map(({ codes }) => codes),
  ];
  for (const [code, definition] of catalogues.flatMap(codes => Object.entries<CodeDefinition>(codes))) {
    expect([code, CATALOGUE[code]]).toEqual([code, definition]);
  }
});

test('every definition is complete', () => {
  expect(
    Object.entries(CATALOGUE).filter(([, { title, documentation, fix }]) =>
      [title, documentation, fix].some(text => text.trim() === ''),
    ),
  ).toEqual([]);
});
