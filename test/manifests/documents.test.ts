/**
 * What a text of manifests is read as. What it is refused and ignored for is in the folders refused and ignored.
 */
import * as fs from 'fs';
import * as path from 'path';
import { casesOf, expectReported } from './cases';
import { MAX_DEPTH } from '../../src/manifests/document';
import { readManifests, readYaml } from '../../src/manifests/documents';

const recorded: Array<[string, any?]> = JSON.parse(
  fs.readFileSync(path.join(__dirname, 'kubectl-values.json'), 'utf8'),
);

describe('values are those that kubectl sees', () => {
  // recorded from sigs.k8s.io/yaml 1.6.0 (YAMLToJSON), which refuses what has no value here
  test('of scalars, keys, tags, merges and styles', () => {
    const wrong = recorded.filter(([text, ...value]) => {
      const read = readYaml(text, 'f');
      return value.length === 0
        ? read.problems.length === 0
        : read.problems.length > 0 || !equal(read.value, JSON.parse(JSON.stringify(value[0])));
    });

    expect(wrong).toEqual([]);
    expect(recorded.length).toBeGreaterThan(1000);
  });

  test.each([
    ['yes', true],
    ['off', false],
    ['y', true],
    ['0777', 511],
    ['0x1F', 31],
    ['0b101', 5],
    ['1_000', 1000],
    ['190:20:30', '190:20:30'],
    ['2001-01-01', '2001-01-01'],
    ['~', null],
    ['1e3', 1000],
  ])('%s', (text, value) => {
    expect(readYaml(`v: ${text}`, 'f').value).toEqual({ v: value });
  });

  test('of what a later key or merge replaces', () => {
    expect(readYaml('a: &a {p: 1, q: 2}\nb: {<<: *a, q: 3}\nc: {q: 3, <<: *a}', 'f').value).toEqual({
      a: { p: 1, q: 2 },
      b: { p: 1, q: 3 },
      c: { p: 1, q: 2 },
    });
  });

  test('of IPv6 addresses in brackets, which YAML 1.2 takes for keys', () => {
    expect(readYaml('a: [fd00::, fe80::]\nb: {fd00:: 1}', 'f').value).toEqual({
      a: ['fd00::', 'fe80::'],
      b: { 'fd00:': 1 },
    });
  });

  test('with __proto__ as a key like any other', () => {
    const { value } = readYaml('__proto__: {polluted: 1}\na: &a {__proto__: 1}\nb: {<<: *a}\nconstructor: 2', 'f');

    expect(Object.keys(value)).toEqual(['__proto__', 'a', 'b', 'constructor']);
    expect(JSON.stringify(value)).toBe(
      '{"__proto__":{"polluted":1},"a":{"__proto__":1},"b":{"__proto__":1},"constructor":2}',
    );
    expect(({} as any).polluted).toBeUndefined();
  });

  test('of flow collections and texts that end at the indentation of their field', () => {
    const text = 'metadata: {\n  labels: {\n  a: b\n  },\n  list: [\n1,\n\t2\n  ]\n}\ntext: "a\nb"\nlast: c\n';
    const { value, line, problems } = readYaml(text, 'f');

    expect(problems).toEqual([]);
    expect(value).toEqual({ metadata: { labels: { a: 'b' }, list: [1, 2] }, text: 'a b', last: 'c' });
    expect([line('metadata.labels.a'), line('metadata.list[1]'), line('last')]).toEqual([3, 7, 12]);
  });
});

describe('manifests are refused, each problem with its line:', () => {
  test.each(casesOf('refused'))('%s', (file, text) => {
    const { problems, notes } = readManifests(text, file);

    expect(problems.length).toBeGreaterThan(0);
    expectReported(file, problems);
    expect(notes).toEqual([]);
  });
});

test('of duplicate keys, kubectl reads the last one, and each is a note', () => {
  const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
kind: Secret
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: b}
spec:
  podSelector: {}
  podSelector: {matchLabels: {app: b}}
`;
  const { manifests, problems, notes } = readManifests(text, 'f');

  expect(problems).toEqual([]);
  expect(manifests.map(({ object }) => [object.kind, object.spec])).toEqual([
    ['Secret', undefined],
    ['NetworkPolicy', { podSelector: { matchLabels: { app: 'b' } } }],
  ]);
  expect(manifests[1].line('spec.podSelector')).toBe(11);
  expectReported('duplicate keys of objects', notes);
});

test('behind many duplicate keys, another fault is still refused', () => {
  const object = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';
  const { manifests, problems } = readManifests(`${object}${'a: 1\n'.repeat(200)}? [b]\n: 1\n`, 'f');

  expect(manifests).toEqual([]);
  expect(problems.map(({ code }) => code)).toContain('yaml-key');
});

describe('documents are ignored, with a note:', () => {
  test.each(casesOf('ignored'))('%s', (file, text) => {
    const { manifests, problems, notes } = readManifests(text, file);

    expect(notes.length).toBeGreaterThan(0);
    expectReported(file, notes);
    expect([manifests, problems]).toEqual([[], []]);
  });
});

describe('a stream', () => {
  const object = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
  const names = (text: string) => {
    const { manifests, problems, notes } = readManifests(text, 'f');
    expect([problems, notes]).toEqual([[], []]);
    return manifests.map(each => `${each.object.metadata.name}:${each.line()}`);
  };

  test.each([
    ['several documents', `${object('a')}---\n${object('b')}`, ['a:1', 'b:5']],
    [
      'separators with comments, at the beginning and at the end',
      `--- # first\n# a\n${object('a')}--- #x\n---\n\n---\n${object('b')}...\n---\n`,
      ['a:3', 'b:10'],
    ],
    ['the end of a document before a separator', `${object('a')}...\n---\n${object('b')}`, ['a:1', 'b:6']],
    ['CRLF', `${object('a')}---\n${object('b')}`.replace(/\n/g, '\r\n'), ['a:1', 'b:5']],
    ['lone CRs', object('a').replace(/\n/g, '\r'), ['a:1']],
    ['a byte order mark', `\uFEFF${object('a')}---\n\uFEFF${object('b')}`, ['a:1', 'b:5']],
    ['a byte order mark before a separator', `\uFEFF---\n${object('a')}`, ['a:2']],
    ['nothing', '', []],
    ['comments only', '# nothing\n---\n# more\n', []],
    ['JSON', '{"apiVersion":"v1","kind":"ConfigMap",\n\t"metadata":{"name":"a\\u0062"}}\n', ['ab:1']],
    [
      'JSON values in a row',
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}\n' +
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"}{\\""}}',
      ['a:1', '}{":2'],
    ],
    [
      'JSON and YAML',
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}\n---\n${object('b')}`,
      ['a:1', 'b:3'],
    ],
    [
      'templates of others in texts',
      `${object('a')}data:\n  rule: |\n    {{ $labels.pod }}\n  other: "{{ x }}"\n`,
      ['a:1'],
    ],
  ])('of %s', (_, text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  test('whose lines end with a lone CR holds the one document that kubectl sees', () => {
    const { manifests, notes } = readManifests(`${object('a')}---\n${object('b')}`.replace(/\n/g, '\r'), 'f');

    expect(manifests.map(each => each.object.metadata.name)).toEqual(['a']);
    expectReported('a second document behind lone CRs', notes);
  });
});

describe('lists', () => {
  test('are the objects in them, with what typed lists leave out', () => {
    const text = [
      'apiVersion: v1',
      'kind: List',
      'metadata: {resourceVersion: ""}',
      'items:',
      '- apiVersion: v1',
      '  kind: Pod',
      '  metadata: {name: a}',
      '- apiVersion: apps/v1',
      '  kind: DeploymentList',
      '  items:',
      '  - metadata: {name: b}',
      '    spec: {replicas: 2}',
      '  - kind: Other',
      '    metadata:',
      '      name: c',
      '- apiVersion: v1',
      '  kind: PodList',
      '  items: null',
      '',
    ].join('\n');
    const { manifests, problems, notes } = readManifests(text, 'f');

    expect([problems, notes]).toEqual([[], []]);
    expect(manifests.map(({ object }) => `${object.apiVersion} ${object.kind} ${object.metadata.name}`)).toEqual([
      'v1 Pod a',
      'apps/v1 Deployment b',
      'apps/v1 Other c',
    ]);
    expect(
      manifests.map(each => [each.line(), each.line('kind'), each.line('metadata.name'), each.line('spec.replicas')]),
    ).toEqual([
      [5, 6, 7, 5],
      [11, 11, 11, 12],
      [13, 13, 15, 13],
    ]);
  });

  test('are no lists when their kind says something else', () => {
    const { manifests } = readManifests('{apiVersion: v1, kind: Inventory, metadata: {name: a}, items: [1]}', 'f');

    expect(manifests.map(each => each.object.items)).toEqual([[1]]);
  });
});

describe('lines', () => {
  const text = [
    '# a policy',
    'apiVersion: cilium.io/v2',
    'kind: CiliumNetworkPolicy',
    'metadata:',
    '  name: a',
    '  labels:',
    '    a.b/c: d',
    '    "e f": g',
    '    h.i: {}',
    'spec:',
    '  egress:',
    '  - toPorts:',
    '    - ports: [{port: "53"},',
    '        {port: "80"}]',
    '    -',
    '      ports: []',
    '  - &rule',
    '    toCIDR:',
    '    - 10.0.0.0/8',
    '  - *rule',
    '  description: |',
    '    text',
    '  ingress: [*rule, {<<: *rule, toEntities: [all]}]',
    '  empty:',
    '  list:',
    '  - |',
    '    block',
    '  -',
    '',
  ].join('\n');
  const {
    manifests: [manifest],
  } = readManifests(`---\n${text}`, 'f');

  test.each([
    [undefined, 3],
    ['', 3],
    ['kind', 4],
    ['metadata.labels["a.b/c"]', 8],
    ['metadata.labels.a.b/c', 7],
    ['metadata.labels["e f"]', 9],
    ['metadata.labels.e f', 9],
    ['spec.egress', 12],
    ['spec.egress[0]', 13],
    ['spec.egress[0].toPorts[0].ports[0].port', 14],
    ['spec.egress[0].toPorts[0].ports[1].port', 15],
    ['spec.egress[0].toPorts[1].ports', 17],
    ['spec.egress[1].toCIDR[0]', 20],
    ['spec.egress[2]', 21],
    ['spec.egress[2].toCIDR[0]', 20],
    ['spec.description', 22],
    ['spec.ingress[0].toCIDR', 19],
    ['spec.ingress[1].toCIDR[0]', 20],
    ['spec.ingress[1].toEntities[0]', 24],
    ['spec.empty.more', 25],
    ['spec.list[0]', 27],
    ['spec.nothing', 11],
    ['nothing.at.all', 3],
    ['spec.egress[7].toPorts', 12],
    ['spec.egress.x', 12],
    ['spec["egress', 11],
    ['[', 3],
    ['..spec', 3],
    ['metadata.labels["\\q"]', 7],
  ])('of %p', (field, line) => {
    expect(manifest.line(field)).toBe(line);
  });

  test('of a document are found after others were asked for theirs', () => {
    const { manifests } = readManifests(
      Array.from({ length: 50 }, (_, index) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a${index}\n`).join(
        '---\n',
      ),
      'f',
    );

    expect([...manifests].reverse().map(each => each.line('metadata.name'))).toEqual(
      Array.from({ length: 50 }, (_, index) => 4 + 5 * (49 - index)),
    );
  });
});

describe('aliases before a colon are keys, as in Go', () => {
  const text = (more: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: &name a}\ndata:\n${more}`;

  test.each([
    ['of mappings', '  *name:\n    b: c\n', { a: { b: 'c' } }],
    ['of texts', '  *name: c\n  more: d\n', { a: 'c', more: 'd' }],
    ['with a space', '  *name : c\n', { a: 'c' }],
    ['in lists', '  list:\n  - *name:\n      b: c\n    d: *name\n', { list: [{ a: { b: 'c' }, d: 'a' }] }],
  ])('%s', (_, more, data) => {
    const { manifests, problems } = readManifests(text(more), 'f');
    expect(problems).toEqual([]);
    expect(manifests.map(({ object }) => object.data)).toEqual([data]);
    expect(manifests[0].line('data.a')).toBe('a' in data ? 5 : 4);
  });

  test.each(['  *other:\n    b: c\n', '  x: *name:y\n'])('other ones are problems: %j', more => {
    const { problems } = readManifests(text(more), 'f');
    expect(problems.map(({ line }) => line)).toEqual([5]);
  });
});

describe('texts that are made to hurt', () => {
  const object = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';
  const many = (text: string, size = 300_000) => text.repeat(Math.floor(size / text.length));

  test.each([
    ['nested brackets', `${object}a: ${many('[')}`],
    ['nested braces', `${object}a: ${many('{a: ')}`],
    ['nested blocks', object + Array.from({ length: 2000 }, (_, index) => `${' '.repeat(index)}a:\n`).join('')],
    ['nested lists', `${object}a:\n  ${many('- ')}`],
    ['properties', `${object}a: ${many('&a ')}`],
    ['tags', `${object}a: ${many('!!a ')}`],
    ['keys that are aliases', `${object}a: &a b\n${many('*a:\n')}`],
    ['quotes', `${object}a: ${many('"')}`],
    ['aliases of texts', `${object}s: &s "${many('x')}"\nl: [${Array(1000).fill('*s').join(',')}]\n`],
    [
      'merged mappings',
      `${object}m: &m {${Array.from({ length: 5000 }, (_, index) => `k${index}: 1`).join(', ')}}\n` +
      `${Array.from({ length: 5000 }, (_, index) => `x${index}: {<<: *m}\n`).join('')}`,
    ],
    ['mappings merged into themselves', `${object}a: &a {<<: *a}`],
    ['wrong documents', many('a: [\n---\n')],
    ['repeated keys', object + many('a: 1\n')],
    ['more documents than there can be', many('---\n', 2_400_000)],
    ['more values than there can be', `${object}a: [${many('1,', 8_200_000)}1]`],
  ])('%s', (name, text) => {
    const start = performance.now();
    const { problems, notes } = readManifests(text, 'f');

    expect(notes.length).toBeLessThanOrEqual(100);
    expectReported(`made to hurt: ${name}`, problems.slice(0, 1));
    expect(problems.length).toBeLessThanOrEqual(100);
    // it takes a tenth of this; what grows with the square of a text takes minutes
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test('nesting as deep as allowed', () => {
    const depth = MAX_DEPTH - 10;
    const {
      manifests: [manifest],
    } = readManifests(`${object}a: ${'['.repeat(depth)}${']'.repeat(depth)}`, 'f');

    expect(JSON.stringify(manifest.object.a)).toBe(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect(manifest.line(`a${'[0]'.repeat(depth)}`)).toBe(4);
  });

  test('as many aliases as kubectl allows', () => {
    const {
      manifests: [manifest],
      problems,
    } = readManifests(`${object}a: &a {b: c}\nl: [${Array(2000).fill('*a').join(', ')}]`, 'f');

    expect(problems).toEqual([]);
    expect(manifest.object.l[1999]).toEqual({ b: 'c' });
  });
});

describe('a file of one document', () => {
  test('has a value, and lines', () => {
    const { value, line, problems } = readYaml('# values\na:\n  b: 1\n', 'f');

    expect([value, problems]).toEqual([{ a: { b: 1 } }, []]);
    expect([line(), line('a.b')]).toEqual([2, 3]);
  });

  test('is refused when it has two', () => {
    const { value, problems } = readYaml('a: 1\n---\nb: 2\n', 'f');

    expect(value).toBeUndefined();
    expectReported('a second document in a file of one', problems);
  });

  test('may be empty', () => {
    const { value, line, problems } = readYaml('# nothing\n', 'f');

    expect([value, line('a'), problems]).toEqual([null, 1, []]);
  });
});

function equal(actual: unknown, expected: unknown): boolean {
  try {
    expect(actual).toEqual(expected);
    return true;
  } catch {
    return false;
  }
}
