/**
 * What written expectations say after a change of the mesh: see written/README.md.
 */
import * as fs from 'fs';
import * as path from 'path';
import { parseAllDocuments } from 'yaml';
import { manifestOf } from './case-mesh';
import { readExpectations } from '../../src/evaluator/queries/expectations/expectations';
import { unmetExpectations } from '../../src/evaluator/queries/expectations/unmet';
import { writtenExpectations } from '../../src/evaluator/queries/expectations/written';
import { readMesh } from '../../src/evaluator/read/mesh';
import { MeshInput } from '../../src/manifests/input';
import { readMeshFile } from '../../src/manifests/mesh-input';

const FOLDER = path.join(__dirname, 'written');
const { input, problems: readingProblems } = readMeshFile(path.join(__dirname, 'expectations', 'mesh', 'mesh.yaml'));

const CASES = fs
  .readdirSync(FOLDER)
  .filter(name => name.endsWith('.yaml'))
  .sort()
  .flatMap(name => {
    const documents = parseAllDocuments(fs.readFileSync(path.join(FOLDER, name), 'utf8'));
    return (documents as Array<{ toJS(): any }>).map(document => ({ name, ...document.toJS() }));
  });

type Objects = { readonly [cluster: string]: readonly any[] };

function keyOf({ kind, metadata: { namespace, name } }: any): string {
  return [kind, ...(namespace ? [namespace] : []), name].join('/');
}

function changed(mesh: MeshInput, added: Objects = {}, removed: readonly string[] = [], values?: object): MeshInput {
  return {
    ...mesh,
    clusters: mesh.clusters.map(cluster => {
      const own = added[cluster.name] ?? [];
      const gone = new Set([...removed, ...own.map(keyOf)]);
      return {
        ...cluster,
        ...(values ? { values: { file: 'values.yaml', values, line: () => 1 } } : {}),
        manifests: [...cluster.manifests.filter(each => !gone.has(keyOf(each.object))), ...own.map(manifestOf)],
      };
    }),
  };
}

test('the mesh is read', () => expect(readingProblems).toEqual([]));

test.each(CASES)('$name: $why', ({ name: _, why, values, base, add, remove, problems, ...others }) => {
  expect([typeof why, others]).toEqual(['string', {}]);
  const before = changed(input, base, [], values);
  const file = writtenExpectations(readMesh(before));
  const { expectations, problems: faults } = readExpectations(file);
  expect(faults).toEqual([]);
  expect(unmetExpectations(readMesh(before), expectations)).toEqual([]);
  const got = unmetExpectations(readMesh(changed(before, add, remove)), expectations);
  expect(got.map(({ message }) => message)).toEqual(problems);
});
