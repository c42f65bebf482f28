/**
 * What is supposed in the page of a report is what the program says once the same is written: the page's patch is
 * applied to the files, a file is added, Helm values and versions change. Lines move, so they are not compared.
 */
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { engineOf } from './page-engine';
import { Engine } from '../../report/engine/engine';
import { Suppositions } from '../../report/protocol';
import { withPatch } from '../../src/cilium/minor-version';
import { CiliumVersion } from '../../src/cilium/version';
import { ConnectionMatrix } from '../../src/evaluator/queries/connection-matrix';
import { EvaluatedMesh, readMesh } from '../../src/evaluator/read/mesh';
import { ServiceName, serviceNames } from '../../src/evaluator/services/service-name';
import { judgeMesh } from '../../src/findings/judge-mesh';
import { countedFindings } from '../../src/findings/judgement';
import { MeshInput } from '../../src/manifests/input';
import { readMeshFile } from '../../src/manifests/mesh-input';
import { clientView, serviceJson } from '../../src/reports/backends';
import { findingJson } from '../../src/reports/check';
import { cellJson } from '../../src/reports/connection-matrix';
import { synth } from '../support/examples';
import { folderWith } from '../support/program';

// whole programs are synthesized
jest.setTimeout(120_000);

const home = process.cwd();
afterEach(() => process.chdir(home));

/** Without lines, columns and what is made from them. */
function withoutLines(value: unknown): any {
  return JSON.parse(JSON.stringify(value), (key, each) =>
    /^(line|endLine|column|fingerprint)$/.test(key) ? undefined : typeof each === 'string' ? each.replace(/:\d+/g, ':') : each,
  );
}

/** What the page says of what is supposed. */
function supposed(engine: Engine, suppositions: Suppositions) {
  expect(engine.answer('suppose', suppositions).unused).toEqual([]);
  const side = 'supposed' as const;
  const { endpoints } = engine.answer('endpoints', {});
  const ids = endpoints.filter(({ kind }) => kind === 'workload').map(({ id }) => id);
  const { cells } = engine.answer('connections', { side, from: ids, to: ids, most: 100_000 });
  const services = engine.answer('services', { side }).map(({ id }) => id);
  return withoutLines({
    connections: cells.map(({ from, to, text, ...cell }) => cell),
    services: services.map(id => (engine.answer('service', { side, id }) as { service: unknown }).service),
    findings: sorted(engine.answer('findings', { side }).findings.map(({ policy, isNew, ...finding }) => finding)),
  });
}

/** What the program says of files. */
function written(input: MeshInput, mesh: EvaluatedMesh, version?: CiliumVersion) {
  const clusters = mesh.clusters.map(({ name }) => name).sort();
  const service = (name: ServiceName) =>
    serviceJson({
      service: name,
      clients: clusters.map(cluster => clientView(mesh, name, cluster)),
    });
  const judgement = judgeMesh(mesh, input, { configuration: {}, folder: '.', version });
  return withoutLines({
    connections: [...(ConnectionMatrix.of(mesh, {}) as ConnectionMatrix).cells()].map(cellJson),
    services: serviceNames(mesh).map(service),
    findings: sorted(countedFindings(judgement).map(findingJson)),
  });
}

/** Findings are in the order of lines. */
function sorted(findings: readonly object[]): readonly object[] {
  const key = (finding: object) => JSON.stringify(withoutLines(finding));
  return [...findings].sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

function read(): { input: MeshInput; mesh: EvaluatedMesh } {
  const { input, problems } = readMeshFile('mesh/mesh.yaml');
  expect(problems).toEqual([]);
  return { input, mesh: readMesh(input) };
}

/** The files of an example in a folder, which becomes the working directory, and the engine of its page. */
function open(example: string): { engine: Engine; input: MeshInput; mesh: EvaluatedMesh; restore(): void } {
  const files = synth(example);
  const folder = folderWith(files);
  process.chdir(folder);
  execFileSync('git', ['init', '-q']);
  const current = read();
  return {
    ...current,
    engine: engineOf(current),
    restore: () => Object.entries(files).forEach(([file, text]) => fs.writeFileSync(path.join(folder, file), text)),
  };
}

const EXAMPLES = ['production', 'isovalent-lab'];

test.each(EXAMPLES)('%s: policies that are deleted or edited, by their patch', example => {
  const { engine, restore } = open(example);
  const rows = engine.answer('policies', { side: 'new' }).filter(({ kind }) => kind !== 'CiliumCIDRGroup');
  let count = 0;
  for (const { id } of rows.filter((_, index) => index % Math.ceil(rows.length / 8) === 0)) {
    const answer = engine.answer('policy', { side: 'new', id });
    const text = 'text' in answer && answer.patchable ? answer.text : '';
    // another port, else no default deny, else other pods
    const edited = [
      text.replace(/port: "?\d+"?/, 'port: "4711"'),
      text.replace(/(egress|ingress): true/, '$1: false'),
      text.replace(/operator: NotIn/, 'operator: In'),
    ].find(each => each !== text);
    const edits = edited === undefined ? [] : [{ edited: { [id]: edited } }];
    for (const suppositions of [{ deleted: [id] }, ...edits]) {
      const page = supposed(engine, suppositions);
      fs.writeFileSync('mend.patch', engine.answer('patch', {}).text);
      execFileSync('git', ['apply', 'mend.patch']);
      const { input, mesh } = read();
      expect(page).toEqual(written(input, mesh));
      restore();
      count++;
    }
  }
  expect(count).toBeGreaterThan(8);
});

test.each(EXAMPLES)('%s: a policy that is added', example => {
  const { engine, input } = open(example);
  const { name, manifests } = input.clusters[0];
  const { namespace } = manifests.find(({ object }) => object.metadata?.namespace !== undefined)!.object.metadata;
  const text =
    `apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: closed, namespace: ${namespace}}\n` +
    'spec: {endpointSelector: {}, ingress: [{}], egress: [{}]}\n';
  const page = supposed(engine, { added: [{ cluster: name, text }] });
  fs.appendFileSync(manifests[0].file, `---\n${text}`);
  const after = read();
  // the page has no file for it
  const place = (value: unknown) =>
    JSON.parse(JSON.stringify(value), (key, each) => (key === 'file' || key === 'path' ? undefined : each));
  expect(place(page)).toEqual(place(written(after.input, after.mesh)));
});

test.each(EXAMPLES)('%s: other versions of Cilium', example => {
  const { engine, input } = open(example);
  for (const version of ['1.16', '1.18', '1.20']) {
    const parsed = CiliumVersion.parse(withPatch(version));
    expect(supposed(engine, { version })).toEqual(written(input, readMesh(input, { version: parsed }), parsed));
  }
});

test.each(EXAMPLES)('%s: workloads without pods', example => {
  const { engine, input, mesh } = open(example);
  const [cluster] = mesh.clusters;
  const gone = mesh.workloads.filter(each => each.cluster === cluster.name);
  const replicas = new Map(gone.map(({ namespace, name }) => [`${cluster.name}/${namespace}/${name}`, 0]));
  expect(supposed(engine, { gone: [cluster.name] })).toEqual(written(input, readMesh(input, { replicas })));
});

test('production: a Helm value', () => {
  const { engine, input } = open('production');
  const [{ name, values }] = input.clusters;
  const page = supposed(engine, { settings: [{ cluster: name, path: 'policyEnforcementMode', value: 'always' }] });
  fs.appendFileSync(values!.file, '\npolicyEnforcementMode: always\n');
  const after = read();
  expect(page).toEqual(written(after.input, after.mesh));
});
