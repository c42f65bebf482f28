/** `status` with clusters that say what the test wants; with real ones, see acceptance/. */
import * as path from 'path';
import { applySetId } from '../../src/live/plans/apply-set';
import { Processes } from '../../src/live/runner/processes';
import { folderOf, folderWith, program } from '../support/program';
import { schemaFaults } from '../support/schemas';

const cwd = process.cwd();

/** What the clusters answer, by a text of the question; the first that fits. */
type Answers = { [question: string]: string | { readonly failure: string } | ((stdin: string) => string) };

/** The objects on the standard input, as an earlier apply left them. */
const applied = (stdin: string, change: (object: any) => any = object => object) => {
  const items = JSON.parse(stdin).items.map((object: any) => {
    const set = applySetId('cilium-mesh', object.kind === 'Deployment' ? 'backends' : 'objects');
    const labels = { ...object.metadata.labels, 'applyset.kubernetes.io/part-of': set };
    return { ...object, metadata: { ...object.metadata, labels, uid: 'any' }, status: { any: 'thing' } };
  });
  return JSON.stringify({ kind: 'List', items: items.flatMap(change) });
};

const node = (status: string) => ({
  status: {
    conditions: [
      { type: 'MemoryPressure', status: 'False' },
      { type: 'Ready', status },
    ],
  },
});
const fine = (name: string, id: number, other: string): Answers => ({
  'get nodes': JSON.stringify({ items: [node('True'), node('True'), node('True')] }),
  'get daemonset cilium': JSON.stringify({
    spec: {
      template: {
        spec: { containers: [{ name: 'cilium-agent', image: 'quay.io/cilium/cilium:v1.20.2@sha256:0123' }] },
      },
    },
    status: { numberReady: 3, desiredNumberScheduled: 3 },
  }),
  'get configmap cilium-config': JSON.stringify({ data: { 'cluster-name': name, 'cluster-id': String(id) } }),
  'clustermesh status': JSON.stringify({ connectivity: { clusters: { [other]: { configured: 3, connected: 3 } } } }),
  'get services': JSON.stringify({
    items: [
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'kubernetes', namespace: 'default' }, spec: {} },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: {
          name: 'rebel-base',
          namespace: 'default',
          annotations: {
            'service.cilium.io/global': 'true',
            'service.cilium.io/shared': 'false',
            'service.cilium.io/affinity': 'local',
          },
        },
        spec: {},
      },
    ],
  }),
  'get namespace kube-system': JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid: `uid-of-${name}` } }),
  'get configmaps cilium-config': '',
  'api-resources':
    'configmaps cm v1 true ConfigMap\nservices svc v1 true Service\ndeployments deploy apps/v1 true Deployment\n' +
    'ciliumnetworkpolicies cnp cilium.io/v2 true CiliumNetworkPolicy\n',
  ' --all-namespaces': JSON.stringify({ kind: 'List', items: [] }),
  'get -f -': stdin => applied(stdin),
  '--dry-run=server': stdin => stdin,
});

let clusters: { [context: string]: Answers };

beforeEach(() => {
  process.chdir(folderOf('isovalent-lab'));
  clusters = { 'kind-koornacht': fine('koornacht', 1, 'tion'), 'kind-tion': fine('tion', 2, 'koornacht') };
  jest.spyOn(Processes.prototype, 'run').mockImplementation(async ({ program: name, args, stdin = '' }) => {
    const line = [name, ...args].join(' ');
    const answers = clusters[args[args.indexOf('--context') + 1]];
    const [, answer] = Object.entries(answers).find(([question]) => line.includes(question))!;
    const text = typeof answer === 'string' ? answer : typeof answer === 'function' ? answer(stdin) : answer.failure;
    return {
      status: typeof answer === 'object' ? 2 : 0,
      output: text,
      tail: text,
      bySignal: false,
    };
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  process.chdir(cwd);
});

const rows = (out: string) => out.split('\n').map(line => line.split(/ {2,}/));

test('all is well', async () => {
  const { status, out } = await program('status');
  expect([status, rows(out)]).toEqual([
    0,
    [
      ['CLUSTER', 'ID', 'CONTEXT', 'NODES', 'AGENTS', 'CILIUM', 'CONNECTED TO', 'GLOBAL SERVICES', 'MANIFESTS'],
      [
        'koornacht',
        '1',
        'kind-koornacht',
        '3/3',
        '3/3',
        '1.20.2',
        'tion 3/3',
        'default/rebel-base (not shared) (affinity local)',
        'as applied',
      ],
      [
        'tion',
        '2',
        'kind-tion',
        '3/3',
        '3/3',
        '1.20.2',
        'koornacht 3/3',
        'default/rebel-base (not shared) (affinity local)',
        'as applied',
      ],
      ['No problems.'],
      [''],
    ],
  ]);
});

describe('with a recording', () => {
  /** The verdict on a connection from the x-wing in koornacht to rebel-base in tion. */
  const verdict = (at: 'EGRESS' | 'INGRESS', outcome: string, more: object = {}) => {
    const pod = (name: string, cluster: string, isLocal: boolean) => ({
      ...(isLocal ? { ID: 7, workloads: [{ name, kind: 'Deployment' }] } : {}),
      cluster_name: cluster,
      namespace: 'default',
      labels: [
        `k8s:name=${name}`,
        'k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=default',
        `k8s:io.cilium.k8s.policy.cluster=${cluster}`,
        'k8s:io.cilium.k8s.policy.serviceaccount=default',
        'k8s:io.kubernetes.pod.namespace=default',
      ],
    });
    const recorder = at === 'EGRESS' ? 'koornacht/w1' : 'tion/w1';
    const flow = {
      verdict: outcome,
      ...(outcome === 'DROPPED' ? { drop_reason_desc: 'POLICY_DENIED' } : {}),
      l4: { TCP: { source_port: 40_000, destination_port: 80, flags: { SYN: true } } },
      source: pod('x-wing', 'koornacht', at === 'EGRESS'),
      destination: pod('rebel-base', 'tion', at === 'INGRESS'),
      event_type: { type: 5 },
      traffic_direction: at,
      node_name: recorder,
      ...more,
    };
    return JSON.stringify({ flow, node_name: recorder, time: '2026-03-20T00:00:00Z' });
  };
  const flows = (...lines: string[]) => path.join(folderWith({ 'flows.jsonl': lines.join('\n') }), 'flows.jsonl');
  const statusOf = async (file: string) => {
    const { status, out } = await program('status', '--flows', file, '--format', 'json');
    const report = JSON.parse(out);
    expect(schemaFaults('status', report)).toEqual([]);
    const found = report.clusters.map(({ name, flows: each, problems }: any) => ({ name, each, problems }));
    return { status, clusters: found };
  };
  const none = { agreed: 0, explained: 0, drifted: 0, unexplained: 0 };

  test('clusters that agree have no problem', async () => {
    const { status, clusters: found } = await statusOf(flows(verdict('EGRESS', 'FORWARDED')));
    expect([status, found]).toEqual([
      0,
      [
        { name: 'koornacht', each: { ...none, agreed: 1 }, problems: [] },
        { name: 'tion', each: none, problems: [] },
      ],
    ]);
    const { out } = await program('status', '--flows', flows(verdict('EGRESS', 'FORWARDED')));
    expect(rows(out).slice(0, 3).map(cells => cells.at(-1))).toEqual(['FLOWS', '1 agree', 'none compared']);
  });

  test('a flow with both ends in a cluster is one flow', async () => {
    const within = (line: string) =>
      line
        .replaceAll('"tion/w1"', '"koornacht/w2"')
        .replaceAll('"cluster_name":"tion"', '"cluster_name":"koornacht"')
        .replaceAll('policy.cluster=tion', 'policy.cluster=koornacht');
    const { clusters: found } = await statusOf(
      flows(within(verdict('EGRESS', 'DROPPED')), within(verdict('INGRESS', 'DROPPED'))),
    );
    expect(found[0].each).toEqual({ ...none, unexplained: 2 });
    const { out } = await program(
      'status',
      '--flows',
      flows(within(verdict('EGRESS', 'DROPPED')), within(verdict('INGRESS', 'DROPPED'))),
    );
    expect(out).toContain(
      "Hubble's verdicts disagree with the manifests, by 1 recorded flow: x-wing@koornacht -> rebel-base@koornacht TCP/80",
    );
  });

  test('a verdict that nothing explains is a problem of its cluster', async () => {
    const { status, clusters: found } = await statusOf(flows(verdict('EGRESS', 'DROPPED')));
    expect(status).toBe(1);
    expect(found[0]).toEqual({
      name: 'koornacht',
      each: { ...none, unexplained: 1 },
      problems: [
        "Hubble's verdicts disagree with the manifests, by 1 recorded flow: x-wing@koornacht -> rebel-base@tion TCP/80 " +
          '(cilium-mesh replay shows why)',
      ],
    });
  });

  test('a policy that the manifests lack is drift', async () => {
    const named = { egress_denied_by: [{ name: 'manual', namespace: 'default', kind: 'CiliumNetworkPolicy' }] };
    const { status, clusters: found } = await statusOf(flows(verdict('EGRESS', 'DROPPED', named)));
    expect([status, found[0].each]).toEqual([2, { ...none, drifted: 1 }]);
    expect(found[0].problems).toEqual([expect.stringContaining('has other labels or policies than the manifests')]);
  });

  test('a missing recording, and a mesh among the recordings, end before any cluster is asked', async () => {
    expect(await program('status', '--flows', 'nowhere.jsonl')).toMatchObject({
      status: 1,
      err: expect.stringContaining('nowhere.jsonl: file or folder not found'),
    });
    const file = flows(verdict('EGRESS', 'FORWARDED'));
    expect(await program('status', '--flows', 'mesh.yaml', '--flows', file)).toMatchObject({
      status: 1,
      err: '--flows must name recordings, got the mesh "mesh.yaml": name it with --mesh\n',
    });
    expect(Processes.prototype.run).not.toHaveBeenCalled();
  });
});

test.each<[string, Answers, string]>([
  [
    'a node that is not ready',
    { 'get nodes': JSON.stringify({ items: [node('True'), node('Unknown')] }) },
    '1 of 2 nodes not ready',
  ],
  [
    'agents that are not ready',
    { 'get daemonset cilium': fine('', 0, '')['get daemonset cilium'].toString().replace('"numberReady":3', '"numberReady":1') },
    '2 of 3 agents not ready',
  ],
  [
    'another version',
    { 'get daemonset cilium': fine('', 0, '')['get daemonset cilium'].toString().replace('1.20.2', '1.19.3') },
    'Cilium must be 1.20.2, got 1.19.3',
  ],
  [
    'the wrong context',
    { 'get configmap cilium-config': JSON.stringify({ data: { 'cluster-name': 'koornacht', 'cluster-id': '2' } }) },
    'the name of the cluster must be "tion", its agents have "koornacht": check the context kind-tion',
  ],
  [
    'another ID',
    { 'get configmap cilium-config': JSON.stringify({ data: { 'cluster-name': 'tion', 'cluster-id': '7' } }) },
    'the ID of the cluster must be 2, its agents have 7',
  ],
  [
    'no connection',
    { 'clustermesh status': JSON.stringify({ connectivity: { clusters: {} } }) },
    'not connected to koornacht',
  ],
  [
    'half a connection',
    {
      'clustermesh status': JSON.stringify({
        connectivity: { clusters: { koornacht: { configured: 3, connected: 1 } } },
      }),
    },
    '2 of 3 agents not connected to koornacht',
  ],
  [
    'a CLI that fails',
    { 'clustermesh status': { failure: 'Error: Unable to determine status' } },
    'cannot read the connections: Error: Unable to determine status',
  ],
  [
    'a CLI that prints something else',
    { 'clustermesh status': 'all is well' },
    'cannot read the connections: all is well',
  ],
  ...['null', '[]', '5', '{"connectivity": {"clusters": {"koornacht": null}}}'].map(
    (text): [string, Answers, string] => [
      `a CLI that prints ${text}`,
      { 'clustermesh status': text },
      'cannot read the connections: the answer must be JSON as kubectl and the cilium CLI print it, got something else',
    ],
  ),
  [
    'a list of nodes without items',
    { 'get nodes': '{"items": null}' },
    'cannot read the nodes: the answer must be JSON as kubectl and the cilium CLI print it, got something else',
  ],
  [
    'objects without names',
    { ' --all-namespaces': '{"kind": "List", "items": [{"metadata": {}}]}' },
    'cannot read the apply sets: kubectl --context kind-tion get ' +
      'CiliumNetworkPolicy.cilium.io,ConfigMap,Deployment.apps,Service ' +
      '--all-namespaces -l applyset.kubernetes.io/part-of -o json --request-timeout=20s: ' +
      'the answer must be Kubernetes objects as JSON, got something else',
  ],
  [
    'a comparison without one of the objects',
    {
      '--dry-run=server': stdin =>
        JSON.stringify({ items: JSON.parse(stdin).items.filter(({ kind }: any) => kind !== 'Deployment') }),
    },
    'cannot compare the objects with the manifests: the answer must be the objects of the manifests as JSON, with ' +
      'Deployment default/rebel-base, got something else',
  ],
  [
    'an API server that is away',
    { 'get nodes': { failure: 'The connection to the server 127.0.0.1:1 was refused' } },
    'the API server does not answer: The connection to the server 127.0.0.1:1 was refused',
  ],
  [
    'a comparison that fails',
    { '--dry-run=server': { failure: 'error: no validation' } },
    'cannot compare the objects with the manifests: error: no validation',
  ],
  [
    'apply sets that cannot be asked for',
    { 'api-resources': { failure: 'Error from server (Forbidden)' } },
    'cannot read the apply sets: kubectl --context kind-tion api-resources ' +
      '--no-headers --request-timeout=20s: Error from server (Forbidden)',
  ],
])('%s', async (_, answers, problem) => {
  Object.assign(clusters['kind-tion'], answers);
  const { status, out } = await program('status');
  expect([status, out]).toEqual([1, expect.stringContaining(`problem tion: ${problem}\n`)]);
  const document = JSON.parse((await program('status', '--format', 'json')).out);
  expect([schemaFaults('status', document), document.clusters[1].problems]).toEqual([[], [problem]]);
});

test('what differs from the manifests is named, and alone it is status 2', async () => {
  clusters['kind-tion']['get -f -'] = stdin =>
    applied(stdin, object =>
      object.kind === 'ConfigMap'
        ? []
        : object.metadata.name === 'x-wing'
          ? [{ ...object, spec: { ...object.spec, replicas: 0 } }]
          : [object],
    );
  const { status, out } = await program('status');
  expect([status, rows(out)[2][8]]).toEqual([2, '1 missing, 1 different']);
  expect(out.match(/^problem .*$/gm)).toEqual([
    'problem tion: missing: ConfigMap default/rebel-base-response',
    'problem tion: differs from its manifest: Deployment default/x-wing',
  ]);
  clusters['kind-koornacht']['get nodes'] = JSON.stringify({ items: [node('False')] });
  expect((await program('status')).status).toBe(1);
  expect(await program('status', '--formt', 'json')).toMatchObject({ status: 1, out: '' });
});

test('CSV has a row for each cluster, JUnit a case', async () => {
  Object.assign(clusters['kind-tion'], { 'get nodes': JSON.stringify({ items: [node('True'), node('Unknown')] }) });
  expect((await program('status', '--format', 'csv')).out.split('\r\n').slice(1)).toEqual([
    'koornacht,1,kind-koornacht,3,3,3,3,1.20.2,0',
    'tion,2,kind-tion,1,2,3,3,1.20.2,1',
    '',
  ]);
  const { status, out } = await program('status', '--format', 'junit');
  expect([status, out]).toEqual([
    1,
    expect.stringContaining('<testsuite name="cilium-mesh status" tests="2" failures="1" skipped="0">'),
  ]);
  expect(out).toMatch(
    /<testcase name="tion" classname="cilium-mesh status">\s*<failure message="1 of 2 nodes not ready"\/>/,
  );
});

describe('--connection-mode', () => {
  const MESH = (...names: string[]) =>
    `apiVersion: cilium-mesh/v1\nclusters:\n${names
      .map((name, index) => `- {name: ${name}, id: ${index + 1}, manifests: [none.yaml], context: kind-${name}}\n`)
      .join('')}`;
  const connections = (...others: string[]) => ({
    'clustermesh status': JSON.stringify({
      connectivity: { clusters: Object.fromEntries(others.map(each => [each, { configured: 3, connected: 3 }])) },
    }),
  });

  beforeEach(() => {
    process.chdir(folderWith({ 'mesh.yaml': MESH('a', 'b', 'c'), 'none.yaml': '' }));
    clusters = {
      'kind-a': { ...fine('a', 1, ''), ...connections('b', 'c') },
      'kind-b': { ...fine('b', 2, ''), ...connections('a') },
      'kind-c': { ...fine('c', 3, ''), ...connections() },
    };
  });

  test.each([
    [[], ['b: not connected to c', 'c: not connected to a', 'c: not connected to b']],
    [['--connection-mode', 'mesh'], ['b: not connected to c', 'c: not connected to a', 'c: not connected to b']],
    [['--connection-mode', 'bidirectional'], ['c: not connected to a']],
    [['--connection-mode', 'unicast'], []],
  ])('%j', async (args, problems) => {
    const { status, out } = await program('status', '--mesh', 'mesh.yaml', ...args);
    expect([status, out.match(/^problem .*$/gm) ?? []]).toEqual([
      problems.length > 0 ? 1 : 0,
      problems.map(each => `problem ${each}`),
    ]);
    expect(rows(out)[3][6]).toBe('none');
  });

  test('by default it is the one that the last up recorded, of the same apply set', async () => {
    const record = (data: object) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'cilium-mesh-clusters', namespace: 'kube-system' },
      data: { 'name': 'b', 'connected.cilium-mesh': '{}', ...data },
    });
    clusters['kind-c'] = { ...fine('c', 3, ''), ...connections('a') };
    const problemsWith = async (data: object, ...args: string[]) => {
      clusters['kind-b']['get configmaps cilium-config'] = JSON.stringify(record(data));
      return (await program('status', '--mesh', 'mesh.yaml', ...args)).out.match(/^problem .*$/gm) ?? [];
    };
    const all = ['problem b: not connected to c', 'problem c: not connected to b'];
    const star = { 'mode.cilium-mesh': 'bidirectional' };
    expect(await problemsWith(star)).toEqual([]);
    expect(await problemsWith(star, '--connection-mode', 'mesh')).toEqual(all);
    expect(await problemsWith(star, '--apply-set', 'other')).toEqual(all);
    expect(await problemsWith({})).toEqual(all);
  });

  test('any other is refused', async () => {
    expect(await program('status', '--mesh', 'mesh.yaml', '--connection-mode', 'star')).toEqual({
      status: 1,
      out: '',
      err: '--connection-mode must be one of mesh, bidirectional, unicast, got "star"\n',
    });
  });
});

test('contexts as long as an ARN stand below the table', async () => {
  const arn = 'arn:aws:eks:eu-central-1:123456789012:cluster/production-shared-services';
  process.chdir(
    folderWith({
      'mesh.yaml': `apiVersion: cilium-mesh/v1\nclusters:\n- {name: a, id: 1, manifests: [none.yaml], context: "${arn}"}\n`,
      'none.yaml': '',
    }),
  );
  clusters = { [arn]: fine('a', 1, '') };
  const { out } = await program('status', '--mesh', 'mesh.yaml');
  expect(rows(out)).toEqual([
    ['CLUSTER', 'ID', 'NODES', 'AGENTS', 'CILIUM', 'CONNECTED TO', 'GLOBAL SERVICES', 'MANIFESTS'],
    ['a', '1', '3/3', '3/3', '1.20.2', '-', 'default/rebel-base (not shared) (affinity local)', 'as applied'],
    [`context of a: ${arn}`],
    ['No problems.'],
    [''],
  ]);
});
