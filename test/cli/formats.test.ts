/** What scripts rely on: the JSON of every command, and the exit status. */
import { folderOf, program } from '../support/program';

const cwd = process.cwd();
const lab = { namespace: 'default', kind: 'Deployment' };

beforeAll(() => process.chdir(folderOf('isovalent-lab', 'ingress-tion')));
afterAll(() => process.chdir(cwd));

test('matrix shows all ports, and the verdicts on the declared ones', async () => {
  const { status, out, err } = await program('matrix', '--format', 'json');
  const { apiVersion, flows } = JSON.parse(out);
  expect([status, err, apiVersion]).toEqual([0, '', 'cilium-mesh/v1']);
  expect(flows).toHaveLength(12);
  expect(flows[3]).toEqual({
    source: { cluster: 'koornacht', ...lab, name: 'x-wing' },
    destination: { cluster: 'koornacht', ...lab, name: 'rebel-base' },
    allowed: [
      { protocol: 'TCP', first: 1, last: 65535 },
      { protocol: 'UDP', first: 1, last: 65535 },
      { protocol: 'SCTP', first: 1, last: 65535 },
      { protocol: 'ICMP', first: 0, last: 255 },
      { protocol: 'ICMPv6', first: 0, last: 255 },
    ],
    listening: [{ protocol: 'TCP', port: 80, egress: 'allowed', ingress: 'allowed', verdict: 'allowed' }],
    verdicts: { egress: ['allowed'], ingress: ['allowed'] },
  });
  expect(flows[4]).toMatchObject({
    destination: { cluster: 'tion', ...lab, name: 'rebel-base' },
    allowed: [],
    listening: [{ protocol: 'TCP', port: 80, egress: 'default-denied', ingress: 'allowed', verdict: 'denied' }],
  });
});

test('matrix --port', async () => {
  const { status, out, err } = await program('matrix', '--port', 'TCP/80', '--to', 'rebel-base@*', '--format', 'json');
  const { apiVersion, flows } = JSON.parse(out);
  expect([status, err, apiVersion]).toEqual([0, '', 'cilium-mesh/v1']);
  expect(flows).toHaveLength(6);
  expect(flows[2]).toEqual({
    source: { cluster: 'koornacht', ...lab, name: 'x-wing' },
    destination: { cluster: 'tion', ...lab, name: 'rebel-base' },
    protocol: 'TCP',
    port: 80,
    egress: 'default-denied',
    ingress: 'allowed',
    verdict: 'denied',
  });
  const order = flows.map((flow: any) =>
    [flow.source.cluster, flow.source.name, flow.destination.cluster, flow.destination.name].join('/'),
  );
  expect(order).toEqual([...order].sort());
});

test('matrix --all has the pairs of a workload with itself', async () => {
  const { out } = await program('matrix', '--to', 'rebel-base@*', '--all', '--format', 'json');
  expect(JSON.parse(out).flows).toHaveLength(8);
  const onPort = await program('matrix', '--to', 'rebel-base@*', '--all', '--port', 'TCP/80', '--format', 'json');
  expect(JSON.parse(onPort.out).flows).toHaveLength(8);
});

test('matrix --port takes what the containers do not declare', async () => {
  const { out } = await program(
    'matrix',
    '--port',
    'TCP/443',
    '--port',
    'udp/53',
    '--from',
    'x-wing@*',
    '--to',
    '@tion',
    '--format',
    'json',
  );
  expect(
    JSON.parse(out).flows.map(
      (flow: any) =>
        `${flow.source.name}@${flow.source.cluster} ${flow.destination.name} ${flow.protocol}/${flow.port} ` +
        `${flow.verdict}`,
    ),
  ).toEqual([
    'x-wing@koornacht rebel-base TCP/443 denied',
    'x-wing@koornacht rebel-base UDP/53 denied',
    'x-wing@koornacht x-wing TCP/443 denied',
    'x-wing@koornacht x-wing UDP/53 denied',
    'x-wing@tion rebel-base TCP/443 denied',
    'x-wing@tion rebel-base UDP/53 denied',
  ]);
});

test('matrix --summary counts pairs on any port, and flows on declared ports', async () => {
  const { out } = await program('matrix', '--summary', '--format', 'json');
  expect(JSON.parse(out).summary).toEqual([
    { source: 'koornacht', destination: 'koornacht', pairs: 2, connecting: 1, dependent: 0, flows: 1, allowed: 1 },
    { source: 'koornacht', destination: 'tion', pairs: 4, connecting: 0, dependent: 0, flows: 2, allowed: 0 },
    { source: 'tion', destination: 'koornacht', pairs: 4, connecting: 0, dependent: 0, flows: 2, allowed: 0 },
    { source: 'tion', destination: 'tion', pairs: 2, connecting: 0, dependent: 0, flows: 1, allowed: 0 },
  ]);
});

test('matrix --summary --port', async () => {
  const { out } = await program(
    ...['matrix', '--summary', '--port', 'TCP/80', '--to', 'rebel-base@*', '--format', 'json'],
  );
  expect(JSON.parse(out)).toEqual({
    apiVersion: 'cilium-mesh/v1',
    read: [
      {
        clusters: 2,
        workloads: 4,
        policies: 5,
        services: 2,
        files: 2,
        excluded: 0,
        invalid: 0,
        notRendered: [],
        ignoredKinds: [],
        gaps: [],
      },
    ],
    summary: [
      { source: 'koornacht', destination: 'koornacht', protocol: 'TCP', port: 80, flows: 1, allowed: 1 },
      { source: 'koornacht', destination: 'tion', protocol: 'TCP', port: 80, flows: 2, allowed: 0 },
      { source: 'tion', destination: 'koornacht', protocol: 'TCP', port: 80, flows: 2, allowed: 0 },
      { source: 'tion', destination: 'tion', protocol: 'TCP', port: 80, flows: 1, allowed: 0 },
    ],
  });
});

test('matrix --summary counts the same with and without a choice of all workloads', async () => {
  const [fast, slow] = [
    await program('matrix', '--summary', '--port', 'TCP/80', '--format', 'json'),
    await program('matrix', '--summary', '--port', 'TCP/80', '--from', '*', '--format', 'json'),
  ];
  expect(JSON.parse(fast.out)).toEqual(JSON.parse(slow.out));
});

test('backends', async () => {
  const { status, out } = await program('backends', 'rebel-base', '--format', 'json');
  const rebelBase = (cluster: string, share: number) => ({
    cluster,
    workload: { kind: 'Deployment', name: 'rebel-base' },
    replicas: 2,
    share,
  });
  expect(status).toBe(0);
  expect(JSON.parse(out).services).toEqual([
    {
      namespace: 'default',
      name: 'rebel-base',
      clients: [
        {
          cluster: 'koornacht',
          backends: [rebelBase('koornacht', 0.5), rebelBase('tion', 0.5)],
          host: {
            backends: [rebelBase('koornacht', 1)],
            reasons: [expect.stringContaining('kubeProxyReplacement and socketLB are off')],
          },
        },
        { cluster: 'tion', backends: [rebelBase('tion', 1)], reasons: [expect.stringContaining('shared: "false"')] },
      ],
    },
  ]);
});

test.each([
  'rebel-base@koornacht=0',
  'default/rebel-base@koornacht=0',
  'Deployment/default/rebel-base@koornacht=0',
  'koornacht/default/rebel-base=0',
])('backends --scale %s asks what if', async scale => {
  const { out } = await program(
    'backends',
    'rebel-base',
    '--from-cluster',
    'koornacht',
    '--scale',
    scale,
    '--format',
    'json',
  );
  expect(JSON.parse(out).services[0].clients).toEqual([
    {
      cluster: 'koornacht',
      backends: [{ cluster: 'tion', workload: { kind: 'Deployment', name: 'rebel-base' }, replicas: 2, share: 1 }],
      host: {
        backends: [],
        reasons: [
          'kube-proxy balances for clients with host network, and knows only the backends of koornacht: ' +
            'kubeProxyReplacement and socketLB are off there',
          'no backend is available',
        ],
      },
    },
  ]);
});

test('check', async () => {
  const { status, out } = await program('check', '--format', 'json');
  const { findings } = JSON.parse(out);
  expect(status).toBe(1);
  expect(findings.map((each: any) => each.code)).toEqual(['service-partial', 'local-cluster-default', 'half-open']);
  expect(findings[1]).toEqual({
    code: 'local-cluster-default',
    severity: 'warning',
    cluster: 'koornacht',
    file: 'dist/koornacht.k8s.yaml',
    line: 123,
    object: { apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', name: 'x-wing-to-rebel-base' },
    message: expect.any(String),
    fix: expect.any(String),
  });
});

test('check --severity leaves out what is less', async () => {
  const { status, out } = await program('check', '--severity', 'error', '--format', 'json');
  expect([status, JSON.parse(out).findings]).toEqual([0, []]);
});

test('explain names the rule, its file and line, and the smallest addition', async () => {
  const { status, out } = await program('explain', 'x-wing@koornacht', 'rebel-base@tion', '--format', 'json');
  const [flow] = JSON.parse(out).flows;
  expect(status).toBe(0);
  expect([flow.verdict, flow.egress.verdict, flow.egress.cluster, flow.ingress.verdict, flow.ingress.cluster]).toEqual([
    'denied',
    'default-denied',
    'koornacht',
    'allowed',
    'tion',
  ]);
  expect(flow.ingress.rules).toEqual([
    {
      cluster: 'tion',
      kind: 'CiliumNetworkPolicy',
      namespace: 'default',
      name: 'rebel-base-from-x-wing',
      path: 'spec.ingress[0]',
      file: 'dist/tion.k8s.yaml',
      line: 125,
    },
  ]);
  expect(flow.egress.nearMisses).toEqual([
    {
      rule: expect.objectContaining({ name: 'x-wing-to-rebel-base' }),
      why: expect.stringContaining('io.cilium.k8s.policy.cluster = koornacht'),
    },
  ]);
  expect(flow.additions).toEqual([
    { cluster: 'koornacht', direction: 'egress', policy: expect.objectContaining({ kind: 'CiliumNetworkPolicy' }) },
  ]);
});

test('explain a service', async () => {
  const { out } = await program('explain', 'x-wing@koornacht', 'svc/default/rebel-base', '--format', 'json');
  const { services, name, cluster } = JSON.parse(out);
  expect([name, cluster, services[0].verdict, services[0].reachable]).toEqual([
    'rebel-base',
    'koornacht',
    'partial',
    0.5,
  ]);
});

test('diff of two versions exits 1 where flows change', async () => {
  const { status, out } = await program('diff', '--cilium', '1.18..1.20', '--format', 'json');
  const { flows } = JSON.parse(out);
  expect(status).toBe(1);
  const pods = (cluster: string, name: string) => ({
    kind: 'pods',
    state: 'kept',
    names: [`${name}@${cluster}`],
    workloads: [{ cluster, ...lab, name }],
  });
  // the lab's own rule names no cluster, so it means the local one since 1.19
  expect(flows).toEqual([
    {
      change: 'lost',
      sources: [pods('koornacht', 'x-wing')],
      destinations: [pods('tion', 'rebel-base')],
      ports: [
        ...['TCP', 'UDP', 'SCTP'].map(protocol => ({ protocol, first: 1, last: 65535, before: [] })),
        ...['ICMP', 'ICMPv6'].map(protocol => ({ protocol, first: 0, last: 255, before: [] })),
      ],
      example: {
        source: 'x-wing@koornacht',
        destination: 'rebel-base@tion',
        protocol: 'TCP',
        port: 80,
        before: expect.objectContaining({ egress: 'allowed', ingress: 'allowed', verdict: 'allowed' }),
        after: expect.objectContaining({ egress: 'default-denied', ingress: 'allowed', verdict: 'denied' }),
      },
    },
  ]);
});

test('diff of a mesh with itself is empty', async () => {
  const { status, out } = await program('diff', '.', 'dist/mesh/mesh.yaml');
  expect([status, out]).toEqual([
    0,
    'flows: 0 gained, 0 lost; services: 0 changed\n' +
      'compared 4 workloads, 2 sets of nodes, 1 set of addresses, 0 sets of names, 1 service in 2 clusters on all ' +
      'ports\nRead 2 clusters, 4 workloads, 5 policies, 2 Services from 2 files.\n',
  ]);
});

describe('requests', () => {
  beforeAll(() => process.chdir(folderOf('cilium-docs', 'star-wars')));

  test.each([
    ['POST /v1/request-landing', 'allowed'],
    ['PUT /v1/exhaust-port', 'denied'],
  ])('%s is %s', async (request, verdict) => {
    const { out } = await program(
      'matrix',
      '--from',
      'tiefighter@cluster2',
      '--to',
      'deathstar@cluster1',
      '--http',
      request,
      '--format',
      'json',
    );
    expect(JSON.parse(out).flows).toEqual([
      expect.objectContaining({ egress: 'allowed', ingress: 'redirected', request: verdict, verdict }),
    ]);
    const explained = await program(
      'explain',
      'tiefighter@cluster2',
      'deathstar@cluster1',
      '--http',
      request,
      '--format',
      'json',
    );
    expect(JSON.parse(explained.out).flows[0]).toMatchObject({
      verdict,
      ingress: { verdict: 'redirected', request: verdict },
    });
  });
});
