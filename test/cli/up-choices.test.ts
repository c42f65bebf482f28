/**
 * What `up` makes of mesh files and options beyond the examples: patches, second values, versions, modes, charts and
 * images.
 */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import { Processes } from '../../src/live/runner/processes';
import { CONTAINERS_ELSEWHERE } from '../support/containers';
import { LiveWorld } from '../support/live-world';
import { folderOf, folderWith, program } from '../support/program';

const cwd = process.cwd();
const { env } = process;
const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n';
let world: LiveWorld;

beforeEach(() => {
  world = new LiveWorld();
  world.install();
  process.env = { ...env, ...CONTAINERS_ELSEWHERE };
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = env;
  process.chdir(cwd);
});

/** Programs that are found in the path, and never run. */
function programs(...names: string[]): void {
  fs.mkdirSync('bin', { recursive: true });
  names.forEach(name => fs.writeFileSync(`bin/${name}`, '#!/bin/sh\n', { mode: 0o755 }));
  process.env.PATH = `${process.cwd()}/bin:${env.PATH}`;
  process.env.XDG_STATE_HOME = `${process.cwd()}/state`;
}

/** Clusters a, b and so on, which exist, with these further fields. */
function existing(fields: readonly string[], files: { [file: string]: string } = {}): void {
  const clusters = fields.map(
    (field, index) =>
      `- {name: ${'abcdef'[index]}, id: ${index + 1}, manifests: [pod.yaml], context: ` +
      `${'abcdef'[index]}${field && `, ${field}`}}\n`,
  );
  process.chdir(
    folderWith({
      'pod.yaml': POD,
      ...files,
      'mesh.yaml': `apiVersion: cilium-mesh/v1\nclusters:\n${clusters.join('')}`,
    }),
  );
  programs('cilium', 'kubectl', 'helm');
}

const up = (...args: string[]) => program('up', '--yes', '--ignore-findings', '--mesh', 'mesh.yaml', ...args);
const script = async (...args: string[]) => {
  const { status, out, err } = await up('--script', ...args);
  expect([status, err]).toEqual([0, '']);
  return out;
};

describe('patches and second values of any mesh', () => {
  const patch = (stage: string, kind: string, name: string, file: string) =>
    `{stage: ${stage}, kind: ${kind}, namespace: kube-system, name: ${name}, file: ${file}}`;
  const FILES = {
    'one.yaml': 'spec: {replicas: 0}\n',
    'two.yaml': 'spec: {replicas: 2}\n',
    'json.yaml': '- {op: remove, path: /spec/x}\n',
    'more.yaml': 'debug: {enabled: true}\n',
  };
  const FIELDS = `upgradeValues: more.yaml, patches: [${[
    patch('connect', 'DaemonSet', 'cilium', 'one.yaml'),
    patch('before-install', 'Deployment', 'coredns', 'one.yaml'),
    patch('after-install', 'Deployment', 'coredns', 'two.yaml'),
    patch('before-install', 'Widget', 'w', 'one.yaml'),
    patch('after-install', 'Service', 's', 'json.yaml'),
  ].join(', ')}]`;

  test('come at their stages, in their order, and each as its kind allows', async () => {
    existing([FIELDS, ''], FILES);
    expect((await up()).status).toBe(0);
    const order = [
      'patch deployment coredns --type strategic --patch-file one.yaml',
      'patch widget w --type merge --patch-file one.yaml',
      'cilium install',
      'cilium status --wait',
      'patch deployment coredns --type strategic --patch-file two.yaml',
      'patch service s --type json --patch-file json.yaml',
      'rollout status deployment/coredns',
      'cilium upgrade --version 1.20.2 --values more.yaml',
      'rollout restart daemonset/cilium deployment/cilium-operator',
      'cilium clustermesh enable',
      'patch daemonset cilium --type strategic --patch-file one.yaml',
      'rollout status daemonset/cilium',
      'cilium clustermesh connect',
      'apply --server-side --validate=strict',
    ];
    const lines = world.log.filter(line => /--context a( |$)/.test(line));
    let from = 0;
    for (const text of order) {
      const index = lines.findIndex((line, at) => at >= from && line.includes(text));
      expect([text, index >= 0]).toEqual([text, true]);
      from = index;
    }
    expect(world.log.filter(line => /--context b( |$)/.test(line) && / patch |cilium upgrade/.test(line))).toEqual([]);
  });

  test('those before the installation are not repeated, the second values only when they change', async () => {
    existing([FIELDS, ''], FILES);
    await up();
    world.log.length = 0;
    await up();
    expect(
      world
        .acts()
        .filter(line => / patch /.test(line))
        .map(line => line.split(' patch ')[1]),
    ).toEqual([
      'deployment coredns --type strategic --patch-file two.yaml',
      'service s --type json --patch-file json.yaml',
      'daemonset cilium --type strategic --patch-file one.yaml',
    ]);
    expect(world.acts().filter(line => /upgrade|rollout restart/.test(line))).toEqual([]);
    fs.writeFileSync('more.yaml', 'debug: {enabled: false}\n');
    await up();
    expect(world.acts().filter(line => /cilium upgrade/.test(line))).toHaveLength(1);
  });

  test('everything that is wrong with them is told at once', async () => {
    existing(
      [
        `upgradeValues: list.yaml, patches: [${patch('afterwards', 'Deployment', 'x', 'one.yaml')}, ` +
          `${patch('connect', 'Deployment', 'x', 'text.yaml')}, ` +
          `${patch('connect', 'Deployment', 'x', 'nowhere.yaml')}]`,
      ],
      { ...FILES, 'text.yaml': 'replicas\n', 'list.yaml': '[]\n' },
    );
    const { status, err } = await up();
    expect(status).toBe(2);
    expect(err.split(/\n(?! )/).slice(0, 3)).toEqual([
      'list.yaml: Helm values must be a mapping, got a list\n    fix: write the values as `key: value`',
      'mesh.yaml:3: stage must be one of before-install, after-install, connect, got "afterwards"\n' +
        '    fix: write the stage at which to apply the patch',
      'mesh.yaml:3: text.yaml must contain a mapping to merge into the object, or a list of JSON patch operations, ' +
        'got "replicas"\n    fix: write the patch',
    ]);
    expect(err).toMatch(/\nnowhere\.yaml: .* \[file-missing\]\n {4}fix: .*\n$/);
  });
});

describe('versions', () => {
  test('1.14 is installed by helm, since the cilium CLI refuses it, and connected by the CLI', async () => {
    existing(['ciliumVersion: 1.14.19', 'ciliumVersion: 1.15.19']);
    const text = await script();
    expect(text).toMatch(
      /helm upgrade --install cilium cilium --repo \S+ --version 1.14.19 --namespace kube-system --set cluster.name=a,cluster.id=1 --kube-context a/,
    );
    expect(text).toContain('cilium install --version 1.15.19 --set cluster.name=b,cluster.id=2 --context b');
    expect(text).toContain('cilium clustermesh enable --service-type LoadBalancer --context a');
    expect(text).toContain(
      'cilium clustermesh connect --destination-context b --connection-mode bidirectional --context a',
    );
  });

  test('one that nobody knows is refused', async () => {
    existing(['ciliumVersion: 1.12.0']);
    expect((await up()).err).toBe(
      'mesh.yaml:3: a: ciliumVersion must be 1.14.x to 1.20.x, or 1.9.x (external etcd); written MAJOR.MINOR.PATCH, ' +
        'got 1.12.0\n    fix: set ciliumVersion to the version to install\n',
    );
  });
});

test('where Helm has begun something, nothing is changed, and it says how to go on', async () => {
  existing(['', '']);
  world.pending = true;
  const { status, err } = await up();
  expect([status, err]).toEqual([
    1,
    expect.stringContaining(
      '  next:    a Helm operation on Cilium in a has not ended. Wait for it; if Helm was killed, delete its record ' +
        "(kubectl --context a -n kube-system delete secret -l 'owner=helm,name=cilium," +
        "status in (pending-install,pending-upgrade,pending-rollback)'), then run up again\n",
    ),
  ]);
  expect(world.acts().filter(line => /install|enable|connect|apply/.test(line) && !line.includes('wait'))).toEqual([]);
});

describe('the CRDs of the Multi-Cluster Services API', () => {
  const withApi = (version: string, values: string) => {
    existing([`ciliumVersion: ${version}, values: values.yaml`, `ciliumVersion: ${version}`], {
      'values.yaml': `clustermesh: {${values}}\n`,
    });
  };
  const apply = () => world.log.filter(line => line.includes('kubernetes-sigs/mcs-api'));

  test('are there before Cilium 1.18 is installed, in the clusters that use it', async () => {
    withApi('1.18.8', 'enableMCSAPISupport: true');
    expect((await up()).status).toBe(0);
    expect(apply()).toEqual([
      expect.stringMatching(
        /^kubectl --context a apply --server-side -f https:\S+_serviceexports\.yaml -f https:\S+_serviceimports\.yaml$/,
      ),
    ]);
    expect(world.log.indexOf(apply()[0])).toBeLessThan(world.position('cilium install', '--context a'));
    expect(
      world.position('--context a wait --for=condition=Established', 'serviceexports.multicluster.x-k8s.io'),
    ).toBeLessThan(world.position('cilium install', '--context a'));
  });

  test('that exist stay, and so they do where 1.19 and later install them, or nobody uses them', async () => {
    world.instead = line =>
      line.includes(' get customresourcedefinition')
        ? {
          status: 0,
          out: ['serviceexports', 'serviceimports']
            .map(each => `customresourcedefinition.apiextensions.k8s.io/${each}.multicluster.x-k8s.io\n`)
            .join(''),
        }
        : undefined;
    withApi('1.18.8', 'enableMCSAPISupport: true');
    expect((await up()).status).toBe(0);
    world.instead = undefined;
    for (const [version, values] of [
      ['1.19.2', 'mcsapi: {enabled: true}'],
      ['1.18.8', 'enableMCSAPISupport: false'],
      ['1.16.19', 'enableMCSAPISupport: true'],
    ]) {
      withApi(version, values);
      expect((await up()).status).toBe(0);
    }
    expect(apply()).toEqual([]);
  });
});

describe('what the values say stays', () => {
  test.each([
    [
      'a Service of the type ClusterIP',
      'clustermesh: {useAPIServer: true, apiserver: {service: {type: ClusterIP}}}',
      false,
    ],
    [
      'certificates made in another way',
      'clustermesh: {useAPIServer: true, apiserver: {tls: {auto: {method: certmanager}}}}',
      false,
    ],
    [
      'a Service of the type NodePort',
      'clustermesh: {useAPIServer: true, apiserver: {service: {type: NodePort}}}',
      true,
    ],
    ['a type alone', 'clustermesh: {apiserver: {service: {type: LoadBalancer}}}', true],
  ])('%s', async (_, values, enables) => {
    existing(['values: values.yaml', ''], { 'values.yaml': `${values}\n` });
    const text = await script();
    expect(/cilium clustermesh enable .*--context a$/m.test(text)).toBe(enables);
    expect(text).toContain('cilium clustermesh status --wait --wait-duration 10m --context a');
  });

  test('a type with which nobody would turn Cluster Mesh on is refused', async () => {
    existing(['values: values.yaml'], {
      'values.yaml': 'clustermesh:\n  apiserver:\n    service:\n      type: ClusterIP\n',
    });
    const { status, err } = await up();
    expect([status, err]).toEqual([
      2,
      'values.yaml:4: a: clustermesh.apiserver.service.type must be NodePort or LoadBalancer, got ClusterIP: ' +
        'the cilium CLI does not enable Cluster Mesh with another type\n' +
        '    fix: write clustermesh.useAPIServer: true, or another type\n',
    ]);
  });

  test.each([
    ['ipam: {mode: cluster-pool}', true],
    ['ipam: {mode: cluster-pool}\nroutingMode: native', false],
    ['ipam: {mode: eni}', false],
    ['cluster: {name: a, id: 1}', false],
  ])('the datapath of %j', async (values, tunnel) => {
    existing(['values: values.yaml'], { 'values.yaml': `${values}\n` });
    expect((await script()).includes('--datapath-mode tunnel')).toBe(tunnel);
  });
});

describe('values of another cluster than mesh.yaml says', () => {
  const both = (values: string) => existing(['values: values.yaml', ''], { 'values.yaml': values });

  test.each([
    [
      'the name',
      'cluster:\n  name: b\n  id: 1\n',
      'values.yaml:2',
      'the values install a cluster named "b", but mesh.yaml names it "a"\n  fix: write cluster.name: a\n',
    ],
    [
      'the ID',
      'cluster:\n  name: a\n  id: 2\n',
      'values.yaml:3',
      'the values install a cluster with ID 2, but mesh.yaml has ID 1\n  fix: write cluster.id: 1\n',
    ],
    [
      'no ID',
      'cluster:\n  name: a\n',
      'values.yaml:1',
      'the values do not set cluster.id: Cilium would install a cluster with ID 0, which cannot join a mesh\n' +
        '  fix: write cluster.id: 1\n',
    ],
  ])('%s: up and apply refuse them before anything is asked or made', async (_, values, place, message) => {
    both(values);
    for (const command of [['up'], ['up', '--script'], ['apply']]) {
      const { status, out, err } = await program(...command, '--mesh', 'mesh.yaml');
      expect([status, out]).toEqual([1, '']);
      expect(err).toContain(place);
      expect(err).toContain(message);
      expect(err).toContain(
        '\nNothing was applied. Correct the errors, or apply despite them with --ignore-findings.\n',
      );
    }
    expect(world.log).toEqual([]);
  });

  test('its own are taken', async () => {
    both('cluster: {name: a, id: 1}\n');
    expect((await program('up', '--yes', '--mesh', 'mesh.yaml')).status).toBe(0);
    expect(world.log).toContain('cilium install --version 1.20.2 --values values.yaml --context a');
  });
});

test('what the manifests start is waited for, with a limit', async () => {
  const spec = (more: string) =>
    `spec: {${more}selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, spec: {containers: ` +
    '[{name: x, image: x}]}}}';
  existing([''], {
    'pod.yaml': [
      POD,
      `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db, namespace: data}\n${spec('serviceName: db, ')}\n`,
      'apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: by-hand}\n' +
        `${spec('updateStrategy: {type: OnDelete}, ')}\n`,
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: paused}\n${spec('paused: true, ')}\n`,
    ].join('---\n'),
  });
  expect((await script()).split('wait for the workloads\n')[1]).toBe(
    'kubectl --context a -n default wait --for=condition=Ready pod/a --timeout=10m\n' +
      'kubectl --context a -n data rollout status statefulset/db --timeout=10m\n',
  );
});

describe('--connection-mode', () => {
  test.each([
    ['mesh', 3],
    ['bidirectional', 3],
    ['unicast', 1],
  ])('%s', async (mode, checked) => {
    existing(['', '', '']);
    const text = await script('--connection-mode', mode);
    expect(text).toContain(
      `cilium clustermesh connect --destination-context b,c --connection-mode ${mode} --context a\n`,
    );
    expect(
      text.match(/is not connected to any cluster: cilium clustermesh status --context [abc] shows why/g),
    ).toHaveLength(checked);
  });

  test('without it, every pair of clusters is connected', async () => {
    existing(['', '', '']);
    expect(await script()).toContain('--connection-mode mesh');
  });
});

describe('--timeout', () => {
  test('is the limit of each wait, and of the other commands where it is longer', async () => {
    existing(['', '']);
    const text = await script('--timeout', '1h30m');
    expect(text.match(/--(wait-duration|timeout)[ =]\S+/g)).toEqual(
      expect.arrayContaining(['--wait-duration 1h30m', '--timeout=1h30m']),
    );
    expect(text).not.toMatch(/--(wait-duration|timeout)[ =]10m/);
    const limits: { [line: string]: number | undefined } = {};
    const run = Processes.prototype.run as jest.Mock;
    expect((await up('--timeout', '30m')).status).toBe(0);
    run.mock.calls.forEach(([{ program: name, args, seconds }]) => {
      limits[[name, ...args].join(' ')] = seconds;
    });
    const of = (start: string) => Object.entries(limits).find(([line]) => line.startsWith(start))![1];
    expect([of('cilium install'), of('cilium status --wait'), of('cilium clustermesh connect')]).toEqual([1800, 1860, 1800]);
  });

  test.each(['', '0s', '10', 'm', '25h', '-5m', '5m '])('%j is refused', async text => {
    existing(['']);
    for (const command of ['up', 'apply']) {
      expect(await program(command, '--mesh', 'mesh.yaml', '--timeout', text)).toEqual({
        status: 2,
        out: '',
        err: `--timeout must be a duration of 1 second to 24 hours, such as 90s, 30m or 1h30m, got ${JSON.stringify(text)}\n`,
      });
    }
  });
});

describe('--chart-directory', () => {
  test('takes the place of the version and the repository where a chart is needed', async () => {
    existing(['ciliumVersion: v1.20.2, upgradeValues: more.yaml', ''], {
      'chart/Chart.yaml': 'name: cilium\nversion: 1.20.2\n',
      'more.yaml': '{}\n',
    });
    const text = await script('--chart-directory', 'chart');
    expect(text).toContain('cilium install --chart-directory chart --set cluster.name=a,cluster.id=1 --context a');
    expect(text).toContain('cilium upgrade --chart-directory chart --values more.yaml --context a');
    expect(text).not.toContain('--version');
  });

  test('is given to helm too', async () => {
    existing(['ciliumVersion: 1.14.19'], { 'chart/Chart.yaml': 'name: cilium\nversion: 1.14.19\n' });
    expect(await script('--chart-directory', 'chart')).toContain(
      'helm upgrade --install cilium chart --namespace kube-system --set cluster.name=a,cluster.id=1 --kube-context a',
    );
  });

  test('faults of all options are told at once', async () => {
    existing(['ciliumVersion: 1.19.3', ''], { 'chart/Chart.yaml': 'name: cilium\nversion: 1.20.2\n' });
    const { status, err } = await up('--chart-directory', 'chart', '--connection-mode', 'ring', '--preload');
    expect(status).toBe(2);
    expect(err).toBe(
      '--connection-mode must be one of mesh, bidirectional, unicast, got "ring"\n' +
        '--chart-directory must contain the chart of 1.19.3 for a, got version 1.20.2 in chart\n' +
        '    fix: name a chart of 1.19.3, or set ciliumVersion: 1.20.2\n' +
        '--preload needs a kind cluster to load the images into; this mesh has none: remove the option\n',
    );
    expect((await up('--chart-directory', 'nowhere')).err).toBe(
      '--chart-directory must be a folder with a Chart.yaml, got "nowhere"\n' +
        "    fix: name the folder of Cilium's chart: helm pull cilium --repo https://helm.cilium.io --version " +
        'VERSION --untar\n',
    );
  });
});

describe('--preload', () => {
  const preload = async (...args: string[]) => {
    const { status, out, err } = await program('up', '--script', '--preload', ...args);
    expect([status, err]).toEqual([0, '']);
    return out;
  };

  beforeEach(() => {
    process.chdir(folderOf('isovalent-lab'));
    programs('kind', 'cilium', 'kubectl', 'docker', 'podman');
  });

  test("every image is there before Cilium is installed, and Cilium's are named as they were loaded", async () => {
    expect((await program('up', '--yes', '--preload')).status).toBe(0);
    for (const cluster of ['koornacht', 'tion']) {
      const loaded = world.log.flatMap((line, index) =>
        line === `xargs kind load docker-image --name ${cluster}` ? [index] : [],
      );
      expect(loaded).toHaveLength(2);
      expect(Math.max(...loaded)).toBeLessThan(
        world.position(
          `cilium install --version 1.20.2 --values dist/mesh/${cluster}.values.yaml`,
          'image.useDigest=false',
        ),
      );
      expect(Math.min(...loaded)).toBeGreaterThan(world.position(`kind create cluster --name ${cluster}`));
    }
    expect(world.log.filter(line => line.startsWith('xargs -n1'))).toHaveLength(3);
  });

  test('images have the name of their registry; those with a digest are left to the nodes', async () => {
    fs.writeFileSync(
      'dist/tion.k8s.yaml',
      [
        'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\n' +
          'spec: {schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never,',
        '  initContainers: [{name: i, image: nginx}], containers: [{name: a, image: "localhost:5000/x:1"}, {name: ' +
          'b, image: "me/y@sha256:00"}, {name: c, image: quay.io/z/z:2}]}}}}}',
        '',
      ].join('\n'),
    );
    const load =
      /# tion: load the images of the manifests\nxargs kind load docker-image --name tion <<'EOF'\n([\s\S]*?)\nEOF/.exec(
        await preload(),
      )![1];
    expect(load.split('\n')).toEqual(['docker.io/library/nginx', 'localhost:5000/x:1', 'quay.io/z/z:2']);
  });

  test("the list of Cilium's images is what the chart names", async () => {
    const line = (await preload()).split('\n').find(each => each.startsWith('cilium install --dry-run'))!;
    const [, filter] = /( sed .* sort -u) \|/.exec(line)!;
    const manifests = [
      '        - image: "quay.io/cilium/b:v1"',
      '          image: quay.io/cilium/a:v2',
      '  sidecar-image: no',
      '  image: "c@sha256:00"',
      '  imagePullPolicy: IfNotPresent',
      '',
    ].join('\n');
    expect(spawnSync('bash', ['-c', filter], { input: manifests, encoding: 'utf8' }).stdout).toBe(
      'quay.io/cilium/a:v2\nquay.io/cilium/b:v1\n',
    );
  });

  test('podman, where kind uses it', async () => {
    process.env.KIND_EXPERIMENTAL_PROVIDER = 'podman';
    const text = await preload();
    expect(text).toContain('podman pull');
    expect(text).toContain('kind load image-archive --name "$0" "$archive"');
    expect(text).not.toContain('docker ');
    process.env.KIND_EXPERIMENTAL_PROVIDER = 'nerdctl';
    expect((await program('up', '--yes', '--preload')).err).toBe(
      '--preload loads images of docker or podman only, got KIND_EXPERIMENTAL_PROVIDER=nerdctl: remove the option\n',
    );
  });

  test('where an image cannot be pulled, Cilium is not installed', async () => {
    world.broken = 'docker pull';
    expect((await program('up', '--yes', '--preload')).status).toBe(1);
    expect(world.acts().filter(line => /^cilium install --version/.test(line))).toEqual([]);
    world.broken = undefined;
    expect((await program('up', '--yes', '--preload')).status).toBe(0);
  });
});
