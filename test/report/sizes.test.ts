/** How large the file of a report is: without data, and of a mesh of 2,000 workloads. */
import { engineOf, pageInput } from './page-engine';
import { writeCiliumMesh } from '../../bench/meshes';
import { readMesh } from '../../src/evaluator/read/mesh';
import { readMeshFile } from '../../src/manifests/mesh-input';
import { compress, compressText } from '../../src/reports/page/compress';
import { packPage } from '../../src/reports/page/page';
import { buildReportPage, buildWorker } from '../../tools/report-page';
import { folderWith } from '../support/program';

jest.setTimeout(120_000);

test('the file has at most 1 MB without data, and 1.6 MB with 2,000 workloads', async () => {
  const { html: page } = await buildReportPage();
  const empty = page.length + compressText(await buildWorker()).length;
  expect(empty).toBeLessThan(1_000_000);
  const folder = folderWith({});
  writeCiliumMesh(folder, 2, 1000);
  const { input } = readMeshFile(`${folder}/mesh.yaml`);
  const mesh = readMesh(input);
  expect(mesh.workloads).toHaveLength(2000);
  const data = compress(packPage(pageInput({ input, mesh })));
  // the summary has at most so many rows of each part
  expect(empty + data.length).toBeLessThan(1_600_000 - SUMMARY);
  expect(data.length).toBeGreaterThan(10_000);
});

test('the page shows the first of many findings, and finds the others', () => {
  const folder = folderWith({});
  writeCiliumMesh(folder, 1, 400);
  const { input } = readMeshFile(`${folder}/mesh.yaml`);
  const engine = engineOf({ input, mesh: readMesh(input) });
  const all = engine.answer('findings', { side: 'new' });
  expect([all.findings.length, all.left]).toEqual([400, 0]);
  const some = engine.answer('findings', { side: 'new', most: 30 });
  expect([some.findings.length, some.left]).toEqual([30, 370]);
  expect(some.findings).toEqual(all.findings.slice(0, 30));
  expect(some.counts).toEqual(all.counts);
  const last = all.findings.at(-1)!;
  const found = engine.answer('findings', { side: 'new', text: `${last.object!.namespace}/${last.object!.name}`.toUpperCase(), most: 30 });
  expect(found.findings).toContainEqual(last);
  expect(found.findings.length).toBeLessThan(30);
});

/** A summary of 500 findings of 250 characters, and its tables. */
const SUMMARY = 250_000;
