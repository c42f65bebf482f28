import * as fs from 'fs';
import * as path from 'path';
import { generateDtsBundle } from 'dts-bundle-generator';
import * as ts from 'typescript';
import { LIB, ROOT } from './modules';

const BUNDLED = [
  { source: 'src/evaluator/index.ts', file: 'evaluator.d.ts' },
  { source: 'src/testing/index.ts', file: 'testing.d.ts' },
];

/** The types of the evaluator and of the statements for tests, in one file each, with those of bundled packages. */
export function bundleDeclarations(): void {
  const types = generateDtsBundle(
    BUNDLED.map(({ source }) => ({
      filePath: path.join(ROOT, source),
      libraries: { inlinedLibraries: ['valibot'] },
      output: { noBanner: true },
    })),
    { preferredConfigPath: path.join(ROOT, 'tsconfig.json') },
  );
  BUNDLED.forEach(({ file }, index) => fs.writeFileSync(path.join(LIB, file), types[index]));
}

/**
 * Deletes the types of the compiled sources that those of the library do not need. What stays is where jsii found it:
 * jsii libraries on top of this one look for it there. The next compilation writes all of them again.
 */
export function deleteUnusedDeclarations(): void {
  const folder = path.join(LIB, 'src');
  const program = ts.createProgram([path.join(folder, 'index.d.ts')], {
    module: ts.ModuleKind.Node20,
    target: ts.ScriptTarget.ES2022,
    types: [],
  });
  const used = new Set(program.getSourceFiles().map(({ fileName }) => path.resolve(fileName)));
  fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(file => path.join(folder, file))
    .filter(file => file.endsWith('.d.ts') && !used.has(file))
    .forEach(file => fs.rmSync(file));
  fs.rmSync(path.join(ROOT, 'tsconfig.tsbuildinfo'), { force: true });
}
