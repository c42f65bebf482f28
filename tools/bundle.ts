/**
 * npx tsx tools/bundle.ts
 *
 * Bundles the library, the evaluator and the program with the packages that they need, so the published package has no
 * dependencies of its own. Also writes their types, the page of reports, and the licences of those packages.
 */
import * as fs from 'fs';
import * as path from 'path';
import { bundleDeclarations, deleteUnusedDeclarations } from './bundle/declarations';
import { licences } from './bundle/licences';
import { bundleModules, LIB, ROOT } from './bundle/modules';
import { buildReportPage } from './report-page';

/** The entries for runners of tests, which are in the package as they are here. */
const ENTRIES = path.join(ROOT, 'packaging');

async function main(): Promise<void> {
  const bundled = await bundleModules();
  bundleDeclarations();
  deleteUnusedDeclarations();
  for (const file of fs.readdirSync(ENTRIES)) {
    fs.copyFileSync(path.join(ENTRIES, file), path.join(LIB, file));
  }
  // the page of `cilium-mesh report`: the evaluator for browsers and the page, in one file
  const { html, inputs } = await buildReportPage();
  fs.writeFileSync(path.join(LIB, 'report.html'), html);
  fs.writeFileSync(path.join(LIB, 'THIRD_PARTY_LICENSES.txt'), licences([...Object.keys(bundled.inputs), ...inputs]));
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
