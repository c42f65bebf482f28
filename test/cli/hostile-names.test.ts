/** Names that would change what a terminal or a log shows. */
import { PassThrough } from 'stream';
import { createColors } from 'picocolors';
import { visibleIo } from '../../src/cli/visible-io';
import { folderWith, program } from '../support/program';

const MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const cwd = process.cwd();

beforeEach(() =>
  process.chdir(
    folderWith({
      'k8s/pods.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata: {name: "shop\\u202Epohs", labels: {app: shop}}\n' +
        'spec: {containers: [{name: c, image: c}]}\n---\n' +
        'apiVersion: v1\nkind: Pod\nmetadata: {name: db, labels: {app: db}}\nspec: {containers: [{name: c, image: c}]}\n',
      'k8s/service\u202elmay.yaml':
        'apiVersion: v1\nkind: Service\n' +
        'metadata: {name: "db\\u2066", annotations: {"service.cilium.io/glo\\u202Ebal": "true"}}\n' +
        'spec: {selector: {app: db}, ports: [{name: "p\\u200E", port: 80, targetPort: "a\\e[2J\\u202Eb"}]}\n',
      'k8s/policy.yaml':
        'apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: "db\\u061C", namespace: default}\n' +
        'spec: {endpointSelector: {matchLabels: {app: "d\\u202Eb"}}, "ingr\\u202Ees": [{}], ingress: [{}]}\n',
    }),
  ),
);

afterEach(() => process.chdir(cwd));

const mesh = ['--cluster', 'a=k8s'];

test.each([
  ...['text', 'json', 'markdown', 'csv', 'sarif', 'junit', 'github', 'gitlab'].map(each => ['check', '--format', each]),
  ...['text', 'json', 'svg', 'dot'].map(each => ['matrix', '--format', each]),
  ['check', '--verbose'],
  ['backends'],
  ['explain', 'shop\u202epohs@a', 'db@a'],
  ['explain', 'unknown\u202e@a', 'db@a'],
])('%#: no mark of direction is printed as it is', async (...args) => {
  const { out, err } = await program(...args, ...mesh);

  expect(out + err).not.toMatch(MARKS);
  // lines of CSV end with CR LF
  // eslint-disable-next-line no-control-regex
  expect((out + err).replace(/\r\n/g, '\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test('text shows them, and JSON keeps them', async () => {
  const shown = await program('check', ...mesh);
  expect(shown.out).toContain('unknown annotation service.cilium.io/glo[U+202E]bal of Services');
  expect(shown.out).toContain('k8s/service[U+202E]lmay.yaml:3');

  const { findings } = JSON.parse((await program('check', '--format', 'json', ...mesh)).out);
  expect(findings.map((each: { file: string }) => each.file)).toContain('k8s/service\u202elmay.yaml');
});

test('errors show them', async () => {
  expect((await program('check', '--cluster', 'a=k8s/x\u202ey')).err).toContain('k8s/x[U+202E]y: file or folder not');
});

test('questions and lines that change in place show them', async () => {
  const texts: string[] = [];
  const keep = async (text: string) => {
    texts.push(text);
    return true;
  };
  const terminal = Object.assign(new PassThrough(), { columns: 80 }) as unknown as NodeJS.WriteStream;
  terminal.on('data', data => texts.push(String(data)));
  const io = visibleIo({
    out: keep as any,
    err: keep,
    colors: createColors(false),
    confirm: keep,
    pause: keep,
    prompt: async text => String(await keep(text)),
    terminal,
  });
  await io.out('a\u202e');
  io.err('b\u202e');
  await io.confirm!('c\u202e');
  await io.pause!('d\u202e');
  await io.prompt!('e\u202e');
  io.terminal!.write('f\u202e');
  expect(texts).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].map(each => `${each}[U+202E]`));
  expect(io.terminal!.columns).toBe(80);
  expect(visibleIo({ out: keep as any, err: keep, colors: createColors(false) })).not.toHaveProperty('confirm');
});
