import * as fs from 'fs';
import * as path from 'path';
import { ROOT } from './modules';

/** The licence of every package that has one of the files, in the order of their names. */
export function licences(files: readonly string[]): string {
  const packages = new Set(
    files.flatMap(file => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []),
  );
  return [...packages]
    .sort()
    .map(folder => {
      const { name, version, license } = JSON.parse(fs.readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8'));
      const file = fs
        .readdirSync(path.join(ROOT, folder))
        .sort()
        .find(each => /^licen[cs]e/i.test(each));
      if (file === undefined) {
        throw new Error(`${name} has no licence file, so it cannot be bundled`);
      }
      return `${name} ${version} (${license})\n\n${fs.readFileSync(path.join(ROOT, folder, file), 'utf8').trim()}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
