/** `up` with stand-ins for docker, kind, cilium and kubectl that remember what they made. */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { gzipSync } from 'zlib';
import { parse } from 'yaml';
import { AUTHORITY, changes, meshTools } from '../support/mesh-tools';
import { folderOf, program } from '../support/program';
import { StandIns } from '../support/stand-ins';

jest.setTimeout(60_000); // it starts hundreds of processes

const cwd = process.cwd();
const { env } = process;
let tools: StandIns;

beforeEach(() => {
  process.chdir(folderOf('isovalent-lab'));
  tools = meshTools();
  process.env = { ...tools.env };
});

afterEach(() => {
  process.env = env;
  process.chdir(cwd);
});

const log = () => tools.log();
const forget = () => fs.rmSync(path.join(tools.state, 'log'));
const create = (...names: string[]) => names.forEach(name => fs.writeFileSync(path.join(tools.state, name), ''));
/** Commands with this text fail, and leave nothing. */
const fail = (text: string) =>
  tools.hook(`if [[ "$line" == *'${text}'* ]]; then
  [[ "$line" != 'kind create'* ]] || rm "$STATE/node-$context"
  echo "it is broken" >&2; exit 3
fi`);
/** tion has another certificate than koornacht. */
const OTHER_AUTHORITY = '[[ "$line" != *kind-tion*jsonpath*ca* ]] || { echo other; exit; }';
const OTHER_AUTHORITY_MESSAGE =
  'tion has its own certificate authority, so it cannot be connected to koornacht: ' +
  'remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context kind-tion; ' +
  'kubectl --context kind-tion -n kube-system delete secret cilium-ca), then run up again\n';

test('the lab', async () => {
  const { status, err } = await program('up', '--yes');
  expect([status, err]).toEqual([0, expect.stringMatching(/\ndone tion: wait for the workloads \(\d+ s\)\n/)]);
  const contexts = ['kind-koornacht', 'kind-tion'];
  expect(changes(log()).sort()).toEqual(
    [
      'cilium clustermesh connect --destination-context kind-tion --connection-mode bidirectional --context ' +
        'kind-koornacht',
      'cilium install --version 1.20.2 --values dist/mesh/koornacht.values.yaml --context kind-koornacht',
      'cilium install --version 1.20.2 --values dist/mesh/tion.values.yaml --context kind-tion',
      'kind create cluster --name koornacht --config dist/mesh/koornacht.kind.yaml',
      'kind create cluster --name tion --config dist/mesh/tion.kind.yaml',
      'kubectl --context kind-tion create -f -',
      ...contexts.flatMap(context => [
        ...Array(2).fill(`cilium clustermesh status --wait --wait-duration 10m --context ${context}`),
        `cilium status --wait --wait-duration 10m --context ${context}`,
        `kubectl --context ${context} -n kube-system delete secret -l owner=helm,name=cilium,status=failed`,
        `kubectl --context ${context} -n default rollout status deployment/rebel-base --timeout=10m`,
        `kubectl --context ${context} -n default rollout status deployment/x-wing --timeout=10m`,
        `kubectl --context ${context} -n kube-system create configmap created-by-cilium-mesh`,
        ...Array(2).fill(`kubectl --context ${context} apply --server-side --validate=strict --dry-run=server -f -`),
        ...Array(2).fill(`kubectl --context ${context} apply --server-side --validate=strict -f -`),
        ...[
          'apply --server-side --field-manager cilium-mesh-cilium-mesh --force-conflicts -f -',
          'apply --server-side -f -',
          'wait --for=jsonpath={.status.acceptedNames.kind}=ApplySet --timeout=60s ' +
            'customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io',
          'wait --for=condition=Established --timeout=60s ' +
            'customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io',
          'apply --server-side --field-manager=kubectl-applyset --force-conflicts -f -',
        ].map(line => `kubectl --context ${context} ${line}`),
      ]),
    ].sort(),
  );
});

test('the copy of the authority goes from process to process, and nowhere else', async () => {
  const { out, err } = await program('up', '--yes');
  expect(fs.readFileSync(path.join(tools.state, 'received-kind-tion'), 'utf8')).not.toBe('');
  expect(log().join('\n') + out + err).not.toContain('aHVudGVyMi1rZXk');
  tools.hook('[[ "$line" != *\'create -f -\' ]] || { cat > "$STATE/authority"; exit 1; }');
  fs.rmSync(path.join(tools.state, 'authority-kind-tion'));
  const failed = await program('up', '--yes');
  expect([failed.status, fs.readFileSync(path.join(tools.state, 'authority'), 'utf8')]).toEqual([1, AUTHORITY]);
  expect(failed.out + failed.err).not.toContain('aHVudGVyMi1rZXk');
});

test('clusters are created side by side', async () => {
  const others = 'for name in koornacht tion; do until [[ -e "$STATE/node-kind-$name" ]]; do sleep 0.01; done; done';
  tools.hook(`[[ "$line" != 'kind create'* ]] || { ${others}; }`);
  expect((await program('up', '--yes')).status).toBe(0);
});

test('a second run makes nothing again', async () => {
  await program('up', '--yes');
  forget();
  const { status, err } = await program('up', '--yes');
  expect([status, err]).toEqual([0, expect.stringContaining('\ndone koornacht: create the kind cluster (before)\n')]);
  expect(changes(log()).filter(line => /kind create|cilium install|create -f/.test(line))).toEqual([]);
});

describe('a mesh that runs', () => {
  const release = (version: string, change: (values: any) => any = values => values) =>
    ['koornacht', 'tion'].forEach(name => {
      const values = change(parse(fs.readFileSync(`dist/mesh/${name}.values.yaml`, 'utf8')));
      const stored = JSON.stringify({ chart: { metadata: { version } }, config: values });
      const text = Buffer.from(gzipSync(stored).toString('base64')).toString('base64');
      fs.writeFileSync(path.join(tools.state, `release-kind-${name}`), text);
    });
  const upgrades = () => log().filter(line => /^cilium upgrade|rollout restart/.test(line));

  test('has nothing to install, and no upgrade, if version and values are those of the mesh file', async () => {
    await program('up', '--yes');
    release('1.20.2', values => ({ ...values, operator: { replicas: 1 } }));
    forget();
    const { status, out } = await program('plan');
    expect([status, out]).toEqual([2, expect.not.stringMatching(/Cilium |Cluster Mesh|kind cluster|connect the/)]);
    expect((await program('up', '--yes')).status).toBe(0);
    expect([upgrades(), log().filter(line => / (enable|connect|install|create cluster) /.test(line))]).toEqual([[], []]);
  });

  test('is upgraded, one cluster after the other, with the agents restarted', async () => {
    await program('up', '--yes');
    release('1.19.5', ({ hubble: _, ...values }) => ({ ...values, cluster: { ...values.cluster, id: 9 } }));
    forget();
    expect((await program('plan')).out).toContain(
      '  ~ upgrade Cilium from 1.19.5 to 1.20.2; change values of Cilium: cluster.id 9 -> 1',
    );
    forget();
    expect((await program('up', '--yes')).status).toBe(0);
    const upgrade = (name: string) =>
      `cilium upgrade --version 1.20.2 --reset-then-reuse-values --values dist/mesh/${name}.values.yaml ` +
      `--set upgradeCompatibility=1.19 --context kind-${name}`;
    const restart = (name: string) =>
      `kubectl --context kind-${name} -n kube-system rollout restart daemonset/cilium deployment/cilium-operator`;
    expect(upgrades()).toEqual(['koornacht', 'tion'].flatMap(name => [upgrade(name), restart(name)]));
    expect(log().indexOf('cilium status --wait --wait-duration 10m --context kind-koornacht')).toBeLessThan(
      log().indexOf(upgrade('tion')),
    );
  });

  test('is not upgraded over two minor versions, by plan neither', async () => {
    await program('up', '--yes');
    release('1.18.4');
    forget();
    for (const command of [['up', '--yes'], ['plan']]) {
      const { status, err } = await program(...command);
      expect([status, err]).toEqual([
        1,
        expect.stringContaining(
          'koornacht: Cilium 1.18.4 cannot become 1.20.2: Cilium supports only one minor version at a time\n' +
            '    fix: set ciliumVersion to the latest patch release of 1.19, run up, and then go on to 1.20.2 (',
        ),
      ]);
    }
    expect(changes(log())).toEqual([]);
  });

  test('whose release cannot be read has an unknown version, which the plan says', async () => {
    await program('up', '--yes');
    fs.writeFileSync(path.join(tools.state, 'release-kind-tion'), 'no release');
    expect((await program('plan')).out).toMatch(
      /\ntion \(kind-tion\)\n( {2}.*\n)* {2}not asked: the version and the values of Cilium: its Helm release cannot be read\n/,
    );
  });
});

test.each([
  ['kind create cluster --name tion', 'tion: create the kind cluster'],
  [
    'cilium install --version 1.20.2 --values dist/mesh/tion.values.yaml --context kind-tion',
    'tion: install Cilium 1.20.2',
  ],
  ['cilium clustermesh status --wait --wait-duration 10m --context kind-koornacht', 'koornacht: wait for Cluster Mesh'],
  ['cilium clustermesh connect', 'connect the clusters'],
  [
    'kubectl --context kind-tion apply --server-side --validate=strict --dry-run=server',
    'tion: ask the API server to validate the manifests',
  ],
])('where %s fails, the message names the command, and the next run continues', async (broken, step) => {
  fail(broken);
  const { status, err } = await program('up', '--yes');
  expect([status, err]).toEqual([1, expect.stringContaining(`\nFAILED ${step} (`)]);
  expect(err).toContain(`\n  command: ${broken}`);
  expect(err).toContain(
    '\n  status:  3\n  output:\n    it is broken\n' +
      '  next:    correct the cause, then run the command again: it continues with this step\n',
  );
  tools.unhook();
  expect((await program('up', '--yes')).status).toBe(0);
});

test('a cluster with its own authority is not touched', async () => {
  tools.hook(OTHER_AUTHORITY);
  create('authority-kind-tion');
  const { status, err } = await program('up', '--yes');
  expect([status, err]).toEqual([1, expect.stringContaining(`\n  next:    ${OTHER_AUTHORITY_MESSAGE}`)]);
  expect(changes(log()).filter(line => line.includes('kind-tion') && /install|create -f|delete/.test(line))).toEqual(
    [],
  );
});

test('clusters that trust each other by a bundle may have authorities of their own', async () => {
  ['koornacht', 'tion'].forEach(name =>
    fs.appendFileSync(`dist/mesh/${name}.values.yaml`, 'tls: {caBundle: {enabled: true, content: both of them}}\n'),
  );
  tools.hook(OTHER_AUTHORITY);
  create('authority-kind-tion');
  expect((await program('up', '--yes')).status).toBe(0);
  expect(changes(log()).filter(line => line.endsWith(' create -f -'))).toEqual([]);
  expect(log()).toContain(
    'cilium clustermesh connect --destination-context kind-tion --connection-mode bidirectional --allow-mismatching-ca ' +
      '--context kind-koornacht',
  );
});

test('a bundle of one cluster alone does not help the other', async () => {
  fs.appendFileSync('dist/mesh/tion.values.yaml', 'tls: {caBundle: {enabled: true, content: both of them}}\n');
  tools.hook(OTHER_AUTHORITY);
  create('authority-kind-tion');
  expect(await program('up', '--yes')).toMatchObject({
    status: 1,
    err: expect.stringContaining(`\n  next:    ${OTHER_AUTHORITY_MESSAGE}`),
  });
});

test('a first cluster that was lost gets the authority of one that exists', async () => {
  await program('up', '--yes');
  ['node', 'ready', 'installed', 'authority'].forEach(fact =>
    fs.rmSync(path.join(tools.state, `${fact}-kind-koornacht`), { force: true }),
  );
  forget();
  const { status, err } = await program('up', '--yes');
  expect([status, err]).toEqual([
    0,
    expect.stringMatching(/\ndone koornacht: copy the certificate authority of tion \(\d+ s\)\n/),
  ]);
  const index = (text: string) => log().findIndex(line => line.includes(text));
  const copied = index('--context kind-koornacht create -f -');
  expect(copied).toBeGreaterThan(index('kind create cluster --name koornacht'));
  expect(copied).toBeLessThan(index('cilium install'));
  expect(changes(log()).filter(line => /kind-tion (create -f|delete)|install.*kind-tion/.test(line))).toEqual([]);
});

test('a kind cluster of the same name with other addresses is not touched', async () => {
  create('node-kind-tion', 'ready-kind-tion');
  const file = 'dist/mesh/tion.kind.yaml';
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('10.2.0.0/16', '10.9.0.0/16'));
  const { status, err } = await program('up', '--yes');
  expect([status, err]).toEqual([
    1,
    expect.stringContaining(
      '\n  next:    the existing kind cluster tion has another pod subnet ' +
        'than 10.9.0.0/16 in dist/mesh/tion.kind.yaml: delete it (kind delete cluster --name tion), or rename one ' +
        'of the two\n',
    ),
  ]);
  expect(changes(log()).filter(line => line.includes('tion') && /install|kind create|delete/.test(line))).toEqual([]);
});

test('all missing programs are named at once, with where to get them', async () => {
  process.env.PATH = path.join(tools.state, 'nowhere');
  const { status, err } = await program('up', '--yes');
  expect([status, err.split('\n').map(line => line.split(/ {2,}/).slice(1))]).toEqual([
    2,
    [
      [],
      ['what', 'got', 'required', 'fix'],
      [
        'kind',
        'not in the path',
        '0.20.0 or later: creates the clusters',
        'get it: https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
      ],
      [
        'cilium',
        'not in the path',
        '0.16.19 or later: installs Cilium and connects the clusters',
        'get it: https://github.com/cilium/cilium-cli/releases',
      ],
      [
        'kubectl',
        'not in the path',
        '1.27.0 or later: applies the manifests',
        'get it: https://kubernetes.io/docs/tasks/tools/',
      ],
      [
        'container runtime',
        'none',
        'docker, podman or nerdctl: the nodes of kind are containers',
        'get one: https://docs.docker.com/engine/install/ or https://podman.io/docs/installation',
      ],
      [],
    ],
  ]);
});

test('a cluster without context and kind is refused, at its line', async () => {
  const cluster = (name: string, id: number, more: string = '') =>
    `- {name: ${name}, id: ${id}, manifests: [dist/tion.k8s.yaml]${more}}\n`;
  fs.writeFileSync(
    'mesh.yaml',
    `apiVersion: cilium-mesh/v1\nclusters:\n${cluster('a', 1)}${cluster('b', 2, ', context: b, ciliumVersion: 1.9.5')}`,
  );
  const { status, err } = await program('up', '--mesh', 'mesh.yaml');
  expect([status, err]).toEqual([
    2,
    expect.stringMatching(
      /^mesh.yaml:3: a has neither a context nor a kind configuration\n {4}fix: write context: with a context of kubectl, or kind: .*\nmesh.yaml:4: b: /,
    ),
  ]);
});

describe('--script', () => {
  const bash = (script: string) => spawnSync('bash', ['-c', script], { encoding: 'utf8', env: process.env });

  test('does nothing, and prints a script that does the same', async () => {
    const { status, out } = await program('up', '--script');
    expect([status, log()]).toEqual([0, []]);
    expect(bash(out)).toMatchObject({ status: 0, stderr: '' });
    const sequential = changes(log()).sort();
    fs.rmSync(tools.state, { recursive: true });
    fs.mkdirSync(tools.state);
    await program('up', '--yes');
    // a script knows no UIDs that it could record
    expect(changes(log()).filter(line => !line.includes('cilium-mesh-cilium-mesh')).sort()).toEqual(sequential);
  });

  test('its script may run again, and stops where a guard does not hold', async () => {
    const { out } = await program('up', '--script');
    expect([bash(out).status, bash(out).status]).toEqual([0, 0]);
    tools.hook(OTHER_AUTHORITY);
    expect(bash(out)).toMatchObject({ status: 1, stderr: OTHER_AUTHORITY_MESSAGE });
  });

  test('three clusters are connected at once', async () => {
    const clusters = ['a', 'b', 'c'].map(
      (name, index) => `- {name: ${name}, id: ${index + 1}, manifests: [dist/tion.k8s.yaml], context: ${name}}\n`,
    );
    fs.writeFileSync('mesh.yaml', `apiVersion: cilium-mesh/v1\nclusters:\n${clusters.join('')}`);
    const { out } = await program('up', '--script', '--mesh', 'mesh.yaml');
    expect(out).toContain(
      '\n  cilium clustermesh connect --destination-context b,c --connection-mode mesh --context a\n',
    );
    expect(out).not.toContain('kind ');
    expect(out).toContain('\n{ kubectl --context b get --raw /readyz --request-timeout=20s > /dev/null; } ||');
  });
});
