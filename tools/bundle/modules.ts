import * as fs from 'fs';
import * as path from 'path';
import { gunzipSync } from 'zlib';
import { build, BuildOptions, Metafile, Plugin, transform } from 'esbuild';
import { commonJs } from './common-js';
import { workerScript } from '../../src/reports/page/worker-script';

export const ROOT = path.join(__dirname, '..', '..');
export const LIB = path.join(ROOT, 'lib');

/** The folder of the bundled code in the package. */
export const CODE = path.join(LIB, 'code');

/** The folder of the compiled CRDs in the package. */
const TYPED_CRDS = path.join(LIB, 'imports');

/** Where code enters: what people import, and the program. */
const ENTRIES = [
  { source: 'src/index.ts', file: 'index.js' },
  { source: 'src/evaluator/index.ts', file: 'evaluator.js' },
  { source: 'src/testing/index.ts', file: 'testing.js' },
] as const;
const PROGRAM = { source: 'src/cli/main.ts', file: 'cilium-mesh.js' };
/** The page of a report runs it: the program puts its modules into one script (src/reports/page/worker-script.ts). */
export const WORKER = { source: 'report/engine/worker.ts', file: 'report-engine-worker.js' };

/** Browsers of 2023 and later: Safari since 16.4 knows all of the regular expressions. */
export const BROWSERS = ['chrome109', 'firefox115', 'safari16.4'];
const TARGET = ['node20', ...BROWSERS];

/** What stands for modules that need Node.js. */
export const BROWSER_MODULES = {
  'node:crypto': path.join(ROOT, 'report', 'engine', 'node-crypto.ts'),
  'yaml': path.join(ROOT, 'node_modules', 'yaml', 'browser', 'index.js'),
  'fflate': path.join(ROOT, 'node_modules', 'fflate', 'esm', 'browser.js'),
};

/** Large packages that most runs never load. */
const LAZY_PACKAGES = ['log-update', 're2js', 'xmlbuilder', 'yaml'];

const OPTIONS: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  outdir: CODE,
  target: TARGET,
  platform: 'node',
  // what browsers do not have, since the page of a report runs the same code
  alias: BROWSER_MODULES,
  external: ['cdk8s', 'constructs'],
  write: false,
  metafile: true,
  logLevel: 'warning',
};

/** By module: the modules that it loads when it needs them, with `require`, by what it calls them. */
type LazyModules = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Bundles the library, the evaluator, the statements for tests and the program into lib/code. esbuild splits the code:
 * what several of them need is there once, and what `require` loads is a file of its own, so each run loads only what
 * it needs. Returns which files were bundled.
 */
export async function bundleModules(): Promise<Metafile> {
  fs.rmSync(CODE, { recursive: true, force: true });
  const sources = [...ENTRIES, PROGRAM, WORKER].map(({ source }) => source);
  const lazy = await lazyModules(sources);
  const loaded = new Set([...sources, ...[...lazy.values()].flatMap(modules => [...modules.values()])]);
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    entryPoints: [...loaded, ...LAZY_PACKAGES].map(file => ({ in: file, out: nameOf(file) })),
    chunkNames: 'shared-[hash]',
    splitting: true,
    // esbuild splits only ES modules; each file becomes CommonJS below, which jest and jsii load
    format: 'esm',
    minify: true,
    legalComments: 'none',
    plugins: [typedCrds(), lazyPackages(), ownSources(lazy, jsiiClasses())],
  });
  fs.mkdirSync(CODE);
  const modules = new Map(outputFiles!.map(({ path: file, text }) => [path.basename(file), text]));
  for (const [file, code] of await commonJs(modules, TARGET)) {
    fs.writeFileSync(path.join(CODE, file), code.replaceAll('loadLater(', 'require('));
  }
  // it fails for a module that browsers do not have
  workerScript(WORKER.file, file => fs.readFileSync(path.join(CODE, file), 'utf8'));
  await minifyTypedCrds();
  ENTRIES.forEach(writeEntry);
  const program = path.join(LIB, PROGRAM.file);
  fs.writeFileSync(program, `#!/usr/bin/env node\nrequire('./code/${nameOf(PROGRAM.source)}.js');\n`);
  fs.chmodSync(program, 0o755);
  return metafile!;
}

/** What our modules load of ours with `require`, as esbuild resolves it. */
async function lazyModules(sources: readonly string[]): Promise<LazyModules> {
  const { metafile } = await build({ ...OPTIONS, entryPoints: [...sources], plugins: [typedCrds(), lazyPackages()] });
  return new Map(
    Object.entries(metafile!.inputs)
      .filter(([file]) => isOurs(file))
      .map(([file, { imports }]) => [
        file,
        new Map(
          imports
            .filter(({ kind, path: module }) => kind === 'require-call' && isOurs(module))
            .map(each => [each.original!, each.path]),
        ),
      ]),
  );
}

function isOurs(module: string): boolean {
  return module.startsWith('src/');
}

/** The name of the file of a module in lib/code: `src/cli/check.ts` is `cli-check`. */
function nameOf(module: string): string {
  return module
    .replace(/^src\//, '')
    .replace(/\.ts$/, '')
    .replaceAll('/', '-');
}

/** The typed CRDs are large, so they stay files of their own beside the bundles. */
function typedCrds(): Plugin {
  return {
    name: 'typed-crds',
    setup: ({ onResolve }) =>
      onResolve({ filter: /\/imports\/[^/]+$/ }, ({ path: module }) => ({
        path: `../imports/${path.basename(module)}`,
        external: true,
      })),
  };
}

/** Most of what jsii compiled is comments, which are in the types too. */
async function minifyTypedCrds(): Promise<void> {
  for (const name of fs.readdirSync(TYPED_CRDS).filter(each => each.endsWith('.js'))) {
    const file = path.join(TYPED_CRDS, name);
    const { code } = await transform(fs.readFileSync(file, 'utf8'), { target: 'node20', minify: true });
    fs.writeFileSync(file, code);
  }
}

function lazyPackages(): Plugin {
  return {
    name: 'lazy-packages',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) =>
        kind !== 'entry-point' && LAZY_PACKAGES.includes(name) ? { path: `./${name}.js`, external: true } : undefined,
      ),
  };
}

/**
 * Our own sources, with three changes: a call of `require` names the file in the package, classes of the jsii assembly
 * have their name in it, by which jsii knows objects of theirs, and these classes and errors keep the name that people
 * read.
 */
function ownSources(lazy: LazyModules, classes: ReadonlyMap<string, readonly JsiiClass[]>): Plugin {
  return {
    name: 'own-sources',
    setup: ({ onLoad }) =>
      onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path: file }) => {
        const source = path.relative(ROOT, file);
        let contents = fs.readFileSync(file, 'utf8');
        for (const [name, module] of lazy.get(source) ?? []) {
          contents = contents.replaceAll(`require('${name}')`, `loadLater('./${nameOf(module)}.js')`);
        }
        for (const name of LAZY_PACKAGES) {
          contents = contents.replaceAll(`require('${name}')`, `loadLater('./${name}.js')`);
        }
        for (const [, name] of contents.matchAll(/^export class (\w+) extends Error /gm)) {
          contents += named(name);
        }
        for (const { name, ...identity } of classes.get(source) ?? []) {
          contents += `${named(name)}(${name} as any)[Symbol.for('jsii.rtti')] = ${JSON.stringify(identity)};\n`;
        }
        return { contents, loader: 'ts' };
      }),
  };
}

function named(name: string): string {
  return `Object.defineProperty(${name}, 'name', { value: '${name}' });\n`;
}

interface JsiiClass {
  readonly name: string;
  readonly fqn: string;
  readonly version: string;
}

/** The classes that jsii found in each source, as the compiler of jsii marks them. */
function jsiiClasses(): Map<string, JsiiClass[]> {
  const { version, types } = JSON.parse(gunzipSync(fs.readFileSync(path.join(ROOT, '.jsii.gz'))).toString());
  const classes = new Map<string, JsiiClass[]>();
  for (const { kind, symbolId, name, fqn } of Object.values<{ [key: string]: string }>(types)) {
    const file = `${symbolId.split(':')[0]}.ts`;
    if (kind === 'class' && isOurs(file)) {
      classes.set(file, [...(classes.get(file) ?? []), { name, fqn, version }]);
    }
  }
  return classes;
}

/**
 * The file that others import: it names the exports where Node.js looks for them, so ES modules can import them by
 * name. The quick scanner of Node.js (cjs-module-lexer) does not find them in a bundle.
 */
function writeEntry({ source, file }: (typeof ENTRIES)[number]): void {
  const module = `./code/${nameOf(source)}.js`;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the file was written a moment ago
  const names = Object.keys(require(path.join(LIB, module)))
    .filter(name => name !== '__esModule')
    .sort();
  fs.writeFileSync(
    path.join(LIB, file),
    `"use strict";\n0 && (module.exports = { ${names.join(', ')} });\nmodule.exports = require("${module}");\n`,
  );
}
