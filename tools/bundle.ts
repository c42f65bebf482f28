/**
 * npx tsx tools/bundle.ts
 *
 * Bundles the compiled library, the evaluator and the program, each with the packages that it needs, so the published
 * package has no dependencies of its own. Also writes the licences of those packages.
 */
import * as fs from 'fs';
import * as path from 'path';
import { generateDtsBundle } from 'dts-bundle-generator';
import { build, BuildOptions, Metafile, Plugin } from 'esbuild';

const ROOT = path.join(__dirname, '..');
const LIB = path.join(ROOT, 'lib');

/** Large packages that most runs never load: files of their own, shared by the library and the program. */
const LAZY_PACKAGES = ['log-update', 're2js', 'xmlbuilder', 'yaml'];

/** Every module that ends up in the package, from its source to its file. */
const BUNDLES: ReadonlyArray<BuildOptions & { readonly outfile: string }> = [
  {
    // what jsii compiled: it knows the types of the classes at run time
    entryPoints: ['lib/src/index.js'],
    outfile: 'lib/library.js',
    platform: 'node',
    external: ['cdk8s', 'constructs'],
    // esbuild renames classes that refer to themselves, and people read the names of errors
    keepNames: true,
    plugins: [typedCrds(), verificationBundle(), validationBundle(), lazyPackages()],
  },
  {
    entryPoints: ['src/evaluator/index.ts'],
    outfile: 'lib/engine.js',
    platform: 'browser',
    format: 'cjs',
    minifyIdentifiers: true,
  },
  {
    entryPoints: ['src/constructs/intent/evaluator.ts'],
    outfile: 'lib/verification.js',
    platform: 'node',
    minifyIdentifiers: true,
    plugins: [lazyPackages()],
  },
  // without names of functions: a fifth of the program, and of the time to load it
  {
    entryPoints: ['src/cli/main.ts'],
    outfile: 'lib/cilium-mesh.js',
    platform: 'node',
    minifyIdentifiers: true,
    plugins: [lazyPackages()],
  },
  {
    // one file for both: most of it is the evaluator
    stdin: {
      contents: "export * from './src/testing'; export * from './src/validation/cdk8s-validation';",
      resolveDir: ROOT,
    },
    outfile: 'lib/testing.js',
    platform: 'node',
    minifyIdentifiers: true,
    plugins: [lazyPackages()],
  },
  ...LAZY_PACKAGES.map(name => ({
    stdin: { contents: `module.exports = require('${name}');`, resolveDir: ROOT },
    outfile: `lib/packages/${name}.js`,
    platform: 'node' as const,
    minifyIdentifiers: true,
  })),
];

/** Bundles that others import, by an entry of their own; the program is run. */
const MODULES = [
  { bundle: 'lib/library.js', entry: 'lib/index.js' },
  { bundle: 'lib/engine.js', entry: 'lib/evaluator.js' },
];

const TYPES = [
  { source: 'src/evaluator/index.ts', file: 'lib/evaluator.d.ts' },
  { source: 'src/testing/index.ts', file: 'lib/testing.d.ts' },
];

/** The entries for runners of tests, which are in the package as they are here. */
const ENTRIES = path.join(ROOT, 'packaging');

async function main(): Promise<void> {
  const results = await Promise.all(
    BUNDLES.map(options =>
      build({
        bundle: true,
        target: 'node20',
        minifyWhitespace: true,
        minifySyntax: true,
        metafile: true,
        legalComments: 'none',
        logLevel: 'warning',
        absWorkingDir: ROOT,
        ...options,
      }),
    ),
  );
  MODULES.forEach(writeEntry);
  // their types in one file each too: those of bundled packages are in it
  const types = generateDtsBundle(
    TYPES.map(({ source }) => ({
      filePath: path.join(ROOT, source),
      libraries: { inlinedLibraries: ['valibot'] },
      output: { noBanner: true },
    })),
    { preferredConfigPath: path.join(ROOT, 'tsconfig.json') },
  );
  TYPES.forEach(({ file }, index) => fs.writeFileSync(path.join(ROOT, file), types[index]));
  for (const file of fs.readdirSync(ENTRIES)) {
    fs.copyFileSync(path.join(ENTRIES, file), path.join(LIB, file));
  }
  fs.writeFileSync(path.join(LIB, 'THIRD_PARTY_LICENSES.txt'), licences(results.map(({ metafile }) => metafile!)));
}

/**
 * The file that others import: it names the exports where Node.js looks for them, so ES modules can import them by
 * name. The quick scanner of Node.js (cjs-module-lexer) does not find them in a bundle.
 */
function writeEntry({ bundle, entry }: (typeof MODULES)[number]): void {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the file was written a moment ago
  const names = Object.keys(require(path.join(ROOT, bundle)))
    .filter(name => name !== '__esModule')
    .sort();
  const module = `./${path.basename(bundle)}`;
  fs.writeFileSync(
    path.join(ROOT, entry),
    `"use strict";\n0 && (module.exports = { ${names.join(', ')} });\nmodule.exports = require("${module}");\n`,
  );
}

/** The typed CRDs are large, so they stay files of their own beside the bundle. */
function typedCrds(): Plugin {
  return {
    name: 'typed-crds',
    setup: ({ onResolve }) =>
      onResolve({ filter: /\/imports\/[^/]+$/ }, ({ path: module }) => ({
        path: `./imports/${path.basename(module)}`,
        external: true,
      })),
  };
}

/** The part of the evaluator that verifies what constructs write: most programs load no more than that. */
function verificationBundle(): Plugin {
  return {
    name: 'verification',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\.\/evaluator$/ }, () => ({ path: './verification.js', external: true })),
  };
}

/** The validation of cdk8s-cli is in another bundle, which holds the evaluator. */
function validationBundle(): Plugin {
  return {
    name: 'validation',
    setup: ({ onResolve }) =>
      onResolve({ filter: /\/cdk8s-validation$/ }, () => ({ path: './testing.js', external: true })),
  };
}

function lazyPackages(): Plugin {
  return {
    name: 'lazy-packages',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^[^./]/ }, ({ path: name }) =>
        LAZY_PACKAGES.includes(name) ? { path: `./packages/${name}.js`, external: true } : undefined,
      ),
  };
}

/** The licence of every bundled package, in the order of their names. */
function licences(metafiles: readonly Metafile[]): string {
  const packages = new Set(
    metafiles
      .flatMap(({ inputs }) => Object.keys(inputs))
      .flatMap(file => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []),
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

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
