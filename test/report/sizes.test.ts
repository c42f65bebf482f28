/** How large the file of a report is: without data, and of a mesh of 2,000 workloads. */
import { pageInput } from './page-engine';
import { writeCiliumMesh } from '../../bench/meshes';
import { readMesh } from '../../src/evaluator/read/mesh';
import { readMeshFile } from '../../src/manifests/mesh-input';
import { compress } from '../../src/reports/page/compress';
import { packPage } from '../../src/reports/page/page';
import { buildReportPage } from '../../tools/report-page';
import { folderWith } from '../support/program';

jest.setTimeout(120_000);

test('the file has at most 1 MB without data, and 1.6 MB with 2,000 workloads', async () => {
  const { html } = await buildReportPage();
  expect(html.length).toBeLessThan(1_000_000);
  const folder = folderWith({});
  writeCiliumMesh(folder, 2, 1000);
  const { input } = readMeshFile(`${folder}/mesh.yaml`);
  const mesh = readMesh(input);
  expect(mesh.workloads).toHaveLength(2000);
  const data = compress(packPage(pageInput({ input, mesh })));
  // the summary has at most so many rows of each part
  expect(html.length + data.length).toBeLessThan(1_600_000 - SUMMARY);
  expect(data.length).toBeGreaterThan(10_000);
});

/** A summary of 500 findings of 250 characters, and its tables. */
const SUMMARY = 250_000;
