/**
 * In which namespaces what is not rendered can be: `extents.yaml` has a case on each side of every border. The page of
 * a report decides the same.
 */
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { parse } from 'yaml';
import { readMesh } from '../../src/evaluator/read/mesh';
import { unrenderedOf } from '../../src/evaluator/rules/shared/unrendered';
import { readClusterArguments } from '../../src/manifests/cluster-arguments';
import { MeshInput } from '../../src/manifests/input';
import { Packer } from '../../src/reports/page/pack';
import { PackedManifests, unpackMesh } from '../../src/reports/page/unpack';

interface ExtentCase {
  readonly name: string;
  readonly files: { readonly [path: string]: string };
  readonly links?: { readonly [path: string]: string };
  readonly read?: string;
  readonly namespaces: readonly string[] | 'anywhere';
}

const CASES: readonly ExtentCase[] = parse(fs.readFileSync(path.join(__dirname, 'extents.yaml'), 'utf8'));

test.each(CASES.map(each => [each.name, each] as const))('%s', (_, each) => {
  const input = inputOf(each);
  expect(namespacesOf(input)).toEqual(each.namespaces);
  const packer = new Packer();
  const packed = packer.mesh(input);
  expect(namespacesOf(unpackMesh(packed, new PackedManifests(packer.manifests)))).toEqual(each.namespaces);
});

function namespacesOf(input: MeshInput): readonly string[] | 'anywhere' {
  const { anywhere, namespaces } = unrenderedOf(readMesh(input).clusters[0]);
  return anywhere ? 'anywhere' : [...namespaces].sort();
}

function inputOf({ files, links = {}, read = '.' }: ExtentCase): MeshInput {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-'));
  try {
    for (const [file, text] of Object.entries(files)) {
      fs.mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      fs.writeFileSync(path.join(folder, file), text);
    }
    Object.entries(links).forEach(([link, target]) => fs.symlinkSync(target, path.join(folder, link)));
    const { input, problems } = readClusterArguments([{ name: 'paris', source: path.join(folder, read) }]);
    expect(problems).toEqual([]);
    return input;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
