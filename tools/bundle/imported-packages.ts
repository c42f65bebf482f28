import * as fs from 'fs';
import { builtinModules } from 'module';
import * as path from 'path';
import { build } from 'esbuild';
import { ROOT } from './modules';

/** The folders whose sources are in the package. */
const SOURCES = ['src', 'report/ui', 'report/engine'];

/** The innermost package of a file. */
const PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/;

/** An import, an export or `require` of another package; imports of types are none. */
const IMPORT = /^(?:(?:import|export) (?!type )[^;']*?from |import |.*\brequire\()'([^.'][^']*)'/gm;

/** Packages that users install beside ours. */
const PEERS = ['cdk8s', 'constructs'];

/**
 * The packages that our sources import, and those that these import. It looks at every source, whatever the bundles
 * are made of, so it finds what the list of a bundle lacks.
 */
export async function importedPackages(): Promise<Set<string>> {
  const names = [...directImports()];
  const { metafile } = await build({
    absWorkingDir: ROOT,
    stdin: { contents: names.map(name => `import ${JSON.stringify(name)};`).join('\n'), resolveDir: ROOT },
    bundle: true,
    platform: 'node',
    external: [...PEERS, 'cdk8s-cilium-mesh/*'],
    // what a package does not need on load counts too
    treeShaking: false,
    write: false,
    metafile: true,
    outdir: ROOT,
    logLevel: 'error',
  });
  return new Set(Object.keys(metafile.inputs).flatMap(file => PACKAGE.exec(file)?.[1] ?? []));
}

/** What stands behind `from` and in `require`, without types, files of ours and modules of Node.js. */
function directImports(): Set<string> {
  const files = SOURCES.flatMap(folder =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter(file => /\.tsx?$/.test(file))
      .map(file => path.join(ROOT, folder, file)),
  );
  const imports = files.flatMap(file =>
    [...fs.readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, name]) => name),
  );
  const others = new Set([...builtinModules, ...PEERS]);
  return new Set(imports.filter(name => !name.startsWith('node:') && !others.has(name.split('/')[0])));
}
