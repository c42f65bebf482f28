/** Arguments, files and statuses of `cilium-mesh suggest`; test/reports/cases/suggest* has its output. */
import * as fs from 'fs';
import * as path from 'path';
import { gzipSync } from 'zlib';
import { temporaryFolder } from '../support/mesh';
import { program } from '../support/program';

const MESH = path.join(__dirname, '..', 'reports', 'mesh');
const RECORDING = path.join(MESH, 'recording.jsonl');
const FIXED = path.join(MESH, 'fixed.yaml');

const suggest = (...args: string[]) => program('suggest', RECORDING, FIXED, ...args);

/** A recording whose flows all have their ends in the manifests. */
function knownFlows(): string {
  const file = path.join(temporaryFolder(), 'flows.jsonl');
  const lines = fs.readFileSync(RECORDING, 'utf8').split('\n');
  fs.writeFileSync(file, lines.filter(line => !/berlin|"till/.test(line)).join('\n'));
  return file;
}

test.each<[string, string[], string]>([
  ['an unknown form', ['--as', 'helm'], '--as must be constructs or yaml, got "helm"'],
  ['an unknown namespace', ['--namespace', 'shopp'], 'the mesh has no namespace with pods "shopp" (did you mean "shop"?)'],
  ['an unknown cluster', ['--in-cluster', 'pariss'], 'the mesh has no cluster "pariss" (did you mean "paris"?)'],
  ['an unknown workload', ['--workload', 'shop/nobody'], '"shop/nobody" selects no workload'],
  ['no workload at all', ['--workload', 'shop/shop', '--in-cluster', 'lyon'], 'no workload is chosen'],
  ['a folder without policies', ['--extend', MESH], 'contains no policies of'],
  ['an unknown format', ['--format', 'sarif'], '--format must be text, json, markdown or csv, got "sarif"'],
])('%s is refused', async (_, args, message) => {
  const folder = temporaryFolder();
  const refused = message === 'contains no policies of' ? ['--extend', folder] : args;
  const { status, err, out } = await suggest(...refused);
  expect({ status, out }).toEqual({ status: 2, out: '' });
  expect(err).toContain(message);
});

test('files are written all or none, and none is replaced', async () => {
  const folder = path.join(temporaryFolder(), 'policies');
  const { status, out } = await suggest('--as', 'yaml', '--output', folder);
  expect(status).toBe(1);
  expect(out).toContain(`written: ${path.join(folder, 'lyon.yaml')}, ${path.join(folder, 'paris.yaml')}`);
  expect(fs.readdirSync(folder)).toEqual(['lyon.yaml', 'paris.yaml']);
  fs.rmSync(path.join(folder, 'lyon.yaml'));
  fs.appendFileSync(path.join(folder, 'paris.yaml'), '# mine\n');
  const mine = fs.readFileSync(path.join(folder, 'paris.yaml'), 'utf8');
  const again = await suggest('--as', 'yaml', '--output', folder);
  expect(again.status).toBe(2);
  expect(again.err).toContain('paris.yaml exists already');
  expect(fs.readdirSync(folder)).toEqual(['paris.yaml']);
  expect(fs.readFileSync(path.join(folder, 'paris.yaml'), 'utf8')).toBe(mine);
});

test('what only its source was recorded of is to be reviewed', async () => {
  const proof = path.join(__dirname, '..', 'observed', 'doubts', 'proof');
  const lines = fs.readFileSync(path.join(proof, 'flows.jsonl'), 'utf8').split('\n');
  const reviewOf = async (port: number) => {
    const file = path.join(temporaryFolder(), 'flows.jsonl');
    fs.writeFileSync(file, lines.filter(line => line.includes(`"destination_port":${port}`)).join('\n'));
    const { out } = await program('suggest', file, path.join(proof, 'mesh.yaml'), '--format', 'json');
    return JSON.parse(out).statements.map(({ ports, review }: any) => [ports[0].first, review.includes('unrecorded')]);
  };
  // dropped first, then allowed at the destination; allowed at the source alone; dropped without a reason
  expect(await reviewOf(9001)).toEqual([[9001, false]]);
  expect(await reviewOf(9003)).toEqual([[9003, true]]);
  expect(await reviewOf(9008)).toEqual([]);
});

test('a file is no folder to write into', async () => {
  const file = path.join(temporaryFolder(), 'policies.ts');
  fs.writeFileSync(file, '// mine\n');
  expect(await suggest('--output', file)).toMatchObject({
    status: 2,
    err: `"${file}" must be a folder, and is a file\n    fix: name a folder with --output; nothing was written\n`,
  });
  expect(fs.readFileSync(file, 'utf8')).toBe('// mine\n');
});

test('a recording that ends too early writes nothing', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'flows.jsonl.gz');
  const whole = gzipSync(fs.readFileSync(RECORDING));
  fs.writeFileSync(file, whole.subarray(0, whole.length - 200));
  const { status } = await program('suggest', file, FIXED, '--output', path.join(folder, 'out'));
  expect(status).toBe(2);
  expect(fs.existsSync(path.join(folder, 'out'))).toBe(false);
});

test('a later recording extends what an earlier one suggested', async () => {
  const flows = knownFlows();
  const [first, second] = ['first', 'second'].map(name => path.join(temporaryFolder(), name));
  const early = path.join(path.dirname(flows), 'early.jsonl');
  fs.writeFileSync(early, fs.readFileSync(flows, 'utf8').split('\n').filter(line => !line.includes('7070')).join('\n'));
  expect((await program('suggest', early, FIXED, '--as', 'yaml', '--output', first)).status).toBe(0);
  const { status, out } = await program(
    ...['suggest', flows, FIXED, '--extend', first, '--as', 'yaml', '--output', second, '--format', 'json'],
  );
  expect(status).toBe(0);
  const { statements, defaultDenies } = JSON.parse(out);
  expect(defaultDenies).toEqual([]);
  expect(statements.map(({ ports }: any) => ports)).toEqual([[{ protocol: 'TCP', first: 7070, last: 7070 }]]);
  // names differ from those of the first run
  const namesIn = (folder: string) =>
    fs.readdirSync(folder).flatMap(file => [...fs.readFileSync(path.join(folder, file), 'utf8').matchAll(/^ {2}name: (.*)$/gm)]
      .map(([, name]) => `${file} ${name}`));
  expect(namesIn(second).filter(name => namesIn(first).includes(name))).toEqual([]);
  for (const name of fs.readdirSync(second)) {
    fs.appendFileSync(path.join(first, name), fs.readFileSync(path.join(second, name)));
  }
  const rest = await program('suggest', flows, FIXED, '--extend', first, '--quiet');
  expect(rest.status).toBe(0);
  expect(rest.out).toContain('nothing to add: 0 statements and 0 default denies');
});

test('flows of which only requests were recorded were let through, and not all drops are by policy', async () => {
  const folder = temporaryFolder();
  const mesh = path.join(__dirname, '..', 'observed', 'doubts', 'requests-only');
  const allowing = path.join(folder, 'mesh.yaml');
  const flows = path.join(folder, 'flows.jsonl');
  for (const file of ['mesh.yaml', 'paris.yaml']) {
    // without its policy, the mesh has none
    fs.writeFileSync(
      path.join(folder, file),
      fs.readFileSync(path.join(mesh, file), 'utf8').replace(/---\napiVersion: cilium.io[^]*$/, ''),
    );
  }
  const recorded = fs.readFileSync(path.join(mesh, 'flows.jsonl'), 'utf8').trim().split('\n');
  const ofPort = (port: number) => recorded.filter(line => line.includes(`"destination_port":${port}`));
  const [drop] = ofPort(8091).filter(line => line.includes('POLICY_DENIED'));
  const lines = [...ofPort(8088), drop, drop.replace('8091', '8093').replace('POLICY_DENIED', 'CT_MAP_INSERTION_FAILED')];
  fs.writeFileSync(flows, lines.join('\n'));
  const { status, out } = await program('suggest', flows, allowing, '--as', 'yaml', '--format', 'json');
  const { statements, summary } = JSON.parse(out);
  expect(status).toBe(0);
  expect(statements.map(({ ports, records }: any) => ({ ports, records }))).toEqual([
    { ports: [{ protocol: 'TCP', first: 8088, last: 8088 }], records: 4 },
  ]);
  expect(summary).toMatchObject({ seen: 1, alreadyAllowed: 0, notAllowed: 0, denied: 1, failed: 1, onlyAudited: 0 });
  const text = await program('suggest', flows, allowing, '--as', 'yaml');
  expect(text.out).toContain('0 not allowed; 1 denied, 1 dropped for other reasons\n');
}, 30_000);

test('for single workloads only these are denied the rest', async () => {
  const { out } = await suggest('--workload', 'shop/prices', '--format', 'json');
  const { defaultDenies, summary } = JSON.parse(out);
  expect(summary.workloads).toBe(1);
  expect(defaultDenies).toEqual([
    {
      name: 'default-deny-shop-prices',
      namespace: 'shop',
      clusters: ['lyon'],
      pods: { text: 'shop/prices', namespace: 'shop', labels: { app: 'prices' } },
      dns: true,
      onlyDns: false,
    },
  ]);
});
