/** `cilium-mesh up` with the lab of Isovalent: from no clusters to connected clusters, and through all of its steps. */
import * as path from 'path';
import { environment, eventually, get, ok, run } from './support/commands';
import {
  deleteClusters,
  expectApplied,
  expectConnected,
  expectInstalled,
  Lab,
  members,
  nameOf,
  revisions,
  wanted,
} from './support/lab';
import { flow, makeWorld, put, World } from './support/world';
import { STEPS } from '../examples/isovalent-lab/steps';
import { synth } from '../test/support/examples';

let lab: Lab;

beforeAll(() => {
  lab = new Lab();
});

afterAll(deleteClusters);

test('up makes it of nothing', async () => {
  const output = await lab.up();
  expect(output).not.toContain('(before)');
  await expectInstalled(lab);
  await expectConnected(lab);
  await expectApplied(lab);
});

test('nodes have the addresses of the kind configuration', async () => {
  const subnets = async (context: string) =>
    (await get(context, 'nodes')).items.map((each: any) => [each.metadata.name, each.spec.podCIDR]);
  expect(await subnets('kind-koornacht')).toEqual([
    ['koornacht-control-plane', expect.stringMatching(/^10\.1\.\d\.0\/24$/)],
    ['koornacht-worker', expect.stringMatching(/^10\.1\.\d\.0\/24$/)],
    ['koornacht-worker2', expect.stringMatching(/^10\.1\.\d\.0\/24$/)],
  ]);
  expect((await get('kind-tion', '-n', 'default', 'service', 'rebel-base')).spec.clusterIP).toMatch(/^172\.20\.2\./);
});

test('up again finds everything done', async () => {
  const before = await revisions('kind-koornacht');
  const output = await lab.up();
  expect(output.match(/^done .*\(before\)$/gm)).toEqual(
    expect.arrayContaining([
      'done koornacht: create the kind cluster (before)',
      'done koornacht: install Cilium 1.20.2 (before)',
      'done tion: copy the certificate authority of koornacht (before)',
    ]),
  );
  expect(await revisions('kind-koornacht')).toBeGreaterThanOrEqual(before);
  await expectConnected(lab);
});

test('the script of --script does the same', async () => {
  const { status, out } = await lab.program(['up', '--script']);
  expect(status).toBe(0);
  await ok('bash', ['-c', out], { cwd: lab.folder });
  await expectInstalled(lab);
  await expectConnected(lab);
  await expectApplied(lab);
});

/** The answers that x-wing gets in the outputs of the lab, not those that the evaluator predicts. */
const ALL = ['koornacht', 'tion'];
const WORLDS: { readonly [step: string]: World } = {
  'not-global': { service: { koornacht: ['koornacht'], tion: ['tion'] }, unreached: [] },
  'global': { service: { koornacht: ALL, tion: ALL }, unreached: [] },
  'failover': { service: { koornacht: ['tion'], tion: ['tion'] }, unreached: [] },
  'global-again': { service: { koornacht: ALL, tion: ALL }, unreached: [] },
  'shared': { service: { koornacht: ALL, tion: ['tion'] }, unreached: [] },
  'affinity-local': { service: { koornacht: ['koornacht'], tion: ['tion'] }, unreached: [] },
  'affinity-local-failover': { service: { koornacht: ['tion'], tion: ['tion'] }, unreached: [] },
  'affinity-local-back': { service: { koornacht: ['koornacht'], tion: ['tion'] }, unreached: [] },
  'affinity-removed': { service: { koornacht: ALL, tion: ['tion'] }, unreached: [] },
  'default-deny': {
    service: { koornacht: ['timeout'], tion: ['timeout'] },
    unreached: ALL.flatMap(client => ALL.map(cluster => `${client} -> ${cluster}`)),
  },
  'egress': {
    service: { koornacht: ['timeout'], tion: ['timeout'] },
    unreached: ALL.flatMap(client => ALL.map(cluster => `${client} -> ${cluster}`)),
  },
  'ingress-koornacht': {
    service: { koornacht: ['koornacht', 'timeout'], tion: ['timeout'] },
    unreached: ['koornacht -> tion', 'tion -> koornacht', 'tion -> tion'],
  },
};

describe.each(Object.keys(STEPS))('step %s', name => {
  test('is applied, and what left is removed', async () => {
    const before = await state();
    const old = new Map(lab.clusters.map(({ name: cluster }) => [cluster, wanted(lab, cluster).map(nameOf)]));
    lab.write(synth('isovalent-lab', name));
    const leaving = lab.clusters.flatMap(({ name: cluster }) => {
      const now = wanted(lab, cluster).map(nameOf);
      return old
        .get(cluster)!
        .filter(each => !now.includes(each))
        .map(each => `${cluster}: ${each}`);
    });
    const shown = await lab.program(['apply', '--diff']);
    expect([shown.status, (shown.out.match(/^removed: .*$/gm) ?? []).sort()]).toEqual([
      2,
      leaving.map(each => each.replace(/^\w+: /, 'removed: ')).sort(),
    ]);
    expect(shown.out).toMatch(/^(removed: |[+-] )/m);
    if (leaving.length > 0) {
      const { status, err } = await lab.program(['apply']);
      const removed = leaving.map(each => each.replace(/^\w+: /, '  - ')).sort();
      expect([status, err.match(/^ {2}- .*$/gm)?.sort()]).toEqual([1, removed]);
      expect(err).toMatch(/\nNothing was changed: no terminal to ask on/);
    }
    expect(await state()).toEqual(before);
    expect(await lab.program(['apply', '--yes'])).toMatchObject({ status: 0, out: '' });
    await expectApplied(lab);
    const after = await state();
    // nothing that existed was created again
    Object.keys(after)
      .filter(each => each in before)
      .forEach(each => expect([each, after[each].uid]).toEqual([each, before[each].uid]));
    expect(await lab.program(['apply', '--diff'])).toMatchObject({
      status: 0,
      out: '',
      err: expect.stringContaining('The clusters match the manifests.'),
    });
  });

  const only = (condition: boolean) => (condition ? test : () => undefined);

  only(name in WORLDS)('answers as the lab shows', async () => {
    const world = WORLDS[name];
    const addresses = await makeWorld(lab, world);
    const [xWing] = addresses['x-wing@koornacht'];
    // the future is what a relay that is asked in some seconds has seen by then
    const [then, longAgo] = [new Date(Date.now() + 60_000), new Date(Date.now() - 3600_000)];
    const dropped = world.unreached.includes('koornacht -> tion');
    put(
      'koornacht.flows.jsonl',
      [
        ...(dropped
          ? [flow(xWing, addresses['rebel-base@tion'][0], 'DROPPED', then, { drop_reason_desc: 'POLICY_DENIED' })]
          : []),
        flow(xWing, addresses['rebel-base@tion'][0], 'FORWARDED', then),
        flow(xWing, addresses['rebel-base@tion'][0], 'DROPPED', longAgo, {
          drop_reason_desc: 'STALE_OR_UNROUTABLE_IP',
        }),
      ].join('\n'),
    );
    const { status, verified, problem } = await verify('--from', 'name=x-wing');
    expect([problem, verified.map((each: any) => [shownVerified(each), each.outcome])]).toEqual([
      expect.not.stringContaining('no records from Hubble'),
      ALL.flatMap(client =>
        ALL.filter(cluster => addresses[`rebel-base@${cluster}`].length > 0).map(cluster => [
          `${client} -> ${cluster}`,
          'as-predicted',
        ]),
      ).concat(ALL.map(client => [`${client} -> svc/rebel-base`, 'as-predicted'])),
    ]);
    expect(status).toBe(0);
    for (const client of ALL) {
      const { probed } = verified.find((each: any) => shownVerified(each) === `${client} -> svc/rebel-base`);
      expect([client, probed.clusters.map(({ cluster }: any) => cluster)]).toEqual([
        client,
        world.service[client].filter(each => each !== 'timeout').sort(),
      ]);
      expect([client, probed.answers.silent ?? 0]).toEqual([
        client,
        world.service[client].includes('timeout') ? expect.any(Number) : 0,
      ]);
      for (const cluster of ALL.filter(each => addresses[`rebel-base@${each}`].length > 0)) {
        const found = verified.find((each: any) => shownVerified(each) === `${client} -> ${cluster}`).probed;
        expect([client, cluster, found.answers]).toEqual([
          client,
          cluster,
          { [world.unreached.includes(`${client} -> ${cluster}`) ? 'silent' : 'answered']: 10 },
        ]);
        expect([client, cluster, found.drops.flatMap(({ reasons }: any) => reasons)]).toEqual([
          client,
          cluster,
          dropped && client === 'koornacht' && cluster === 'tion' ? ['POLICY_DENIED'] : [],
        ]);
      }
    }
  });

  only(name === 'global')('a service that one cluster alone answers is found', async () => {
    await makeWorld(lab, { ...WORLDS[name], service: { koornacht: ['koornacht'], tion: ALL } });
    const { status, verified } = await verify('--from', 'name=x-wing');
    expect([
      status,
      verified
        .filter(({ outcome }: any) => outcome !== 'as-predicted')
        .map((each: any) => [shownVerified(each), each.outcome, each.probed.clusters]),
    ]).toEqual([1, [['koornacht -> svc/rebel-base', 'different', [{ cluster: 'koornacht', answers: 10 }]]]]);
  });

  only(name === 'default-deny')('a pod that answers although it should not is found', async () => {
    const world = WORLDS[name];
    await makeWorld(lab, { ...world, unreached: world.unreached.filter(each => each !== 'tion -> koornacht') });
    const { status, verified } = await verify('--from', 'name=x-wing', '--only', 'flows');
    expect([
      status,
      verified
        .filter(({ outcome }: any) => outcome !== 'as-predicted')
        .map((each: any) => [shownVerified(each), each.outcome, each.probed.answers]),
    ]).toEqual([1, [['tion -> koornacht', 'different', { answered: 10 }]]]);
    const { status: same, out } = await lab.program(['verify', '--requests', '10', '--from', 'x-wing@tion', '--only', 'flows']);
    expect([same, out]).toEqual([
      1,
      expect.stringMatching(/^x-wing@tion +rebel-base@koornacht +TCP\/80 +denied \(.*\) +10 answered +DIFFERENT$/m),
    ]);
  });
});

/** All objects of the apply sets by cluster and name, with their version. */
async function state(): Promise<{
  readonly [object: string]: {
    readonly uid: string;
    readonly generation: number;
    readonly labels: unknown;
    readonly annotations: unknown;
  };
}> {
  const all = await Promise.all(
    lab.clusters.map(async ({ context, name }) =>
      (await members(context)).map(each => {
        const { uid, generation, labels, annotations } = each.metadata;
        return [`${name}: ${nameOf(each)}`, { uid, generation, labels, annotations }];
      }),
    ),
  );
  return Object.fromEntries(all.flat());
}

async function verify(
  ...args: string[]
): Promise<{ readonly status: number; readonly verified: any[]; readonly problem: string }> {
  const { status, out, err } = await lab.program(['verify', '--requests', '10', '--format', 'json', ...args]);
  expect([err, out.slice(0, 1)]).toEqual([expect.anything(), '{']);
  const { apiVersion, verified } = JSON.parse(out);
  expect(apiVersion).toBe('cilium-mesh/v1');
  return { status, verified, problem: err };
}

function shownVerified({ source, destination, service }: any): string {
  return `${source.cluster} -> ${destination ? destination.cluster : `svc/${service.name}`}`;
}

describe('what is asked inside of a mesh', () => {
  test('requests from clients, by kubectl exec', async () => {
    put(
      'answers.json',
      JSON.stringify({ 'koornacht/default/x-wing': { 'rebel-base': ['koornacht', 'tion'], 'elsewhere': 'timeout' } }),
    );
    const ask = (context: string, script: string) =>
      run('kubectl', ['--context', context, '-n', 'default', 'exec', 'deploy/x-wing', '--', 'sh', '-c', script]);
    await eventually(async () =>
      expect((await ask('kind-koornacht', 'curl -s -m 2 elsewhere; echo $?')).out).toBe('28\n'),
    );
    expect(await ask('kind-koornacht', 'curl rebel-base; curl http://rebel-base/')).toMatchObject({
      status: 0,
      out: 'koornacht\ntion\n',
    });
    expect((await ask('kind-tion', 'curl -s rebel-base || echo $?')).out).toBe('6\n');
  });

  test('flows, by hubble observe', async () => {
    const from = (source: string, verdict: string) =>
      flow('10.1.1.1', '10.2.1.1', verdict, new Date('2026-01-01T00:00:00Z'), {
        source: {
          identity: 70000,
          namespace: 'default',
          pod_name: source,
          labels: [`k8s:name=${source}`],
          cluster_name: 'koornacht',
        },
        destination: { identity: 140000, namespace: 'default', pod_name: 'rebel-base', cluster_name: 'tion' },
      });
    put(
      'koornacht.flows.jsonl',
      [from('x-wing', 'DROPPED'), from('x-wing', 'FORWARDED'), from('y-wing', 'DROPPED')].join('\n'),
    );
    const observe = async (...args: string[]) =>
      (await ok('hubble', ['observe', '--port-forward', '--kube-context', 'kind-koornacht', '-o', 'jsonpb', ...args]))
        .trim()
        .split('\n')
        .map(line => JSON.parse(line).flow)
        .map(({ source, verdict }) => [source.pod_name, verdict]);
    expect(await observe('--verdict', 'DROPPED')).toEqual([
      ['x-wing', 'DROPPED'],
      ['y-wing', 'DROPPED'],
    ]);
    expect(await observe('--from-pod', 'default/x-wing')).toEqual([
      ['x-wing', 'DROPPED'],
      ['x-wing', 'FORWARDED'],
    ]);
  });
});

describe('status', () => {
  const status = async () => {
    const { status: code, out } = await lab.program(['status', '--format', 'json']);
    return {
      code,
      clusters: JSON.parse(out).clusters,
      problems: Object.fromEntries(JSON.parse(out).clusters.map((each: any) => [each.name, each.problems])),
    };
  };

  test('all is well', async () => {
    const { code, clusters, problems } = await status();
    expect([problems, code]).toEqual([{ koornacht: [], tion: [] }, 0]);
    const three = { ready: 3, desired: 3 };
    expect(clusters).toMatchObject(
      [
        ['koornacht', 'tion'],
        ['tion', 'koornacht'],
      ].map(([name, other], index) => ({
        name,
        id: index + 1,
        context: `kind-${name}`,
        nodes: three,
        agents: { ...three, version: '1.20.2' },
        connections: [{ cluster: other, ...three }],
        drift: { missing: [], changed: [], left: [] },
      })),
    );
    expect(clusters[0].globalServices).toEqual(['default/rebel-base (not shared)']);
    expect(await lab.program(['status'])).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^koornacht +1 +kind-koornacht +3\/3 +3\/3 .*as applied\n[^]*No problems\.\n$/m),
    });
  });

  test('status shows manual changes, and apply reverts them', async () => {
    const kubectl = (context: string, ...args: string[]) =>
      ok('kubectl', ['--context', context, '-n', 'default', ...args]);
    await kubectl('kind-tion', 'delete', 'ciliumnetworkpolicy', 'default-deny');
    await kubectl('kind-koornacht', 'scale', 'deployment', 'rebel-base', '--replicas', '1');
    const { code, problems } = await status();
    expect([problems, code]).toEqual([
      {
        koornacht: ['differs from its manifest: Deployment default/rebel-base'],
        tion: ['missing: CiliumNetworkPolicy default/default-deny'],
      },
      2,
    ]);
    expect(await lab.program(['apply', '--yes', '--force-conflicts'])).toMatchObject({ status: 0 });
    await expectApplied(lab);
    expect((await status()).code).toBe(0);
  });

  test('a cluster that is away is shown, and the other one as it is', async () => {
    const kwokctl = (...args: string[]) =>
      ok('kwokctl', ['--name', 'tion', ...args], { env: { KWOK_WORKDIR: path.join(environment(), 'kwok') } });
    await kwokctl('stop', 'cluster');
    try {
      const { code, clusters, problems } = await status();
      expect([problems.tion, code]).toEqual([[expect.stringContaining('the API server does not answer: ')], 1]);
      expect(clusters[0]).toMatchObject({
        nodes: { ready: 3, desired: 3 },
        drift: { missing: [], changed: [], left: [] },
      });
    } finally {
      await kwokctl('start', 'cluster');
      await eventually(async () => void (await ok('kubectl', ['--context', 'kind-tion', 'get', '--raw', '/readyz'])));
    }
  });
});

describe('down', () => {
  const clusters = async () => (await ok('kind', ['get', 'clusters'])).trim().split('\n').sort();

  test('deletes nothing without --yes', async () => {
    const { status, err } = await lab.program(['down']);
    expect([status, err]).toEqual([
      1,
      expect.stringContaining('These kind clusters will be deleted, with everything in them: koornacht, tion\n'),
    ]);
    expect(err).toContain('Nothing was deleted');
    expect(await clusters()).toEqual(['koornacht', 'tion']);
  });

  test('leaves a cluster of the mesh that up did not create, and all that are not of the mesh', async () => {
    await ok('kind', ['create', 'cluster', '--name', 'other']);
    // as if a user had created it
    await ok('kubectl', [
      '--context',
      'kind-tion',
      '-n',
      'kube-system',
      'delete',
      'configmap',
      'created-by-cilium-mesh',
    ]);
    const { status, err } = await lab.program(['down', '--yes']);
    expect([status, err]).toEqual([
      0,
      expect.stringMatching(
        /These clusters are not deleted:\n +tion +up did not create it; to delete it, run kind delete cluster --name tion\n/,
      ),
    ]);
    expect(await clusters()).toEqual(['other', 'tion']);
    expect(await lab.program(['down', '--yes'])).toMatchObject({
      status: 0,
      err: expect.stringContaining('There are no clusters that up created.'),
    });
    expect(await clusters()).toEqual(['other', 'tion']);
  });

  test('the script of --script does the same', async () => {
    await ok('kubectl', [
      '--context',
      'kind-tion',
      '-n',
      'kube-system',
      'create',
      'configmap',
      'created-by-cilium-mesh',
    ]);
    const { status, out } = await lab.program(['down', '--script']);
    expect([status, await clusters()]).toEqual([0, ['other', 'tion']]);
    await ok('bash', ['-c', out], { cwd: lab.folder });
    expect(await clusters()).toEqual(['other']);
  });
});
