/** The file that `report` writes: what it contains, and what it must not. */
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { gzipSync } from 'zlib';
import { dataOf } from './page-engine';
import { Engine } from '../../report/engine/engine';
import { Explained } from '../../report/protocol';
import { escapeHtml } from '../../src/reports/page/html';
import { fillPage, pageTemplate } from '../../src/reports/page/template';
import { folderWith, program } from '../support/program';

jest.setTimeout(60_000);

const LIB = path.join(__dirname, '..', '..', 'lib', 'report.html');
const WORKER = path.join(path.dirname(LIB), 'code', 'report-engine-worker.js');
const WORKLOAD = (name: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop, annotations: {example.org/token: ANNOTATION-VALUE}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      imagePullSecrets: [{name: PULL-SECRET}]
      volumes: [{name: v, secret: {secretName: VOLUME-SECRET}}]
      containers:
      - name: c
        image: IMAGE-NAME
        command: [COMMAND-VALUE]
        args: [--password=ARGUMENT-VALUE]
        env: [{name: KEY, value: ENV-VALUE}, {name: A, valueFrom: {secretKeyRef: {name: ENV-SECRET, key: k}}}]
        envFrom: [{secretRef: {name: FROM-SECRET}}]
        livenessProbe: {httpGet: {path: /, port: 80, httpHeaders: [{name: X, value: PROBE-VALUE}]}}
        ports: [{containerPort: 80}]
${more}`;
const POLICY = (port: number) => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  # why it is there
  endpointSelector: {matchLabels: {app: web}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: client}}]
    toPorts: [{ports: [{port: "${port}", protocol: TCP}]}]
`;
const SECRETS = `apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
stringData: {password: SECRET-VALUE}
data: {other: U0VDUkVULURBVEE=}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {key: CONFIG-VALUE}
`;
const VALUES = 'cluster: {name: paris, id: 1}\nhubble: {tls: {ca: {key: VALUES-KEY}}}\nextraEnv: [{name: A, value: VALUES-ENV}]\n';

function meshFolder(files: { readonly [file: string]: string } = {}): string {
  return folderWith({
    'mesh.yaml':
      'apiVersion: cilium-mesh/v1\nclusters: [{name: paris, id: 1, manifests: [paris], values: values.yaml}]\n',
    'values.yaml': VALUES,
    'paris/web.yaml': WORKLOAD('web'),
    'paris/client.yaml': WORKLOAD('client'),
    'paris/policy.yaml': POLICY(80),
    'paris/secrets.yaml': SECRETS,
    ...files,
  });
}

const written: string[] = [];

beforeAll(async () => {
  // the template and the worker are built with the package; what they do does not matter here
  for (const [file, text] of [
    [LIB, await pageTemplate({ script: '', style: '' })],
    [WORKER, ''],
  ]) {
    if (!fs.existsSync(file)) {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
      written.push(file);
    }
  }
});

afterAll(() => written.forEach(file => fs.rmSync(file)));

async function report(folder: string, ...args: string[]) {
  const file = path.join(folder, 'out.html');
  const result = await inFolder(folder, () => program('report', '--mesh', 'mesh.yaml', '--out', 'out.html', ...args));
  const html = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  return { ...result, html, data: dataOf(html) };
}

async function inFolder<T>(folder: string, run: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await run();
  } finally {
    process.chdir(before);
  }
}

test('contains nothing that verdicts do not depend on', async () => {
  const { status, err, html, data } = await report(meshFolder());
  expect({ status, err }).toEqual({ status: 0, err: expect.stringMatching(/^\d+ findings?; wrote out\.html\n$/) });
  const secrets = [
    'ANNOTATION-VALUE', 'PULL-SECRET', 'VOLUME-SECRET', 'IMAGE-NAME', 'COMMAND-VALUE', 'ARGUMENT-VALUE', 'ENV-VALUE',
    'ENV-SECRET', 'FROM-SECRET', 'PROBE-VALUE', 'SECRET-VALUE', 'U0VDUkVULURBVEE=', 'CONFIG-VALUE', 'VALUES-KEY',
    'VALUES-ENV',
  ];
  expect(secrets.filter(each => data.includes(each) || html.includes(each))).toEqual([]);
  // it would find them: the manifests have them, and the policy with its comment is there
  expect(data).toContain('why it is there');
  expect(data).toContain('"app":"client"');
});

test('is the same for the same input, in any folder', async () => {
  const [one, other] = [await report(meshFolder()), await report(meshFolder())];
  expect(one.html).toBe(other.html);
  expect(one.html.length).toBeGreaterThan(1000);
});

test('names its script and style by their hashes, and forbids everything else', async () => {
  const html = await pageTemplate({ script: 'let a = "</script><!--";', style: 'p{}' });
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1];
  expect(policy).toMatch(
    /^default-src 'none'; script-src 'sha256-[^']{44}'; style-src 'sha256-[^']{44}'; worker-src blob:; img-src data:; base-uri 'none'; form-action 'none'$/,
  );
  const script = /<script>([^]*)<\/script>/.exec(html)![1];
  expect(script).toBe('let a = "<\\/script><\\!--";');
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script));
  expect(policy).toContain(`'sha256-${Buffer.from(digest).toString('base64')}'`);
  await expect(pageTemplate({ script: '', style: '</style>' })).rejects.toThrow('</style');
});

test('texts of users stay texts', async () => {
  const name = '<img src=x onerror=alert(1)></script><!--';
  const html = fillPage(await pageTemplate({ script: '', style: '' }), {
    title: `${name} $& $1`,
    summary: escapeHtml(name),
    engine: '',
    data: '',
  });
  expect(html).not.toContain('<img');
  expect(html).toContain('<title>&lt;img src=x onerror=alert(1)&gt;&lt;/script&gt;&lt;!-- $&amp; $1</title>');
  expect(html.match(/<\/script>/g)).toHaveLength(3);
  expect(escapeHtml('a\u202eb\u0000c')).toBe('a[U+202E]b c');
});

test('labels of any length and script do not break the file', async () => {
  const long = 'x'.repeat(1_000_000);
  const folder = meshFolder({
    'paris/hostile.yaml': WORKLOAD('hostile').replace(
      'labels: {app: hostile}',
      `labels: {app: hostile, evil: "</script><img src=x onerror=alert(1)>", rtl: "\u202eabc", long: "${long}"}`,
    ),
  });
  const { status, html, data } = await report(folder);
  expect(status).toBe(0);
  expect(html).not.toContain('<img');
  const { html: other } = await report(meshFolder());
  expect(html.length).toBeLessThan(other.length + 200_000);
  const engine = new Engine();
  engine.answer('load', { data });
  const { endpoints } = engine.answer('endpoints', {});
  const { labels } = endpoints.find(({ name }) => name === 'hostile')!.workload!;
  expect(labels).toMatchObject({ evil: '</script><img src=x onerror=alert(1)>', rtl: '\u202eabc' });
  expect(labels.long).toHaveLength(long.length);
});

test('a mesh that cannot be read is a report of that', async () => {
  const { status, err, html, data } = await report(meshFolder({ 'paris/broken.yaml': 'kind: Service\nmetadata: [\n' }));
  expect(status).toBe(2);
  expect(err).toBe('1 problem: the mesh could not be read; wrote out.html\n');
  expect(html).toContain('The mesh could not be read');
  expect(html).toContain('paris/broken.yaml');
  const facts = new Engine().answer('load', { data });
  expect(facts.sides).toEqual([]);
  expect(facts.problems).toMatchObject([{ file: 'paris/broken.yaml', excerpt: { first: 1 } }]);
  expect(facts.problems[0].excerpt!.lines[0]).toBe('kind: Service');
});

test('lines of a file with a Secret are not shown', async () => {
  const { html, data } = await report(meshFolder({ 'paris/broken.yaml': `${SECRETS}---\nkind: Service\nmetadata: [\n` }));
  expect(data + html).not.toContain('SECRET-VALUE');
});

test('--against ends with 1 if something changes, and shows it', async () => {
  const folder = meshFolder();
  const same = await report(folder, '--against', 'mesh.yaml');
  expect({ status: same.status, err: same.err }).toEqual({
    status: 0,
    err: expect.stringContaining('0 changes; wrote out.html'),
  });
  const changed = meshFolder({ 'paris/policy.yaml': POLICY(8080) });
  const differs = await report(folder, '--against', path.join(changed, 'mesh.yaml'));
  expect(differs.status).toBe(1);
  expect(differs.html).toContain('<h2>Changes</h2>');
  const engine = new Engine();
  const facts = engine.answer('load', { data: differs.data });
  expect(facts.sides).toEqual(['old', 'new', 'supposed']);
  const { flows } = engine.answer('diff', { from: 'old', to: 'new' });
  expect(flows.map(({ change, from, to, text }) => ({ change, from, to, ports: text.ports }))).toEqual([
    { change: 'gained', from: ['shop/client@paris'], to: ['shop/web@paris'], ports: 'TCP/80' },
    { change: 'lost', from: ['shop/client@paris'], to: ['shop/web@paris'], ports: 'TCP/8080' },
  ]);
  expect(engine.answer('policies', { side: 'new' })).toMatchObject([{ state: 'edited' }]);
});

describe('recorded flows', () => {
  const RECORD = (verdict: string) => ({
    flow: {
      verdict,
      ...(verdict === 'DROPPED' ? { drop_reason_desc: 'POLICY_DENIED' } : {}),
      IP: { source: '10.1.0.9', destination: '10.1.0.7' },
      l4: { TCP: { source_port: 40000, destination_port: 80 } },
      source: { namespace: 'shop', labels: LABELS('client'), pod_name: 'client-6b746f74dc-bcdfg' },
      destination: { ID: 7, namespace: 'shop', labels: LABELS('web'), pod_name: 'web-6b746f74dc-bcdfg' },
      event_type: { type: 5 },
      traffic_direction: 'INGRESS',
      is_reply: false,
      node_name: 'paris/NODE-NAME',
    },
    time: '2026-03-20T09:46:40Z',
  });
  const LABELS = (app: string) => [
    `k8s:app=${app}`,
    'k8s:io.kubernetes.pod.namespace=shop',
    'k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=shop',
    'k8s:io.cilium.k8s.policy.cluster=paris',
    'k8s:io.cilium.k8s.policy.serviceaccount=default',
  ];
  const lines = (...verdicts: string[]) => verdicts.map(each => `${JSON.stringify(RECORD(each))}\n`).join('');

  test('are in the file in short, and in the summary', async () => {
    const folder = meshFolder({ 'flows.jsonl': lines('FORWARDED', 'FORWARDED') });
    const { status, err, html, data } = await report(folder, '--flows', 'flows.jsonl');
    expect({ status, err }).toEqual({ status: 0, err: expect.stringContaining('0 of 1 recorded flow would break or disagree') });
    expect(html).toContain('<h2>Recorded flows</h2>');
    expect(html).toContain('<td><bdi>used</bdi></td><td><bdi>shop/client@paris</bdi></td>');
    expect(data).not.toMatch(/NODE-NAME|flows\.jsonl|10\.1\.0\.[79]/);
    expect((await report(folder, '--flows', 'flows.jsonl')).html).toBe(html);
  });

  test('that would break end with status 1', async () => {
    const files = { 'flows.jsonl': lines('FORWARDED'), 'paris/policy.yaml': POLICY(81) };
    const { status, html } = await report(meshFolder(files), '--flows', 'paris=flows.jsonl');
    expect(status).toBe(1);
    expect(html).toContain('<bdi>1 would break</bdi>');
  });

  test('of a file that is cut off end with status 2, and are shown as far as they go', async () => {
    const packed = gzipSync(lines(...Array.from({ length: 500 }, () => 'FORWARDED')));
    const folder = meshFolder();
    fs.writeFileSync(path.join(folder, 'flows.gz'), packed.subarray(0, packed.length - 9));
    const { status, html } = await report(folder, '--flows', 'flows.gz');
    expect(status).toBe(2);
    expect(html).toContain('not read to the end: 1 file of the recording');
  });

  test.each([
    [['--since', '24h'], '--since and --until limit recordings: name one with --flows'],
    [['--flows', 'mesh.yaml'], 'name at least one recording'],
    [['--flows', 'flows.jsonl', 'mesh.yaml'], '--flows must name recordings of flows, got the mesh mesh.yaml'],
    [['--flows', 'missing.jsonl'], 'missing.jsonl: file or folder not found'],
    [['--flows', 'other.jsonl'], 'no recorded flow has an end in the manifests'],
  ])('%j is refused, and nothing is written', async (args, message) => {
    const folder = meshFolder({
      'flows.jsonl': lines('FORWARDED'),
      'other.jsonl': lines('FORWARDED').replaceAll('paris', 'oslo'),
    });
    const { status, err, html } = await report(folder, ...args);
    expect({ status, html }).toEqual({ status: 2, html: '' });
    expect(err).toContain(message);
  });
});

test('keeps a file that is not a report', async () => {
  const folder = meshFolder({ 'out.html': 'mine' });
  const kept = await report(folder);
  expect(kept).toMatchObject({ status: 2, html: 'mine' });
  expect(kept.err).toBe('out.html exists, and is not a report\n    fix: write to another file, or add --force to replace it\n');
  expect((await report(folder, '--force')).status).toBe(0);
  // its own is replaced without a question
  expect((await report(folder)).status).toBe(0);
});

test('supposes changes of policies, and writes them as a patch', async () => {
  const { data } = await report(meshFolder());
  const engine = new Engine();
  engine.answer('load', { data });
  const id = 'CiliumNetworkPolicy/shop/web@paris';
  const old = engine.answer('policy', { side: 'new', id });
  expect(old).toMatchObject({ file: 'paris/policy.yaml', firstLine: 1, text: POLICY(80), patchable: true });
  const supposed = engine.answer('suppose', { edited: { [id]: POLICY(8080) } });
  expect(supposed).toMatchObject({ gained: 1, lost: 1, unused: [], problems: { edited: { [id]: [] } } });
  expect(engine.answer('patch', {})).toEqual({
    text: `--- a/paris/policy.yaml
+++ b/paris/policy.yaml
@@ -6,4 +6,4 @@
   endpointSelector: {matchLabels: {app: web}}
   ingress:
   - fromEndpoints: [{matchLabels: {app: client}}]
-    toPorts: [{ports: [{port: "80", protocol: TCP}]}]
+    toPorts: [{ports: [{port: "8080", protocol: TCP}]}]
`,
    files: [{ file: 'paris/policy.yaml', text: POLICY(8080) }],
    others: [],
  });
  const wrong = engine.answer('suppose', { edited: { [id]: POLICY(80).replace('protocol: TCP', 'protocol: tcp') } });
  expect(wrong.problems.edited[id]).toMatchObject([{ stage: 'schema', line: 9 }]);
  expect(engine.answer('suppose', { deleted: [id] })).toMatchObject({ gained: 1, lost: 0 });
  expect(engine.answer('policies', { side: 'supposed' })).toMatchObject([{ id, state: 'deleted' }]);
  expect(engine.answer('suppose', {})).toMatchObject({ gained: 0, lost: 0 });
});

test('a mistake that is found and mended in the page is mended by its patch, and check is clean', async () => {
  const folder = meshFolder({ 'paris/policy.yaml': POLICY(80).replace('app: client', 'app: cleint') });
  const { data } = await report(folder);
  const engine = new Engine();
  engine.answer('load', { data });
  const [finding] = engine.answer('findings', { side: 'new' }).findings;
  expect(finding).toMatchObject({ file: 'paris/policy.yaml', policy: 'CiliumNetworkPolicy/shop/web@paris' });
  expect(finding.message).toContain('cleint');
  const { text } = engine.answer('policy', { side: 'new', id: finding.policy! }) as { text: string };
  engine.answer('suppose', { edited: { [finding.policy!]: text.replace('cleint', 'client') } });
  const supposed = engine.answer('findings', { side: 'supposed', against: 'new' });
  expect(supposed).toMatchObject({ newCount: 0, solvedCount: 1, solved: [{ code: finding.code }] });
  fs.writeFileSync(path.join(folder, 'mend.patch'), engine.answer('patch', {}).text);
  execFileSync('git', ['apply', 'mend.patch'], { cwd: folder });
  expect(fs.readFileSync(path.join(folder, 'paris', 'policy.yaml'), 'utf8')).toBe(POLICY(80));
  const { out } = await program('check', '--mesh', path.join(folder, 'mesh.yaml'), '--format', 'json');
  expect(JSON.parse(out).findings.map(({ code }: { code: string }) => code)).not.toContain(finding.code);
});

test('a mesh on top of what runs shows what it changes there', async () => {
  const folder = meshFolder({
    'mesh.yaml':
      'apiVersion: cilium-mesh/v1\nclusters: [{name: paris, id: 1, base: [live], manifests: [paris], values: values.yaml}]\n',
    'live/all.yaml': [WORKLOAD('web'), WORKLOAD('client'), POLICY(8080)].join('---\n'),
  });
  const { status, err, data } = await report(folder);
  expect({ status, err }).toEqual({ status: 0, err: expect.stringContaining('2 changes; wrote out.html') });
  const engine = new Engine();
  expect(engine.answer('load', { data }).sides).toEqual(['old', 'new', 'supposed']);
  const { flows, command } = engine.answer('diff', { from: 'old', to: 'supposed' });
  expect(flows.map(({ change, text }) => `${change} ${text.ports}`)).toEqual(['gained TCP/80', 'lost TCP/8080']);
  expect(command).toEqual({ line: 'cilium-mesh diff --mesh mesh.yaml' });
  const { out } = await inFolder(folder, () => program('diff', '--mesh', 'mesh.yaml', '--format', 'json'));
  expect(JSON.parse(out).flows).toHaveLength(2);
});

test('commands of the page have the options of the report that they take', async () => {
  const options = ['--cilium', '1.18', '--keep-going'];
  const { data } = await report(meshFolder(), ...options, '--scale', 'shop/web@paris=0');
  const engine = new Engine();
  engine.answer('load', { data });
  const { command } = engine.answer('explain', { side: 'new', from: 'shop/client@paris', to: 'shop/web@paris' }) as Explained;
  expect(command).toEqual({
    line: 'cilium-mesh explain shop/client@paris shop/web@paris --mesh mesh.yaml --keep-going --cilium 1.18',
  });
});
