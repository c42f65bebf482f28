/** `cilium-mesh snapshot` of the lab's clusters, by an administrator and by a user with the roles that it prints. */
import * as fs from 'fs';
import * as path from 'path';
import { eventually, get, ok } from './support/commands';
import { deleteClusters, Lab } from './support/lab';
import { Cidr } from '../src/cilium/cidr';
import { synth } from '../test/support/examples';
import { documents } from '../test/support/mesh';

const CONTEXTS = ['kind-koornacht', 'kind-tion'];

let lab: Lab;

beforeAll(async () => {
  lab = new Lab(synth('isovalent-lab', 'ingress-tion'));
  await lab.up();
  for (const context of CONTEXTS) {
    // a rollout that is not finished has pods of two templates
    await eventually(async () => {
      const { items } = await get(context, 'deployments', '--all-namespaces');
      expect(items.map(({ status }: any) => [status.replicas ?? 0, status.updatedReplicas ?? 0])).toEqual(
        items.map(({ spec }: any) => [spec.replicas, spec.replicas]),
      );
    });
  }
});

afterAll(deleteClusters);

/** Takes a snapshot into a folder of the lab. */
async function snapshot(folder: string, ...args: readonly string[]) {
  return lab.program(['snapshot', '-o', folder, ...args]);
}

/** The files of a snapshot, without the names of contexts. */
function filesOf(folder: string): Record<string, string> {
  const at = path.join(lab.folder, folder);
  return Object.fromEntries(
    fs
      .readdirSync(at, { recursive: true, encoding: 'utf8' })
      .filter(file => fs.statSync(path.join(at, file)).isFile())
      .map(file => [file, fs.readFileSync(path.join(at, file), 'utf8').replace(/\bcontext:? \S+/g, '')]),
  );
}

/** What a command says about the lab's own workloads, as JSON. */
async function answer(mesh: string, ...args: readonly string[]): Promise<any> {
  const { status, out, err } = await lab.program([...args, '--mesh', mesh, '--format', 'json']);
  expect([status <= 1, err]).toEqual([true, '']);
  return JSON.parse(out);
}

test('its answers are those of the manifests', async () => {
  const { status, out } = await snapshot('live');
  expect([status, out]).toEqual([0, expect.stringContaining('live: 2 clusters. To check it')]);
  for (const query of [
    ['matrix', '--from', 'default/*', '--to', 'default/*', '--all'],
    ['backends', 'default/rebel-base'],
  ]) {
    const { read, ...live } = await answer('live/mesh.yaml', ...query);
    const { read: written, ...manifests } = await answer('dist/mesh/mesh.yaml', ...query);
    expect(live).toEqual(manifests);
    // the clusters have more objects, such as those of Cilium, and the same policies
    const more = ['files', 'services', 'workloads'];
    const facts = ({ [0]: all }: any[]) => Object.entries(all).filter(([name]) => !more.includes(name));
    expect([read.length, facts(read)]).toEqual([1, facts(written)]);
    expect(more.filter(name => read[0][name] <= written[0][name])).toEqual([]);
  }
});

test('its mesh file has the facts of the clusters', async () => {
  const [{ clusters }] = documents(filesOf('live')['mesh.yaml']);
  const [{ clusters: written }] = documents(lab.output['mesh/mesh.yaml']);
  expect(clusters).toEqual(
    written.map(({ name, id, ciliumVersion, serviceCIDRs }: any) =>
      expect.objectContaining({ name, id, ciliumVersion, serviceCIDRs, values: `${name}.values.yaml` }),
    ),
  );
  // with IPAM mode kubernetes, pods have addresses of the nodes' blocks only
  clusters.forEach(({ podCIDRs }: any, index: number) => {
    const [pool] = written[index].podCIDRs.map((text: string) => Cidr.masked(text)!);
    expect(podCIDRs.length).toBeGreaterThan(0);
    expect(podCIDRs.filter((text: string) => !pool.covers(Cidr.masked(text)!))).toEqual([]);
  });
  expect(clusters.filter(({ gaps }: any) => gaps !== undefined)).toEqual([]);
});

test('check finds in it what it finds in the manifests, and nothing about its form', async () => {
  const found = ({ findings }: any): string[] => [
    ...new Set<string>(findings.map(({ code, cluster, message }: any) => `${code} (${cluster}): ${message}`)),
  ];
  const [live, manifests] = [
    found(await answer('live/mesh.yaml', 'check')),
    found(await answer('dist/mesh/mesh.yaml', 'check')),
  ];
  expect(manifests.filter(each => !live.includes(each))).toEqual([]);
  // the simulated clusters have a namespace kube-system, and no CoreDNS in it
  const { findings } = await answer('live/mesh.yaml', 'check');
  const aboutDns = findings.filter(
    ({ code, file, line }: any) =>
      code === 'peer-selects-nothing' &&
      /kube-dns/.test(
        fs
          .readFileSync(path.join(lab.folder, file), 'utf8')
          .split('\n')
          .slice(line - 1, line + 5)
          .join('\n'),
      ),
  );
  expect(live.filter(each => !manifests.includes(each))).toEqual(found({ findings: aboutDns }));
  const { out } = await lab.program(['check', '--live', '--format', 'json']);
  expect(found(JSON.parse(out)).sort()).toEqual([...live].sort());
});

test('it contains no secret of the clusters', async () => {
  const text = Object.values(filesOf('live')).join('');
  for (const context of CONTEXTS) {
    const { items } = await get(context, 'secrets', '--all-namespaces');
    const values = items
      .flatMap(({ data }: any) => Object.values<string>(data ?? {}))
      .filter((each: any) => each !== '');
    expect(values.length).toBeGreaterThan(0);
    expect(values.filter((each: string) => text.includes(each))).toEqual([]);
  }
  expect(text).not.toMatch(/\b(env|volumes|volumeMounts|managedFields|resourceVersion|uid|args|command|image):/);
});

test('the same clusters give the same bytes', async () => {
  const before = filesOf('live');
  expect((await snapshot('live')).status).toBe(0);
  expect(filesOf('live')).toEqual(before);
});

test('pages of a real API server', async () => {
  // no scheduler and no kubelet touches them
  const pods = Array.from({ length: 1100 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `many-${index}`, namespace: 'many', labels: { app: 'many' } },
    spec: { schedulingGates: [{ name: 'example.com/never' }], containers: [{ name: 'many', image: 'many:1' }] },
  }));
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'many' } };
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [namespace, ...pods] });
  await ok('kubectl', ['--context', 'kind-tion', 'create', '-f', '-'], { input });
  const { status, out } = await snapshot('many', '--context', 'kind-tion', '--format', 'json');
  expect(status).toBe(0);
  const { items } = await get('kind-tion', 'pods', '--all-namespaces');
  expect(JSON.parse(out).clusters[0].objects).toContainEqual({ resource: 'pods', objects: items.length });
  expect(filesOf('many')['tion/pods.yaml'].match(/^ {2}name: many-\d+$/gm)).toHaveLength(1100);
  await ok('kubectl', ['--context', 'kind-tion', 'delete', 'namespace', 'many']);
});

describe('a user with the printed roles', () => {
  const apply = (context: string, ...objects: object[]) =>
    ok('kubectl', ['--context', context, 'apply', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    });
  const subjects = [{ kind: 'ServiceAccount', name: 'reader', namespace: 'kube-system' }];
  const name = 'cilium-mesh-snapshot';
  const limited = (context: string) => `limited-${context}`;
  const arguments_ = CONTEXTS.flatMap(context => ['--context', limited(context)]);

  /** Gives each cluster's reader the roles, and kubectl a context as the reader. */
  async function grant(change: (rules: any[]) => any[]): Promise<void> {
    const { out } = await lab.program(['snapshot', '--print-rbac']);
    const [clusterRole, role] = documents(out);
    for (const context of CONTEXTS) {
      await apply(
        context,
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reader', namespace: 'kube-system' } },
        { ...clusterRole, rules: change(clusterRole.rules) },
        role,
        ...['ClusterRole', 'Role'].map(kind => ({
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: `${kind}Binding`,
          metadata: { name, ...(kind === 'Role' ? { namespace: 'kube-system' } : {}) },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
          subjects,
        })),
      );
      const token = await ok('kubectl', ['--context', context, '-n', 'kube-system', 'create', 'token', 'reader']);
      await ok('kubectl', ['config', 'set-credentials', limited(context), '--token', token.trim()]);
      await ok('kubectl', [
        'config',
        'set-context',
        limited(context),
        '--cluster',
        context,
        '--user',
        limited(context),
      ]);
    }
  }

  test('gets the same snapshot as an administrator', async () => {
    await grant(rules => rules);
    // authorization caches answers for some seconds
    await eventually(async () => expect(await snapshot('limited', ...arguments_)).toMatchObject({ status: 0 }));
    expect((await snapshot('live')).status).toBe(0);
    expect(filesOf('limited')).toEqual(filesOf('live'));
    await expect(ok('kubectl', ['--context', limited(CONTEXTS[0]), 'get', 'secrets', '-A'])).rejects.toThrow(
      /Forbidden/,
    );
  });

  test('learns what a smaller role lacks; what the cluster does not have is no gap', async () => {
    const gone = ['networkpolicies', 'gateways'];
    await grant(rules =>
      rules.map(rule => ({ ...rule, resources: rule.resources.filter((each: string) => !gone.includes(each)) })),
    );
    await eventually(async () => {
      const { status, out } = await snapshot('limited', ...arguments_, '--format', 'json');
      const { clusters } = JSON.parse(out);
      expect([status, clusters.map(({ gaps }: any) => gaps.map(({ what, reason }: any) => [what, reason]))]).toEqual([
        1,
        CONTEXTS.map(() => [['networkpolicies.networking.k8s.io', 'forbidden']]),
      ]);
    });
    const { findings } = await answer('limited/mesh.yaml', 'check');
    expect(findings.map(({ code }: any) => code)).toContain('snapshot-gap');
  });
});
