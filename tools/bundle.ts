/**
 * npx tsx tools/bundle.ts
 *
 * Bundles the compiled library, the evaluator and the program, each with the packages that it needs, so the published package has no
 * dependencies of its own. Also writes the licences of those packages.
 */
import * as fs from 'fs';
import * as path from 'path';
import { build, BuildOptions, Metafile, Plugin } from 'esbuild';

const ROOT = path.join(__dirname, '..');
const LIB = path.join(ROOT, 'lib');

/** Every module that ends up in the package, from its source to its file. */
const BUNDLES: ReadonlyArray<BuildOptions & { readonly outfile: string }> = [
  {
    // what jsii compiled: it knows the types of the classes at run time
    entryPoints: ['lib/src/index.js'], outfile: 'lib/index.js', platform: 'node', external: ['cdk8s', 'constructs'], plugins: [typedCrds()],
  },
  { entryPoints: ['src/evaluator/index.ts'], outfile: 'lib/evaluator.js', platform: 'browser', format: 'cjs' },
  // without names of functions: a fifth of the program, and of the time to load it
  { entryPoints: ['src/cli/main.ts'], outfile: 'lib/cilium-mesh.js', platform: 'node', minifyIdentifiers: true },
];

async function main(): Promise<void> {
  const entries = BUNDLES.filter(({ entryPoints }) => fs.existsSync(path.join(ROOT, (entryPoints as string[])[0])));
  const results = await Promise.all(entries.map(options => build({
    bundle: true, target: 'node20', minifyWhitespace: true, minifySyntax: true, metafile: true, logLevel: 'warning', absWorkingDir: ROOT, ...options,
  })));
  fs.writeFileSync(path.join(LIB, 'THIRD_PARTY_LICENSES.txt'), licences(results.map(({ metafile }) => metafile!)));
}

/** The typed CRDs are large, so they stay files of their own beside the bundle. */
function typedCrds(): Plugin {
  return {
    name: 'typed-crds',
    setup: ({ onResolve }) => onResolve({ filter: /\/imports\/[^/]+$/ }, ({ path: module }) => ({ path: `./imports/${path.basename(module)}`, external: true })),
  };
}

/** The licence of every bundled package, in the order of their names. */
function licences(metafiles: readonly Metafile[]): string {
  const packages = new Set(metafiles.flatMap(({ inputs }) => Object.keys(inputs)).flatMap(file => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []));
  return [...packages].sort().map(folder => {
    const { name, version, license } = JSON.parse(fs.readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8'));
    const file = fs.readdirSync(path.join(ROOT, folder)).sort().find(each => /^licen[cs]e/i.test(each));
    if (file === undefined) {
      throw new Error(`${name} has no licence file, so it cannot be bundled`);
    }
    return `${name} ${version} (${license})\n\n${fs.readFileSync(path.join(ROOT, folder, file), 'utf8').trim()}\n`;
  }).join(`\n${'-'.repeat(80)}\n\n`);
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
