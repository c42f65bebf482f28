/** Arguments, statuses and refusals of `cilium-mesh replay`; test/reports/cases/replay* has its output. */
import * as fs from 'fs';
import * as path from 'path';
import { gzipSync } from 'zlib';
import { createColors } from 'picocolors';
import { run } from '../../src/cli/program';
import { temporaryFolder } from '../support/mesh';

const MESH = path.join(__dirname, '..', 'reports', 'mesh');
const RECORDING = path.join(MESH, 'recording.jsonl');
const FIXED = path.join(MESH, 'fixed.yaml');

async function replay(...args: string[]) {
  let [out, err] = ['', ''];
  const status = await run(['replay', ...args], {
    out: text => void (out += text),
    err: text => void (err += text),
    colors: createColors(false),
  });
  return { status, out, err };
}

test('without a recording, or with two meshes, it names what to write', async () => {
  expect(await replay(FIXED)).toMatchObject({ status: 2, err: expect.stringContaining('name at least one recording') });
  const two = await replay(RECORDING, FIXED, path.join(MESH, 'mesh.yaml'));
  expect(two).toMatchObject({ status: 2, err: expect.stringContaining('name one mesh, got') });
  expect(await replay(RECORDING, FIXED, '--mesh', FIXED)).toMatchObject({
    status: 2,
    err: expect.stringContaining('already names the mesh: remove --mesh and --cluster'),
  });
});

test('a file without flows and a missing file are refused', async () => {
  expect(await replay(path.join(MESH, 'recording.json'), FIXED)).toMatchObject({
    status: 2,
    err: `${path.join(MESH, 'recording.json')}: file or folder not found\n    fix: name a file or folder with flows, or - for stdin\n`,
  });
  const file = path.join(temporaryFolder(), 'log.txt');
  fs.writeFileSync(file, 'level=info msg=started\n{"process_exec":{}}\n');
  expect((await replay(file, FIXED)).err).toContain(
    '1 file, 0 lines of invalid JSON, 1 of other text, 1 value of other programs',
  );
});

/** The records of the recording, each without some fields, as a field mask leaves them out. */
function masked(...fields: readonly string[]): string {
  const file = path.join(temporaryFolder(), 'flows.jsonl');
  const lines = fs.readFileSync(RECORDING, 'utf8').split('\n').filter(line => line.startsWith('{"flow":') && line.endsWith('}'));
  const flows = lines.map(line => JSON.parse(line).flow);
  flows.forEach(flow => fields.forEach(field => delete flow[field]));
  fs.writeFileSync(file, flows.map(flow => `${JSON.stringify({ flow })}\n`).join(''));
  return file;
}

test.each([
  ['l4', 'records without ends or ports: 20'],
  ['source', 'records without ends or ports: 20'],
  ['verdict', 'records without a verdict: 20'],
])('records without %s prove nothing', async (field, reason) => {
  expect(await replay(masked(field), FIXED)).toEqual({
    status: 2,
    out: '',
    err: [
      'none of 21 records says who connected to whom, so nothing can be judged',
      '    replies: 1',
      `    ${reason}`,
      '    fix: record source, destination, l4, verdict and event_type too, or without a field mask',
      '',
    ].join('\n'),
  });
});

test('a period without records proves nothing', async () => {
  expect(await replay(RECORDING, FIXED, '--since', '2027-01-01')).toEqual({
    status: 2,
    out: '',
    err: [
      'none of 21 records says who connected to whom, so nothing can be judged',
      '    records outside of the period: 21',
      '    fix: name a period that the recording covers with --since and --until',
      '',
    ].join('\n'),
  });
});

test('records that cannot be read are a doubt about rules without traffic', async () => {
  const file = masked('verdict');
  fs.appendFileSync(file, fs.readFileSync(RECORDING, 'utf8').split('\n')[0]);
  const { out } = await replay(file, FIXED);
  expect(out).toContain('unknown: records without a verdict (20): what they recorded is not judged');
});

test('records that cannot be read may have used a rule without traffic', async () => {
  const recorded = fs.readFileSync(path.join(MESH, 'requests.jsonl'), 'utf8');
  const file = path.join(temporaryFolder(), 'flows.jsonl');
  fs.writeFileSync(file, recorded + fs.readFileSync(masked('verdict'), 'utf8'));
  const { out } = await replay(file, path.join(MESH, 'requests.yaml'));
  expect(out).toMatch(/without traffic {2}1 of 3 rules[^]*20 records of other flows are not judged, and may have used them\./);
});

test('a recording of another mesh is refused at once', async () => {
  const file = path.join(temporaryFolder(), 'flows.jsonl');
  const text = fs.readFileSync(RECORDING, 'utf8').replace(/paris/g, 'madrid').replace(/lyon/g, 'sevilla');
  fs.writeFileSync(file, text);
  const { status, err } = await replay(file, FIXED);
  expect(status).toBe(2);
  expect(err).toContain('no recorded flow has an end in the manifests');
  expect(err).toContain('clusters of the mesh: paris, lyon');
});

test('a recording of which no flow has both ends in the manifests is refused', async () => {
  const file = path.join(temporaryFolder(), 'flows.jsonl');
  const [first] = fs.readFileSync(RECORDING, 'utf8').split('\n');
  fs.writeFileSync(file, first.replace('k8s:app=prices', 'k8s:app=stock').replace('prices-7dbb8cdfdb', 'stock-7dbb8cdfdb'));
  expect(await replay(file, FIXED)).toEqual({
    status: 2,
    out: '',
    err: [
      'no recorded flow has both ends in the manifests, so nothing can be judged',
      '    clusters of the mesh: paris, lyon',
      '    ends that are not in the manifests: shop/stock-7dbb8cdfdb-5bsf5@lyon',
      '    fix: name the mesh that was recorded; if the records do not name clusters, write NAME=PATH for each recording',
      '',
    ].join('\n'),
  });
});

test('a cluster that the mesh lacks is refused', async () => {
  expect(await replay(`pari=${RECORDING}`, `rome=${RECORDING}`, FIXED)).toEqual({
    status: 2,
    out: '',
    err: [
      `pari=${RECORDING}: the mesh has no cluster "pari" (did you mean "paris"?)`,
      '    clusters of the mesh: paris, lyon',
      `rome=${RECORDING}: the mesh has no cluster "rome"`,
      '    clusters of the mesh: paris, lyon',
      '',
    ].join('\n'),
  });
});

test('a recording of one cluster is named for records that name none', async () => {
  const flow = {
    verdict: 'FORWARDED',
    l4: { TCP: { source_port: 40_000, destination_port: 8080, flags: { SYN: true } } },
    source: { ID: 1, namespace: 'shop', pod_name: 'shop-7dbb8cdfdb-5bsf5' },
    destination: { labels: ['reserved:world'] },
    event_type: { type: 5 },
    traffic_direction: 'EGRESS',
    node_name: 'worker-1',
  };
  const file = path.join(temporaryFolder(), 'flows.jsonl');
  fs.writeFileSync(file, `${JSON.stringify({ flow })}\n`);
  const { out } = await replay(`paris=${file}`, FIXED, '-o', 'json');
  expect(JSON.parse(out).flows).toMatchObject([{ source: { text: 'shop/shop@paris' }, change: 'denied' }]);
  expect((await replay(`lyon=${file}`, FIXED)).err).toContain('no recorded flow has an end in the manifests');
});

test('a period limits the records', async () => {
  const read = async (...options: string[]) =>
    JSON.parse((await replay(RECORDING, FIXED, '-o', 'json', ...options)).out).recording;
  expect((await read('--since', '2026-03-26')).skipped['outside-of-period']).toBe(17);
  expect((await read('--until', '2026-03-20T01:00:00Z')).skipped['outside-of-period']).toBe(15);
  expect((await replay(RECORDING, FIXED, '--since', '2026-02-30')).err).toContain('--since must be a time');
  expect((await replay(RECORDING, FIXED, '--until', '2026-02-30T10:00:00+01:00')).err).toContain('--until must be a time');
  expect((await replay(RECORDING, FIXED, '--since', '2024-02-29')).status).toBe(1);
  expect((await replay(RECORDING, FIXED, '--since', 'yesterday')).err).toContain(
    '--since must be a time such as 2026-03-20T09:00:00Z, a day such as 2026-03-20 (UTC), or a span up to now such as 24h',
  );
  expect((await replay(RECORDING, FIXED, '--since', '1h', '--until', '2h')).err).toContain('--since must be before --until');
});

test('drift is accepted with --fail-on error, and a recording that agrees has status 0', async () => {
  const file = path.join(temporaryFolder(), 'flows.jsonl');
  const lines = fs.readFileSync(RECORDING, 'utf8').split('\n');
  fs.writeFileSync(file, lines.filter(line => /"tier=front|k8s:tier=front/.test(line)).join('\n'));
  expect((await replay(file, FIXED, '--against', FIXED)).status).toBe(1);
  expect((await replay(file, FIXED, '--against', FIXED, '--fail-on', 'error')).status).toBe(0);
  expect((await replay(file, FIXED, '--fail-on', 'eror')).err).toContain('--fail-on must be error, warning or info');
  fs.writeFileSync(file, lines.slice(0, 3).join('\n'));
  expect((await replay(file, FIXED)).status).toBe(0);
});

test('a file that is cut off has status 2, and what was read is reported', async () => {
  const file = path.join(temporaryFolder(), 'flows.gz');
  const whole = gzipSync(fs.readFileSync(RECORDING, 'utf8').repeat(100));
  fs.writeFileSync(file, whole.subarray(0, whole.length - 100));
  const { status, out } = await replay(file, FIXED);
  expect(status).toBe(2);
  expect(out).toContain('its compressed data is damaged or cut off');
  expect(out).toContain('shop/shop@paris -> shop/prices@lyon');
});

test('what is not known of an end is said and counted, and no finding', async () => {
  const folder = path.join(__dirname, '..', 'observed', 'doubts', 'nodes-with-the-label');
  const { status, out } = await replay(path.join(folder, 'flows.jsonl'), path.join(folder, 'mesh.yaml'));
  expect(status).toBe(0);
  expect(out).toContain('undetermined  shop/web@paris -> entity:remote-node  TCP/443\n');
  expect(out).toContain('not known: it depends on where pods or the API server run\n');
  expect(out).toContain('0 not judged, 1 undetermined\n');
  expect(out).not.toContain('differs');
});

test('a setting that denies a recorded flow is named with its place', async () => {
  const folder = temporaryFolder();
  fs.cpSync(MESH, folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'always.yaml'), 'policyEnforcementMode: always\n');
  const mesh = path.join(folder, 'fixed.yaml');
  const cluster = /(- \{?name: paris\b.*?)(\}?)$/m;
  fs.writeFileSync(mesh, fs.readFileSync(mesh, 'utf8').replace(cluster, '$1, values: always.yaml$2'));
  const { out } = await replay(RECORDING, mesh, '--against', FIXED);
  expect(out).toMatch(/: default-denied, because the policy enforcement mode is always \(\S*always\.yaml:1\)/);
});

describe('workloads of several clusters', () => {
  const CLUSTERS = ['bern', 'lyon', 'paris'];
  const web = (cluster: string) => `kind: Pod
apiVersion: v1
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web:${cluster}}]}
`;
  const policy = (rest: string) => `---
kind: CiliumNetworkPolicy
apiVersion: cilium.io/v2
metadata: {name: db, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: db}}
  ${rest}
`;
  const DB = web('lyon').replace(/web/g, 'db');
  const labels = (app: string, cluster: string) => [
    `k8s:app=${app}`,
    'k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=shop',
    `k8s:io.cilium.k8s.policy.cluster=${cluster}`,
    'k8s:io.cilium.k8s.policy.serviceaccount=default',
    'k8s:io.kubernetes.pod.namespace=shop',
  ];
  const record = (cluster: string, second: number) => ({
    flow: {
      time: `2026-03-20T00:00:0${second}Z`,
      verdict: 'FORWARDED',
      IP: { source: '10.1.0.17', destination: '10.2.4.114', ipVersion: 'IPv4' },
      l4: { TCP: { source_port: 58910, destination_port: 5432, flags: { SYN: true } } },
      source: { namespace: 'shop', cluster_name: cluster, pod_name: 'web', labels: labels('web', cluster) },
      destination: { namespace: 'shop', cluster_name: 'lyon', pod_name: 'db', labels: labels('db', 'lyon') },
      Type: 'L3_L4',
      node_name: 'lyon/node-1',
      event_type: { type: 5 },
      traffic_direction: 'INGRESS',
    },
  });

  async function replayed(rules: string): Promise<string> {
    const folder = temporaryFolder();
    const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);
    CLUSTERS.forEach(each => write(`${each}.yaml`, web(each) + (each === 'lyon' ? `---\n${DB}${policy(rules)}` : '')));
    const clusters = CLUSTERS.map((name, at) => `- {name: ${name}, id: ${at + 1}, manifests: [${name}.yaml]}`);
    write('mesh.yaml', ['apiVersion: cilium-mesh/v1', 'clusters:', ...clusters].join('\n'));
    write('flows.jsonl', CLUSTERS.map((each, at) => JSON.stringify(record(each, at))).join('\n'));
    const { out, err } = await replay(path.join(folder, 'flows.jsonl'), path.join(folder, 'mesh.yaml'), '--quiet');
    expect(err).toBe('');
    return out.slice(0, out.indexOf('\nwithout traffic')).split(`${folder}/`).join('');
  }

  test('that one rule decides are one section, and need one policy', async () => {
    expect(await replayed('ingress: [{fromEndpoints: [{matchLabels: {app: nobody}}]}]')).toBe(
      `denied  shop/web in bern, lyon, paris -> shop/db@lyon  TCP/5432
  3 records of 3 flows from 2026-03-20T00:00:00Z to 2026-03-20T00:00:02Z
  ingress in lyon: default-denied by CiliumNetworkPolicy shop/db lyon.yaml:16

Policies that together allow the denied flows:
  # for lyon:
  apiVersion: cilium.io/v2
  kind: CiliumNetworkPolicy
  metadata:
    name: web-to-db-ingress
    namespace: shop
  spec:
    endpointSelector:
      matchLabels:
        app: db
    ingress:
      - fromEndpoints:
          - matchLabels:
              app: web
              k8s:io.kubernetes.pod.namespace: shop
            matchExpressions:
              - key: k8s:io.cilium.k8s.policy.cluster
                operator: In
                values:
                  - bern
                  - lyon
                  - paris
        toPorts:
          - ports:
              - port: "5432"
                protocol: TCP
`,
    );
  });

  test('that other rules decide are sections of their own, and what no policy allows is counted', async () => {
    const text = await replayed(
      'ingressDeny: [{fromEndpoints: [{matchLabels: {app: web, io.cilium.k8s.policy.cluster: paris}}]}]\n' +
      '  ingress: [{fromEndpoints: [{matchLabels: {app: nobody}}]}]',
    );
    expect(text.split('\n').filter(line => /^(denied|Policies)/.test(line))).toEqual([
      'denied  shop/web in bern, lyon -> shop/db@lyon  TCP/5432',
      'denied  shop/web@paris -> shop/db@lyon  TCP/5432',
      'Policies that together allow 2 of 3 denied flows:',
    ]);
  });
});
