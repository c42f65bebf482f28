/**
 * npx tsx tools/bundle.ts
 *
 * Bundles the library, the evaluator and the program with the packages that they need, so the published package has no
 * dependencies of its own. Also writes their types, the page of reports, and the licences and SBOM of those packages.
 */
import * as fs from 'fs';
import * as path from 'path';
import { orderAssembly } from './bundle/assembly';
import { bundleDeclarations, deleteUnusedDeclarations, stripInternalDeclarations } from './bundle/declarations';
import { importedPackages } from './bundle/imported-packages';
import { licences } from './bundle/licences';
import { bundleModules, LIB, ROOT } from './bundle/modules';
import { bundledPackages } from './bundle/packages';
import { requireComponents, sbom } from './bundle/sbom';
import { buildReportPage } from './report-page';

/** The entries for runners of tests, which are in the package as they are here. */
const ENTRIES = path.join(ROOT, 'packaging');

async function main(): Promise<void> {
  const bundled = await bundleModules();
  bundleDeclarations();
  stripInternalDeclarations();
  deleteUnusedDeclarations();
  orderAssembly();
  for (const file of fs.readdirSync(ENTRIES)) {
    fs.copyFileSync(path.join(ENTRIES, file), path.join(LIB, file));
  }
  // the page of `cilium-mesh report`, to which the program adds the evaluator
  const { html, inputs } = await buildReportPage();
  fs.writeFileSync(path.join(LIB, 'report.html'), html);
  const packages = bundledPackages([...Object.keys(bundled.inputs), ...inputs]);
  fs.writeFileSync(path.join(LIB, 'THIRD_PARTY_LICENSES.txt'), licences(packages));
  const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const components = sbom(manifest, packages);
  requireComponents(components, await importedPackages());
  fs.writeFileSync(path.join(LIB, 'sbom.cdx.json'), components);
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
