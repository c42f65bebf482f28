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

/** Removes what only our own sources may use, with the imports that it needed, from the types of compiled sources. */
export function stripInternalDeclarations(): void {
  const folder = path.join(LIB, 'src');
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter(each => each.endsWith('.d.ts'))) {
    const text = fs.readFileSync(path.join(folder, file), 'utf8');
    fs.writeFileSync(path.join(folder, file), withoutUnusedImports(withoutInternals(text)));
  }
}

function withoutInternals(text: string): string {
  const source = ts.createSourceFile('types.d.ts', text, ts.ScriptTarget.ES2022, true);
  const internals = (node: ts.Node): ts.Node[] =>
    ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal') && ts.isClassElement(node)
      ? [node]
      : node.getChildren().flatMap(internals);
  return without(text, internals(source));
}

function withoutUnusedImports(text: string): string {
  const source = ts.createSourceFile('types.d.ts', text, ts.ScriptTarget.ES2022, true);
  const imports = source.statements.filter(ts.isImportDeclaration);
  const rest = without(text, imports);
  const isUsed = ({ importClause }: ts.ImportDeclaration) =>
    [...(importClause?.getText().matchAll(/\w+/g) ?? [])].some(([name]) => new RegExp(`\\b${name}\\b`).test(rest));
  return without(text, imports.filter(each => !isUsed(each)));
}

function without(text: string, nodes: readonly ts.Node[]): string {
  return nodes.reduceRight((left, node) => `${left.slice(0, node.getFullStart())}${left.slice(node.getEnd())}`, text);
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
