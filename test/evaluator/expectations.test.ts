/**
 * What expectations say about endpoints of all kinds: see expectations/README.md.
 */
import * as fs from 'fs';
import * as path from 'path';
import { parseAllDocuments } from 'yaml';
import { readExpectations } from '../../src/evaluator/queries/expectations/expectations';
import { unmetExpectations } from '../../src/evaluator/queries/expectations/unmet';
import { readMesh } from '../../src/evaluator/read/mesh';
import { readMeshFile } from '../../src/manifests/mesh-input';

const FOLDER = path.join(__dirname, 'expectations');
const { input, problems } = readMeshFile(path.join(FOLDER, 'mesh', 'mesh.yaml'));
const mesh = readMesh(input);

const CASES = fs
  .readdirSync(FOLDER)
  .filter(name => name.endsWith('.yaml'))
  .sort()
  .flatMap(name => {
    const documents = parseAllDocuments(fs.readFileSync(path.join(FOLDER, name), 'utf8'));
    return (documents as Array<{ toJS(): any }>).map(document => ({ name, ...document.toJS() }));
  });

test('the mesh is read', () => expect(problems).toEqual([]));

test.each(CASES)('$name: $why', ({ name: _, why, expectations, problems: expected, ...others }) => {
  expect([typeof why, others]).toEqual(['string', {}]);
  const read = readExpectations({ apiVersion: 'cilium-mesh/v1', ...expectations });
  expect(read.problems).toEqual([]);
  const got = unmetExpectations(mesh, read.expectations);
  expect(got.map(({ code, path: place, message }) => ({ code, path: place, message }))).toEqual(expected);
  expect(got.filter(({ fix }) => fix === '')).toEqual([]);
});
