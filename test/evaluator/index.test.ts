/** The public entry of the evaluator, with objects in memory. */
import {
  backends,
  check,
  ConnectionMatrix,
  connections,
  diff,
  evaluate,
  explain,
  flowSpace,
  foldPairs,
  formatMember,
  groupConnections,
  matrix,
  MeshSource,
  parseGrouping,
  parsePort,
  unmet,
} from '../../src/evaluator';

const workload = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name, image: name, ports: [{ containerPort: 80 }] }] },
    },
  },
});
const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, annotations: { 'service.cilium.io/global': 'true' } },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});
const deny = (app: string) => ({
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumNetworkPolicy',
  metadata: { name: `deny-${app}`, namespace: undefined },
  spec: { endpointSelector: { matchLabels: { app } }, ingress: [{}] },
});
const source = (...more: unknown[]): MeshSource => ({
  name: 'shop',
  clusters: ['paris', 'lyon'].map((name, index) => ({
    name,
    id: index + 1,
    podCIDRs: [`10.${index + 1}.0.0/16`],
    manifests: [{ file: `${name}/apps`, objects: [workload('web'), workload('shop'), service('web'), ...more] }],
  })),
});
const { mesh } = evaluate(source());

test('matrix', () => {
  const flows = [...matrix(mesh)];
  expect(flows).toHaveLength(12);
  expect(flows.every(({ verdict, port }) => verdict === 'allowed' && port.port === 80)).toBe(true);
  expect([
    ...matrix(mesh, { from: mesh.workloads.slice(0, 1), ports: [parsePort('UDP/53')!], all: true }),
  ]).toHaveLength(4);
});

test('connections on all ports, by pairs and by groups', () => {
  const denied = evaluate(source(deny('web'))).mesh;
  const all = connections(denied, { to: ['web@*'] }) as ConnectionMatrix;
  expect([...all.cells()].map(({ source: from, destination, connections: ports, listening }) => [
    formatMember(from),
    formatMember(destination),
    ports.length,
    listening.map(({ port, verdict }) => [port, verdict]),
  ])).toContainEqual(['shop@paris', 'web@lyon', 0, [[80, 'denied']]]);
  const cells = [...groupConnections(all, parseGrouping('cluster')!).rows()].flat();
  expect(cells.map(({ source: from, destination, pairs, connecting }) => [
    from.name, destination.name, pairs, connecting,
  ])).toContainEqual(['paris', 'lyon', 2, 0]);
  expect(cells.flatMap(cell => foldPairs(all, cell))).toEqual([]);
  expect(connections(denied, { to: ['wbe@paris'] })).toMatchObject({ problem: expect.stringContaining('wbe@paris') });
  expect(flowSpace(denied).classes.some(({ blocks }) => blocks)).toBe(true);
});

test('explain names the policy, and has no line of an object in memory', () => {
  const denied = evaluate(source(deny('web'))).mesh;
  const explained = explain(denied, 'shop@paris', 'web@lyon');
  expect(explained).toMatchObject({
    flows: [
      {
        verdict: 'denied',
        port: { protocol: 'TCP', port: 80 },
        endpoints: [{}, { rules: [{ name: 'deny-web', file: 'lyon/apps', line: undefined }] }],
      },
    ],
  });
  expect(explain(mesh, 'shop@paris', 'svc/web')).toMatchObject({
    services: [{ verdict: 'allowed', reachable: 1, backends: [{}, {}] }],
  });
  expect(explain(mesh, 'shop@paris', 'svc/web', { ports: [parsePort('TCP/81')!] })).toEqual({ services: [] });
});

test('explain decides a request to a service', () => {
  const policy = {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'get-only' },
    spec: {
      endpointSelector: { matchLabels: { app: 'web' } },
      ingress: [{ toPorts: [{ ports: [{ port: '80', protocol: 'TCP' }], rules: { http: [{ method: 'GET' }] } }] }],
    },
  };
  const explained = (method: string) =>
    explain(evaluate(source(policy)).mesh, 'shop@paris', 'svc/web', {
      request: { kind: 'http', http: { method, path: '/' } },
    });
  const backend = (verdict: string) => ({ verdict, request: verdict, flow: { verdict } });
  expect(explained('GET')).toMatchObject({
    services: [{ verdict: 'allowed', reachable: 1, backends: [backend('allowed'), backend('allowed')] }],
  });
  expect(explained('DELETE')).toMatchObject({
    services: [{ verdict: 'denied', reachable: 0, backends: [backend('denied'), backend('denied')] }],
  });
});

test.each<[source: string, destination: string, problem: string]>([
  ['shop@paris', 'nobody@lyon', 'unknown workload "nobody@lyon"'],
  ['svc/web', 'web@lyon', '"svc/web" is a service, and services send nothing'],
  [
    'world:192.0.2.1',
    'svc/web',
    'world:192.0.2.1 is in no cluster, and each cluster has its own view of svc/default/web',
  ],
])('explain %s %s: a problem', (from, to, problem) => {
  expect(explain(mesh, from, to)).toMatchObject({ problem });
});

test('backends', () => {
  expect(backends(mesh, 'web', 'paris')).toMatchObject({
    cluster: 'paris',
    backends: [
      { cluster: 'lyon', share: 0.5 },
      { cluster: 'paris', share: 0.5 },
    ],
  });
  expect(backends(mesh, 'wbe', 'paris')).toMatchObject({ problem: expect.stringContaining('wbe') });
  expect(backends(mesh, 'web', 'rome')).toEqual({ problem: 'unknown cluster "rome"', fix: 'write one of paris, lyon' });
});

test('diff', () => {
  const { flows } = diff(mesh, evaluate(source(deny('web'))).mesh);
  const protocols = ['TCP', 'UDP', 'SCTP', 'ICMP', 'ICMPv6'];
  // pods, nodes and the world lose all ports of web; each node keeps its own pods
  expect(flows.map(({ change, ranges }) => [change, ranges.map(({ protocol }) => protocol)])).toEqual([
    ['lost', protocols],
    ['lost', protocols],
    ['lost', protocols],
  ]);
});

test('check', () => {
  const evaluation = evaluate(source(service('web')));
  expect(check(evaluation)).toContainEqual(
    expect.objectContaining({
      code: 'object-twice',
      file: 'paris/apps',
      line: undefined,
      message: 'paris defines this object twice: this one replaces the one at paris/apps',
    }),
  );
});

test('expectations', () => {
  const expectations = (verdict: string) => ({
    apiVersion: 'cilium-mesh/v1',
    flows: [{ from: 'shop@paris', to: 'web@lyon', verdict }],
  });
  expect(unmet(mesh, expectations('allowed'))).toEqual([]);
  expect(unmet(mesh, expectations('denied'))).toMatchObject([{ path: 'flows[0]' }]);
  expect(unmet(mesh, { flows: [] })).toMatchObject([{ path: 'apiVersion' }]);
});

test('another version, other replicas', () => {
  const { mesh: other, version } = evaluate(source(), {
    ciliumVersion: '1.18.0',
    replicas: new Map([['lyon/default/web', 0]]),
  });
  expect([other.clusters[0].version.text, version?.text]).toEqual(['1.18.0', '1.18.0']);
  expect(backends(other, 'web', 'paris')).toMatchObject({ backends: [{ cluster: 'paris', share: 1 }] });
  expect(() => evaluate(source(), { ciliumVersion: '1.18' })).not.toThrow();
  expect(() => evaluate(source(), { ciliumVersion: '1.2' })).toThrow(
    new RangeError('ciliumVersion must be 1.14.0 to 1.20.2, got "1.2"'),
  );
});

test('what cannot be read is a problem, and the rest is evaluated', () => {
  const { mesh: rest, problems } = evaluate({
    clusters: [
      {
        name: 'paris',
        id: 1,
        manifests: [
          { file: 'a', objects: [workload('web'), { kind: 'Service', apiVersion: 1, metadata: {} }, 7] },
          { file: 'b', text: 'a: [' },
        ],
      },
      { name: 'lyon', id: 2, manifests: [], values: { file: 'values', values: [] as any } },
      { name: 'rome', id: 3, manifests: [], zone: 'x' } as any,
    ],
  });
  expect(problems.map(({ file, line, code }) => [file, line, code])).toEqual([
    ['mesh', undefined, 'mesh-field-unknown'],
    ['a', undefined, 'object-api-version'],
    ['b', 1, 'yaml-syntax'],
    ['values', undefined, 'values-file'],
  ]);
  expect(rest.workloads.map(({ name, cluster }) => `${name}@${cluster}`)).toEqual(['web@paris']);
  expect(evaluate({ clusters: [] }).problems).toMatchObject([{ file: 'mesh', code: 'mesh-field-type' }]);
});

test('objects are copied, and must be JSON', () => {
  const object: any = workload('web');
  const { mesh: first } = evaluate({
    clusters: [{ name: 'paris', id: 1, manifests: [{ file: 'a', objects: [object] }] }],
  });
  object.metadata.name = 'changed';
  expect(first.workloads[0].manifest.object.metadata.name).toBe('web');
  object.spec.itself = object;
  expect(() =>
    evaluate({ clusters: [{ name: 'paris', id: 1, manifests: [{ file: 'a', objects: [object] }] }] }),
  ).toThrow(TypeError);
});

describe('sources of another shape end with one sentence', () => {
  const ofObject = (object: unknown) => ({
    clusters: [{ name: 'a', id: 1, manifests: [{ file: 'pods', objects: [object] }] }],
  });
  const shared = (depth: number): unknown => {
    let value: unknown = 'x';
    for (let index = 0; index < depth; index++) {
      value = [value, value];
    }
    return value;
  };
  const deep = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'clusters must be a list, got nothing'],
    ['a text', { clusters: 'x' }, 'clusters must be a list, got "x"'],
    ['no manifests', { clusters: [{ name: 'a', id: 1 }] }, 'clusters[0].manifests must be a list, got nothing'],
    [
      'no objects',
      { clusters: [{ name: 'a', id: 1, manifests: [{ file: 'f' }] }] },
      'objects of f must be a list, got nothing',
    ],
    ['not a number', ofObject({ a: NaN }), 'an object of pods must be JSON data, got NaN'],
    ['a large integer', ofObject({ a: 1n }), 'an object of pods must be JSON data, got 1'],
    ['deep', ofObject(deep(600)), 'an object of pods must be nested at most 500 levels deep; it may refer to itself'],
    [
      'shared',
      ofObject(shared(40)),
      'an object of pods must hold at most 4000000 values; objects in it may share parts',
    ],
  ])('%s', (_, shape, message) => {
    expect(() => evaluate(shape as any)).toThrow(new TypeError(message));
  });

  test('a field called __proto__ is a field', () => {
    const object = JSON.parse(
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"__proto__":"x"}},"spec":{"containers":[]}}',
    );
    const evaluation = evaluate(ofObject(object));
    expect(Object.keys(evaluation.mesh.workloads[0].manifest.object.metadata.labels)).toEqual(['__proto__']);
    expect(({} as any).x).toBeUndefined();
  });
});

test('the last expectation about a flow counts, to the world, between pods and to services', () => {
  const flows = (first: string, last: string) =>
    [
      { to: 'world:192.0.2.1', ports: ['TCP/443'] },
      { to: 'web@lyon' },
      { to: 'svc/web' },
    ].flatMap(flow => [first, last].map(verdict => ({ from: 'shop@paris', ...flow, verdict })));
  const paths = (first: string, last: string) =>
    unmet(mesh, { apiVersion: 'cilium-mesh/v1', flows: flows(first, last) }).map(({ code, path }) => [code, path]);
  const unused = ['flows[0]', 'flows[2]', 'flows[4]'].map(path => ['expectation-unused', path]);
  expect(paths('denied', 'allowed').filter(([code]) => code === 'expectation-unmet')).toEqual([]);
  expect(paths('denied', 'allowed')).toEqual(unused);
  expect(paths('allowed', 'denied').filter(([code]) => code === 'expectation-unmet')).toEqual(
    ['flows[1]', 'flows[3]', 'flows[5]'].map(path => ['expectation-unmet', path]),
  );
  expect(paths('allowed', 'denied').filter(([code]) => code === 'expectation-unused')).toEqual(unused);
});
