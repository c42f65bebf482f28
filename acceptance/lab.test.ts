/** `cilium-mesh up` with the lab of Isovalent: from nothing to clusters that are connected, and through all of its steps. */
import * as fs from 'fs';
import * as path from 'path';
import { environment, eventually, get, ok, run } from './support/commands';
import { deleteClusters, expectApplied, expectConnected, expectInstalled, Lab, revisions } from './support/lab';
import { STEPS } from '../examples/isovalent-lab/steps';
import { synth } from '../test/support/examples';

let lab: Lab;

beforeAll(() => {
  lab = new Lab();
});

afterAll(deleteClusters);

test('up makes it of nothing', async () => {
  const said = await lab.up();
  expect(said).not.toContain('(before)');
  await expectInstalled(lab);
  await expectConnected(lab);
  await expectApplied(lab);
});

test('nodes have the addresses of the kind configuration', async () => {
  const subnets = async (context: string) => (await get(context, 'nodes')).items.map((each: any) => [each.metadata.name, each.spec.podCIDR]);
  expect(await subnets('kind-koornacht')).toEqual([
    ['koornacht-control-plane', expect.stringMatching(/^10\.1\.\d\.0\/24$/)],
    ['koornacht-worker', expect.stringMatching(/^10\.1\.\d\.0\/24$/)],
    ['koornacht-worker2', expect.stringMatching(/^10\.1\.\d\.0\/24$/)],
  ]);
  expect((await get('kind-tion', '-n', 'default', 'service', 'rebel-base')).spec.clusterIP).toMatch(/^172\.20\.2\./);
});

test('up again finds everything done', async () => {
  const before = await revisions('kind-koornacht');
  const said = await lab.up();
  expect(said.match(/^done .*\(before\)$/gm)).toEqual(expect.arrayContaining([
    'done koornacht: create the kind cluster (before)', 'done koornacht: install Cilium 1.20.2 (before)', 'done tion: copy the certificate authority of koornacht (before)',
  ]));
  expect(await revisions('kind-koornacht')).toBeGreaterThanOrEqual(before);
  await expectConnected(lab);
});

test('the script of --dry-run does the same', async () => {
  const { status, out } = await lab.program(['up', '--dry-run']);
  expect(status).toBe(0);
  await ok('bash', ['-c', out], { cwd: lab.folder });
  await expectInstalled(lab);
  await expectConnected(lab);
  await expectApplied(lab);
});

test.each(Object.keys(STEPS))('step %s', async name => {
  lab.write(synth('isovalent-lab', name));
  for (const { context, name: cluster } of lab.clusters) {
    await ok('kubectl', ['--context', context, 'apply', '--server-side', '--validate=strict', '--recursive', '-f', `dist/${cluster}.k8s.yaml`], { cwd: lab.folder });
  }
  await expectApplied(lab);
});

describe('what is asked inside of a mesh', () => {
  const put = (file: string, text: string) => fs.writeFileSync(path.join(environment(), file), text);

  test('requests from clients, by kubectl exec', async () => {
    put('answers.json', JSON.stringify({ 'koornacht/default/x-wing': { 'rebel-base': ['koornacht', 'tion'], 'elsewhere': 'timeout' } }));
    const ask = (context: string, script: string) => run('kubectl', ['--context', context, '-n', 'default', 'exec', 'deploy/x-wing', '--', 'sh', '-c', script]);
    await eventually(async () => expect((await ask('kind-koornacht', 'curl -s -m 2 elsewhere; echo $?')).out).toBe('28\n'));
    expect(await ask('kind-koornacht', 'curl rebel-base; curl http://rebel-base/')).toMatchObject({ status: 0, out: 'koornacht\ntion\n' });
    expect((await ask('kind-tion', 'curl -s rebel-base || echo $?')).out).toBe('6\n');
  });

  test('flows, by hubble observe', async () => {
    const flow = (source: string, verdict: string) => JSON.stringify({
      time: '2026-01-01T00:00:00Z', verdict, Type: 'L3_L4', node_name: 'koornacht/koornacht-worker', is_reply: false,
      IP: { source: '10.1.1.1', destination: '10.2.1.1', ipVersion: 'IPv4' }, l4: { TCP: { source_port: 40000, destination_port: 80, flags: { SYN: true } } },
      source: { identity: 70000, namespace: 'default', pod_name: source, labels: [`k8s:name=${source}`], cluster_name: 'koornacht' },
      destination: { identity: 140000, namespace: 'default', pod_name: 'rebel-base', cluster_name: 'tion' },
    });
    put('koornacht.flows.jsonl', `${flow('x-wing', 'DROPPED')}\n${flow('x-wing', 'FORWARDED')}\n${flow('y-wing', 'DROPPED')}\n`);
    const observe = async (...args: string[]) => (await ok('hubble', ['observe', '--port-forward', '--kube-context', 'kind-koornacht', '-o', 'jsonpb', ...args]))
      .trim().split('\n').map(line => JSON.parse(line).flow).map(({ source, verdict }) => [source.pod_name, verdict]);
    expect(await observe('--verdict', 'DROPPED')).toEqual([['x-wing', 'DROPPED'], ['y-wing', 'DROPPED']]);
    expect(await observe('--from-pod', 'default/x-wing')).toEqual([['x-wing', 'DROPPED'], ['x-wing', 'FORWARDED']]);
  });
});
