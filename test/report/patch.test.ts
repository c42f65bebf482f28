/** Patches of the page: git applies each, and the file then has the documents that were supposed. */
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { engineOf } from './page-engine';
import { readMesh } from '../../src/evaluator/read/mesh';
import { readManifests } from '../../src/manifests/documents';
import { readMeshFile } from '../../src/manifests/mesh-input';
import { folderWith } from '../support/program';

const policy = (name: string, port: number) => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: ${name}, namespace: shop}
spec:
  endpointSelector: {}
  ingress:
  - toPorts: [{ports: [{port: "${port}"}]}]
`;

const NAMES = ['one', 'two', 'three'];
const CHANGES = ['keep', 'edit', 'delete'] as const;
const COMBINATIONS = CHANGES.flatMap(one => CHANGES.flatMap(two => CHANGES.map(three => [one, two, three] as const)));

test.each([
  ['no separator first', ''],
  ['a separator first', '---\n'],
  ['a comment at separators', '--- # first\n'],
])('%s', (_, head) => {
  const separator = head.includes('#') ? '--- # next\n' : '---\n';
  const text = head + NAMES.map(name => policy(name, 80)).join(separator);
  const folder = folderWith({
    'mesh.yaml': 'apiVersion: cilium-mesh/v1\nclusters: [{name: paris, id: 1, manifests: [all.yaml]}]\n',
    'all.yaml': text,
  });
  const file = path.join(folder, 'all.yaml');
  execFileSync('git', ['init', '-q'], { cwd: folder });
  const home = process.cwd();
  process.chdir(folder);
  try {
    const { input } = readMeshFile('mesh.yaml');
    const engine = engineOf({ input, mesh: readMesh(input) });
    const id = (name: string) => `CiliumNetworkPolicy/shop/${name}@paris`;
    for (const changes of COMBINATIONS.filter(each => each.some(change => change !== 'keep'))) {
      const named = (wanted: string) => NAMES.filter((__, index) => changes[index] === wanted);
      engine.answer('suppose', {
        edited: Object.fromEntries(named('edit').map(name => [id(name), policy(name, 4711)])),
        deleted: named('delete').map(id),
      });
      const patch = engine.answer('patch', {}).text;
      execFileSync('git', ['apply', '-'], { cwd: folder, input: patch });
      const after = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
      const { manifests, problems, notes } = readManifests(after, 'all.yaml');
      expect({ changes, problems, notes, ports: manifests.map(each => portOf(each.object)) }).toEqual({
        changes,
        problems: [],
        notes: [],
        ports: NAMES.flatMap((name, index) =>
          changes[index] === 'delete' ? [] : [`${name} ${changes[index] === 'edit' ? 4711 : 80}`],
        ),
      });
      fs.writeFileSync(file, text);
    }
  } finally {
    process.chdir(home);
  }
});

function portOf({ metadata, spec }: any): string {
  return `${metadata.name} ${spec.ingress[0].toPorts[0].ports[0].port}`;
}
