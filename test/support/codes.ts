import * as fs from 'fs';
import * as path from 'path';

const SRC = path.join(__dirname, '..', '..', 'src');

/** The codes of faults that the sources of some folders can report; without folders, those of the mesh model and the constructs. */
export function codesIn(folders: readonly string[] = ['model', 'constructs']): string[] {
  const sources = folders.flatMap(folder => fs.readdirSync(path.join(SRC, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts')).map(file => fs.readFileSync(path.join(SRC, folder, file), 'utf8'))).join('\n');
  const kebab = (text: string) => [...text.matchAll(/'([a-z0-9]+(?:-[a-z0-9]+)+)'/g)].map(match => match[1]);
  const codes = [...sources.matchAll(/\bcode: (.*)$/gm)].flatMap(match => kebab(match[1].split(', path:')[0]))
    .concat([...sources.matchAll(/\b(?:fault|refused)\(\s*('[a-z0-9-]+')/g)].flatMap(match => kebab(match[1])));
  return [...new Set(codes)].sort();
}
