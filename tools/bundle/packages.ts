import * as fs from 'fs';
import * as path from 'path';
import { ROOT } from './modules';

/** A package whose code is in ours. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, such as `MIT`. */
  readonly license: string;
  /** The text of the licence. */
  readonly text: string;
}

/** The package of every file that has one, in the order of their names. */
export function bundledPackages(files: readonly string[]): BundledPackage[] {
  const folders = new Set(
    files.flatMap(file => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []),
  );
  return [...folders].sort().map(folder => {
    const { name, version, license } = JSON.parse(fs.readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8'));
    const file = fs
      .readdirSync(path.join(ROOT, folder))
      .sort()
      .find(each => /^licen[cs]e/i.test(each));
    if (file === undefined) {
      throw new Error(`${name} has no licence file, so it cannot be bundled`);
    }
    return { name, version, license, text: fs.readFileSync(path.join(ROOT, folder, file), 'utf8').trim() };
  });
}
