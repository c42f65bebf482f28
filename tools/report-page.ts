/**
 * npx tsx tools/report-page.ts
 *
 * Writes what `report` needs in a checkout: the page, lib/report.html, and the script of its worker,
 * lib/code/report-engine-worker.js. The package has the modules of that script, which the program and the library load
 * too (tools/bundle.ts).
 */
import * as fs from 'fs';
import * as path from 'path';
import { build, BuildOptions } from 'esbuild';
import { BROWSER_MODULES, BROWSERS, CODE, LIB, ROOT, WORKER } from './bundle/modules';
import { pageTemplate } from '../src/reports/page/template';

const OPTIONS: BuildOptions = {
  bundle: true,
  minify: true,
  platform: 'browser',
  target: BROWSERS,
  legalComments: 'none',
  logLevel: 'warning',
  absWorkingDir: ROOT,
  write: false,
  metafile: true,
};

/** The page as a template, and the size of each of its parts in bytes. */
export async function buildReportPage(): Promise<{
  readonly html: string;
  readonly sizes: { readonly [part: string]: number };
  /** The files that are in it. */
  readonly inputs: readonly string[];
}> {
  const [page, style] = await Promise.all([
    build({
      ...OPTIONS,
      entryPoints: ['report/ui/main.tsx'],
      format: 'iife',
      jsx: 'automatic',
      jsxImportSource: 'preact',
    }),
    build({ ...OPTIONS, entryPoints: ['report/ui/style.css'] }),
  ]);
  const [script, css] = [page, style].map(({ outputFiles }) => outputFiles![0].text);
  return {
    html: await pageTemplate({ script, style: css }),
    sizes: { page: script.length, style: css.length },
    inputs: [page, style].flatMap(({ metafile }) => Object.keys(metafile!.inputs)),
  };
}

/** The script of the worker in one file. */
export async function buildWorker(): Promise<string> {
  const { outputFiles } = await build({ ...OPTIONS, entryPoints: [WORKER.source], format: 'iife', alias: BROWSER_MODULES });
  return outputFiles![0].text;
}

async function main(): Promise<void> {
  const { html, sizes } = await buildReportPage();
  fs.mkdirSync(CODE, { recursive: true });
  fs.writeFileSync(path.join(LIB, 'report.html'), html);
  fs.writeFileSync(path.join(CODE, WORKER.file), await buildWorker());
  console.log(`lib/report.html: ${html.length} bytes (${Object.entries(sizes).map(each => each.join(' ')).join(', ')})`);
}

if (require.main === module) {
  main().catch(error => {
    console.error(error);
    process.exitCode = 1;
  });
}
