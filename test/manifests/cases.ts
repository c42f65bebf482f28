import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { ReadingDiagnostic } from '../../src/manifests/reading-diagnostic';

/** What the reader must report of each case, by the name of the case: whole diagnostics, in order. */
export const EXPECTED: { readonly [name: string]: ReadonlyArray<ReadingDiagnostic> } = parse(
  fs.readFileSync(path.join(__dirname, 'expected.yaml'), 'utf8'),
);

/** The files of a folder, each a case of its name. */
export function casesOf(folder: string): Array<[name: string, text: string]> {
  const root = path.join(__dirname, folder);
  return fs
    .readdirSync(root)
    .sort()
    .map(file => [`${folder}/${file}`, fs.readFileSync(path.join(root, file), 'utf8')]);
}

/** Compares what was reported of a case with `EXPECTED`; the paths of files there are relative to the folder. */
export function expectReported(name: string, reported: readonly ReadingDiagnostic[], folder: string = ''): void {
  const inFolder = JSON.parse(
    folder === ''
      ? JSON.stringify(reported)
      : JSON.stringify(reported).split(`${folder}/`).join('').split(folder).join('.'),
  );
  expect(inFolder).toEqual(EXPECTED[name]);
  reported.forEach(each => expectReadable([each], each.file));
}

/** What every diagnostic must say: where, what, and what to do, in a line each, without a trace of the program. */
export function expectReadable(problems: readonly ReadingDiagnostic[], file: string) {
  for (const problem of problems) {
    expect(problem.file).toBe(file);
    expect(problem.message).toMatch(/^[^\n]{10,400}$/);
    expect(problem.fix).toMatch(/^[^\n]{5,300}$/);
    expect(JSON.stringify(problem)).not.toMatch(/undefined|\[object [A-Z]|\bat [\w.]+ \(|node_modules/);
    expect(problem.got ?? '').toMatch(/^[^\n]{0,200}$/);
  }
}
