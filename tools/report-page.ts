/**
 * npx tsx tools/report-page.ts
 *
 * Bundles the page of a report into lib/report.html: a file to which `report` adds only a title, a summary and data.
 */
import * as fs from 'fs';
import * as path from 'path';
import { build, BuildOptions } from 'esbuild';
import { compressText } from '../src/reports/page/compress';
import { pageTemplate } from '../src/reports/page/template';

const ROOT = path.join(__dirname, '..');

/** Browsers of 2023 and later: Safari since 16.4 knows all of the regular expressions. */
const OPTIONS: BuildOptions = {
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'iife',
  target: ['chrome109', 'firefox115', 'safari16.4'],
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
}> {
  const [engine, page, style] = await Promise.all([
    build({
      ...OPTIONS,
      entryPoints: ['report/engine/worker.ts'],
      alias: { 'node:crypto': path.join(ROOT, 'report/engine/node-crypto.ts') },
    }),
    build({ ...OPTIONS, entryPoints: ['report/ui/main.tsx'], jsx: 'automatic', jsxImportSource: 'preact' }),
    build({ ...OPTIONS, entryPoints: ['report/ui/style.css'] }),
  ]);
  const [engineText, script, css] = [engine, page, style].map(({ outputFiles }) => outputFiles![0].text);
  const packed = compressText(engineText);
  const html = await pageTemplate({ engine: packed, script, style: css });
  return { html, sizes: { 'engine': engineText.length, 'packed engine': packed.length, 'page': script.length, 'style': css.length } };
}

async function main(): Promise<void> {
  const { html, sizes } = await buildReportPage();
  fs.mkdirSync(path.join(ROOT, 'lib'), { recursive: true });
  fs.writeFileSync(path.join(ROOT, 'lib', 'report.html'), html);
  console.log(`lib/report.html: ${html.length} bytes (${Object.entries(sizes).map(each => each.join(' ')).join(', ')})`);
}

if (require.main === module) {
  main().catch(error => {
    console.error(error);
    process.exitCode = 1;
  });
}
