/** Snapshots of API servers that exist in memory; acceptance/ takes them of real ones. */
import * as fs from 'fs';
import * as path from 'path';
import { SHOP_A, SHOP_B, SECRET_TEXTS } from './shop';
import { matrix } from '../../../src/evaluator/queries/matrix';
import { readMesh } from '../../../src/evaluator/read/mesh';
import { formatWorkload } from '../../../src/evaluator/read/workload';
import { checkMesh } from '../../../src/evaluator/rules/check';
import { Shell } from '../../../src/live/runner/shell';
import { ClusterSnapshot, SnapshotProgress } from '../../../src/live/snapshot/snapshot';
import { snapshotFiles } from '../../../src/live/snapshot/snapshot-files';
import { snapshotInput } from '../../../src/live/snapshot/snapshot-input';
import { takeSnapshot } from '../../../src/live/snapshot/take-snapshot';
import { MeshInput } from '../../../src/manifests/input';
import { readMeshFile } from '../../../src/manifests/mesh-input';
import { ApiServers, failure, KubectlAnswer } from '../../support/api-server';

let servers: ApiServers;
/** Milliseconds that the snapshot waited. */
let waited: number;
let progress: SnapshotProgress[];

beforeEach(() => {
  servers = new ApiServers().add('kind-a', ...SHOP_A).add('kind-b', ...SHOP_B);
  waited = 0;
  progress = [];
});

function take(
  contexts: readonly string[] = ['kind-a', 'kind-b'],
  interruption: AbortSignal = new AbortController().signal,
): Promise<ClusterSnapshot[]> {
  const shell: Shell = { interruption, run: async command => servers.run(command) };
  const clock = {
    now: () => waited,
    sleep: async (milliseconds: number) => {
      waited += milliseconds;
    },
  };
  return takeSnapshot(
    contexts.map(context => ({ context })),
    {
      shell,
      clock,
      ciliumNamespace: 'kube-system',
      helmValues: false,
      seconds: 600,
      report: each => progress.push(each),
    },
  );
}

const textOf = (clusters: readonly ClusterSnapshot[]) =>
  [...snapshotFiles(clusters)].map(([file, text]) => `--- ${file}\n${text}`).join('');
const names = ({ objects }: ClusterSnapshot, ...kinds: string[]) =>
  objects
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
const gapsOf = ({ gaps }: ClusterSnapshot) => gaps.map(({ what, reason }) => `${what}: ${reason}`);

const endpointName = (endpoint: any) => formatWorkload(endpoint.workload ?? endpoint);

/** Answers once for a path. */
function once(isMeant: (url: URL, context: string) => boolean, answer: KubectlAnswer): void {
  let done = false;
  servers.instead = (context, url) => {
    if (!done && isMeant(url, context)) {
      done = true;
      return answer;
    }
    return undefined;
  };
}

test('the files of two clusters are those of expected/', async () => {
  const folder = path.join(__dirname, 'expected');
  const expected = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => fs.statSync(path.join(folder, file)).isFile())
    .map(file => [file, fs.readFileSync(path.join(folder, file), 'utf8')]);
  expect(Object.fromEntries(snapshotFiles(await take()))).toEqual(Object.fromEntries(expected));
});

test('its verdicts are those of what runs, in memory and from its files', async () => {
  const verdicts = (input: MeshInput) => {
    const mesh = readMesh(input);
    const scope = { from: mesh.workloads, to: mesh.workloads, all: false };
    return [...matrix(mesh, scope)].map(
      ({ source, destination, port, verdict }) =>
        `${endpointName(source)} -> ${endpointName(destination)} ${port.port}: ${verdict}`,
    );
  };
  const live = verdicts(snapshotInput(await take()));
  expect(live.filter(line => /^shop\/(api|toolbox|web)@/.test(line))).toEqual([
    // web admits only api of b, on its own port, which api's policy does not let through
    'shop/web@a -> shop/kafka-0@a 9092: allowed',
    'shop/web@a -> shop/kafka-1@a 9092: allowed',
    'shop/web@a -> shop/web-1-old@a 8080: denied',
    'shop/web@a -> shop/web-1-old@a 15001: denied',
    'shop/web@a -> shop/api@b 8080: allowed',
    'shop/toolbox@a -> shop/web@a 8080: denied',
    'shop/toolbox@a -> shop/web@a 15001: denied',
    'shop/toolbox@a -> shop/kafka-0@a 9092: allowed',
    'shop/toolbox@a -> shop/kafka-1@a 9092: allowed',
    'shop/toolbox@a -> shop/web-1-old@a 8080: denied',
    'shop/toolbox@a -> shop/web-1-old@a 15001: denied',
    'shop/toolbox@a -> shop/api@b 8080: allowed',
    'shop/api@b -> shop/web@a 8080: denied',
    'shop/api@b -> shop/web@a 15001: denied',
    'shop/api@b -> shop/kafka-0@a 9092: denied',
    'shop/api@b -> shop/kafka-1@a 9092: denied',
    'shop/api@b -> shop/web-1-old@a 8080: denied',
    'shop/api@b -> shop/web-1-old@a 15001: denied',
  ]);
  const { input, problems } = readMeshFile(path.join(__dirname, 'expected', 'mesh.yaml'));
  expect([problems, input.clusters.flatMap(({ notes }) => notes)]).toEqual([[], []]);
  expect(verdicts(input)).toEqual(live);
});

test('no secret of a pod is in it, also not in its messages', async () => {
  const text = textOf(await take());
  expect(SECRET_TEXTS.filter(secret => text.includes(secret))).toEqual([]);
  // the texts are there to be found
  const listed = JSON.stringify([...SHOP_A, ...SHOP_B]);
  expect(SECRET_TEXTS.filter(secret => !listed.includes(secret))).toEqual([]);
  expect(servers.log.filter(line => /secrets/.test(line))).toEqual([]);
  expect(servers.log.filter(line => /configmaps/.test(line) && !line.endsWith('/configmaps/cilium-config'))).toEqual(
    [],
  );
});

test('a server that breaks off within a page leaves no part of the page in a message', async () => {
  servers.instead = (_, url) =>
    url.pathname === '/api/v1/pods'
      ? { status: 1, output: '{"items":[{"env":\nError "hunter2"', error: 'error: unexpected EOF' }
      : undefined;
  const [{ gaps }] = await take(['kind-a']);
  expect(gaps.filter(({ what }) => what === 'pods').map(({ message }) => message)).toEqual(['error: unexpected EOF']);
  expect(JSON.stringify(gaps)).not.toContain('hunter2');
});

test('the same clusters give the same bytes, in any order of objects', async () => {
  const first = textOf(await take());
  servers = new ApiServers().add('kind-a', ...[...SHOP_A].reverse()).add('kind-b', ...[...SHOP_B].reverse());
  expect(textOf(await take(['kind-b', 'kind-a']))).toBe(first);
});

test('pods are grouped under their controllers', async () => {
  const [a] = await take(['kind-a']);
  expect(names(a, 'Deployment', 'ReplicaSet', 'StatefulSet', 'Job', 'CronJob', 'Pod', 'Rollout', 'Kafka')).toEqual([
    'CronJob shop/report',
    'Deployment shop/web',
    // its pods have labels of their own
    'Pod shop/kafka-0',
    'Pod shop/kafka-1',
    'Pod shop/toolbox',
    // in a rollout, the pods of the smaller group
    'Pod shop/web-1-old',
    'Rollout shop/checkout',
  ]);
  const of = (kind: string) => a.objects.find(each => each.kind === kind);
  // what a webhook added to all pods
  expect(of('Deployment').spec).toEqual({
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web', injected: 'yes' } },
      spec: {
        serviceAccountName: 'web',
        containers: [
          { name: 'web', ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }] },
          { name: 'proxy', ports: [{ containerPort: 15001, protocol: 'TCP' }] },
        ],
      },
    },
  });
  expect(of('Rollout')).toEqual({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'checkout', namespace: 'shop', annotations: { 'cilium-mesh/workload': 'true' } },
    spec: {
      replicas: 2,
      template: { metadata: { labels: { app: 'checkout' } }, spec: { containers: [{ name: 'checkout' }] } },
    },
  });
  const mesh = readMesh(snapshotInput([a]));
  expect(mesh.workloads.map(each => `${each.kind}/${formatWorkload(each)} ${each.replicas}`)).toContain(
    'Rollout/shop/checkout@a 2',
  );
});

describe('lists in pages', () => {
  const pod = (index: number) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `many-${index}`, namespace: 'shop', labels: { app: 'many' } },
    spec: { containers: [{ name: 'many' }] },
    status: { phase: 'Running' },
  });

  beforeEach(() => servers.add('kind-b', ...Array.from({ length: 1200 }, (_, index) => pod(index))));

  const podsOf = (cluster: ClusterSnapshot) => names(cluster, 'Pod').filter(name => name.includes('many')).length;

  test('of 500 objects', async () => {
    const [b] = await take(['kind-b']);
    expect(podsOf(b)).toBe(1200);
    expect(servers.log.filter(line => line.includes('/pods?'))).toEqual([
      'kind-b /api/v1/pods?limit=500',
      'kind-b /api/v1/pods?limit=500&continue=500',
      'kind-b /api/v1/pods?limit=500&continue=1000',
    ]);
    expect(progress.filter(({ resource }) => resource.kind === 'Pod').map(each => [each.state, each.objects])).toEqual([
      ['page', 500],
      ['page', 1000],
      ['page', 1201],
      ['read', 1201],
    ]);
  });

  test('a page that fails is asked for again, and no other', async () => {
    once(url => url.searchParams.get('continue') === '500', failure('Unable to connect to the server: EOF'));
    const [b] = await take(['kind-b']);
    expect([podsOf(b), b.gaps, waited]).toEqual([1200, [], 1000]);
    expect(servers.log.filter(line => line.includes('/pods?'))).toHaveLength(4);
  });

  test('a token that expired begins the list again, in larger pages', async () => {
    once(
      url => url.searchParams.get('continue') === '1000',
      failure('Error from server (Expired): The provided continue parameter is too old'),
    );
    const [b] = await take(['kind-b']);
    expect([podsOf(b), b.gaps]).toEqual([1200, []]);
    expect(servers.log.filter(line => line.includes('/pods?')).pop()).toBe('kind-b /api/v1/pods?limit=5000');
  });

  test('a server that dies between pages leaves no half of a list', async () => {
    let dead = false;
    servers.instead = (_, url) => {
      dead ||= url.searchParams.get('continue') === '500';
      return dead ? failure('The connection to the server 127.0.0.1:6443 was refused') : undefined;
    };
    const [b] = await take(['kind-b']);
    expect(podsOf(b)).toBe(0);
    expect(gapsOf(b)).toContain('pods: failed');
    // what was read before is kept
    expect(names(b, 'Deployment')).toEqual(['Deployment shop/api']);
  });
});

test('a role without a resource is a gap that names the rule, and the rest is kept', async () => {
  servers.forbid('kind-b', 'networkpolicies').forbid('kind-b', 'ciliumnetworkpolicies');
  const [a, b] = await take();
  expect([a.gaps, gapsOf(b)]).toEqual([
    [],
    ['ciliumnetworkpolicies.cilium.io: forbidden', 'networkpolicies.networking.k8s.io: forbidden'],
  ]);
  expect(b.gaps[1].fix).toBe(
    'add {apiGroups: ["networking.k8s.io"], resources: [networkpolicies], verbs: [list]} to your ClusterRole ' +
      '(cilium-mesh snapshot --print-rbac prints it whole)',
  );
  expect(names(b, 'Deployment')).toEqual(['Deployment shop/api']);
  expect(snapshotFiles([a, b]).get('mesh.yaml')).toContain('networkpolicies.networking.k8s.io');
});

test('later findings name the gap, and none that may be false', async () => {
  const codes = async () => {
    const input = snapshotInput(await take());
    return checkMesh(readMesh(input), input).map(({ code, cluster }) => `${code} (${cluster})`);
  };
  expect(await codes()).toContain('half-open (a)');
  servers.forbid('kind-b', 'ciliumnetworkpolicies');
  const found = await codes();
  expect([found.filter(each => each.startsWith('half-open')), found]).toEqual([
    [],
    expect.arrayContaining(['snapshot-gap (b)']),
  ]);
});

test('a resource that the cluster does not have is no gap, also where the role does not name it', async () => {
  servers.remove('kind-a', 'gateways').forbid('kind-a', 'gateways');
  servers.remove('kind-a', 'ciliumcidrgroups');
  const [a] = await take(['kind-a']);
  expect(a.gaps).toEqual([]);
  // v2, then v2alpha1
  expect(servers.log.filter(line => line.includes('ciliumcidrgroups'))).toHaveLength(2);
});

test('a server without Pods is not one without pods', async () => {
  servers.remove('kind-a', 'pods');
  const [a] = await take(['kind-a']);
  expect(gapsOf(a)).toEqual(['pods: not-served']);
});

test('after a list has given up, the others do not try again and again', async () => {
  servers.instead = (_, url) =>
    url.pathname.includes('configmaps') || url.pathname.includes('namespaces')
      ? undefined
      : { status: 128, output: '', cause: 'timeout' };
  const [a] = await take(['kind-a']);
  expect(new Set(a.gaps.filter(({ what }) => what !== 'version').map(({ reason }) => reason))).toEqual(
    new Set(['timeout']),
  );
  expect(servers.log.length).toBeLessThan(80);
});

test('the time limit ends the snapshot, not the mesh', async () => {
  servers.instead = (_, url) => {
    waited += url.pathname.includes('configmaps') ? 0 : 200_000;
    return undefined;
  };
  const [a] = await take(['kind-a']);
  expect(a.listed.length).toBeGreaterThan(0);
  expect(new Set(a.gaps.map(({ message }) => message))).toContain('the time limit of the snapshot is over');
});

test.each<[string, () => void, RegExp]>([
  [
    'a cluster that does not answer',
    () => {
      servers.instead = context =>
        context === 'kind-b' ? failure('Unable to connect to the server: no such host') : undefined;
    },
    /^kind-b: could not read the cluster: Unable to connect to the server: no such host\n {4}fix: check the context \(kubectl config get-contexts\) and its API server$/,
  ],
  [
    'a cluster of which nothing may be read',
    () => {
      servers.instead = context =>
        context === 'kind-b' ? failure('Error from server (Forbidden): User "eve" cannot') : undefined;
    },
    /^kind-b: no objects can be read: Error from server \(Forbidden\)[^]*fix: /,
  ],
  [
    'two clusters of one name',
    () => {
      servers = new ApiServers().add('kind-a', ...SHOP_A).add('kind-b', ...SHOP_A);
    },
    /the contexts kind-a and kind-b have the same name, a: Cilium cannot mesh them/,
  ],
  [
    'a name that would leave the folder',
    () => {
      const config = { 'cluster-name': '../../etc', 'cluster-id': '1' };
      servers = new ApiServers().add('kind-a', ...SHOP_A).add('kind-b', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'cilium-config', namespace: 'kube-system' },
        data: config,
      });
    },
    /^kind-b: cilium-config has an invalid cluster name, "..\/..\/etc"$/,
  ],
])('%s: no snapshot', async (_, arrange, message) => {
  arrange();
  await expect(take()).rejects.toThrow(message);
});

test('an interruption ends it', async () => {
  const controller = new AbortController();
  servers.instead = () => {
    controller.abort();
    return undefined;
  };
  await expect(take(['kind-a'], controller.signal)).rejects.toThrow();
  expect(servers.log).toHaveLength(1);
});

test('settings that cannot be read are a gap, and the names are those of the mesh file or the context', async () => {
  servers.forbid('kind-a', 'configmaps');
  const [a] = await take(['kind-a']);
  expect([a.name, a.id, a.values, gapsOf(a)]).toEqual([
    'kind-a',
    1,
    undefined,
    ['configmaps/cilium-config: forbidden'],
  ]);
});
