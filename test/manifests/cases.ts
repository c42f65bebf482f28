import * as fs from 'fs';
import * as path from 'path';
import { ReadingDiagnostic } from '../../src/manifests/reading-diagnostic';

/** The files of a folder, whose first line says what they are refused or ignored for: `# CODE:LINE [TEXT], …`; TEXT is in the problem. */
export function casesOf(folder: string): Array<[string, string, ReadonlyArray<{ readonly place: string; readonly text: string }>]> {
  const root = path.join(__dirname, folder);
  return fs.readdirSync(root).sort().map(file => {
    const text = fs.readFileSync(path.join(root, file), 'utf8');
    const expected = text.split('\n')[0].slice(2).split(', ').map(each => ({ place: each.split(' ')[0], text: each.split(' ').slice(1).join(' ') }));
    return [file, text, expected];
  });
}

/** A problem as the first line of a case says it. */
export function place(problem: ReadingDiagnostic): string {
  return `${problem.code}:${problem.line}`;
}

/** What every problem must say: where, what, and what to do, in a line each, without a trace of the program. */
export function expectReadable(problems: readonly ReadingDiagnostic[], file: string) {
  for (const problem of problems) {
    expect(problem.file).toBe(file);
    expect(problem.message).toMatch(/^[^\n]{10,400}$/);
    expect(problem.fix).toMatch(/^[^\n]{5,300}$/);
    expect(JSON.stringify(problem)).not.toMatch(/undefined|\[object [A-Z]|\bat [\w.]+ \(|node_modules/);
    expect(problem.got ?? '').toMatch(/^[^\n]{0,200}$/);
  }
}
