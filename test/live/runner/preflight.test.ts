import * as dgram from 'dgram';
import { once } from 'events';
import * as net from 'net';
import { command } from '../../../src/live/plans/command';
import { HostPort, kindHost } from '../../../src/live/plans/host';
import { Plan } from '../../../src/live/plans/plan';
import { tool } from '../../../src/live/plans/tools';
import { Host, thisHost } from '../../../src/live/runner/host';
import { preflight, Preflight } from '../../../src/live/runner/preflight';
import { Processes } from '../../../src/live/runner/processes';
import { MissingRequirement } from '../../../src/live/runner/requirement';
import { StandIns, standIns } from '../../support/stand-ins';

const DOCKER = (info: object = {}) => `case "$line" in
  'docker -v') echo 'Docker version 28.3.2, build 578ccf6' ;;
  'docker info'*) echo '${JSON.stringify({ ServerVersion: '28.3.2', Name: 'here', CgroupVersion: '2', NCPU: 8, MemTotal: 64e9, DockerRootDir: '/var/lib/docker', ...info })}' ;;
esac`;
const PODMAN = (info: object = {}) => `case "$line" in
  'podman -v') echo 'podman version 5.4.2' ;;
  'podman info'*) echo '${JSON.stringify({ version: { Version: '5.4.2' }, host: { hostname: 'here', cgroupVersion: 'v2', cpus: 8, memTotal: 64e9 }, store: { graphRoot: '/var/lib/containers' }, ...info })}' ;;
esac`;

let programs: StandIns;

beforeEach(() => {
  programs = standIns({
    docker: DOCKER(),
    kind: '[[ "$line" != "kind version" ]] || echo "kind v0.33.0 go1.26.0 linux/amd64"',
    cilium: 'echo "cilium-cli: v0.19.2 compiled with go1.26.2 on linux/amd64"; echo "cilium image (default): v1.19.1"',
    kubectl: 'printf \'{\\n  "clientVersion": {\\n    "major": "1",\\n    "gitVersion": "v1.36.3"\\n  }\\n}\\n\'',
  });
});

const tools = [
  tool('kind', 'creates the clusters'),
  tool('cilium', 'installs Cilium'),
  tool('kubectl', 'applies the manifests'),
];
const cluster = (ports: readonly HostPort[] = [], nodes: number = 2) => ({
  cluster: 'tion',
  nodes,
  ports,
  unless: { kind: 'prints-line' as const, command: command('kind', 'get', 'clusters'), line: 'tion' },
});
const host = (given: Partial<Host> = {}): Host => ({
  ...thisHost(programs.env),
  name: 'here',
  cpus: 8,
  freeMemory: () => 32e9,
  sysctl: () => 1e6,
  freeDisk: () => 100e9,
  ...given,
});

async function look(
  plan: Partial<Plan> = {},
  given: Partial<Host> = {},
  env: NodeJS.ProcessEnv = {},
): Promise<Preflight> {
  const all = { ...programs.env, ...env };
  return preflight({ title: '', steps: [], tools, host: { clusters: [cluster()] }, ...plan }, new Processes(all), {
    ...host(given),
    env: all,
  });
}

const brief = (requirements: readonly MissingRequirement[]) =>
  requirements.map(({ severity, what, got }) => [severity, what, got]);

test('nothing is missing', async () => {
  expect(await look()).toEqual({ requirements: [], notes: [] });
});

test('no question reaches a cluster', async () => {
  await look();
  expect(programs.log().sort()).toEqual([
    'cilium version --client',
    'docker -v',
    'docker info --format {{json .}}',
    'kind get clusters',
    'kind version',
    'kubectl version --client -o json',
  ]);
});

describe('programs', () => {
  test('all that are missing or too old, at once', async () => {
    programs.write('cilium', 'echo "cilium-cli: v0.15.23 compiled with go1.21.6 on linux/amd64"');
    programs.write('kubectl', 'echo \'{"clientVersion":{"gitVersion":"v1.26.15"}}\'');
    const { requirements } = await look({ tools: [...tools, tool('hubble', 'observes flows')] });
    expect(requirements).toEqual([
      {
        severity: 'missing',
        what: 'cilium',
        got: '0.15.23',
        required: '0.16.19 or later: clustermesh connect takes several clusters and --connection-mode',
        fix: 'get a newer one: https://github.com/cilium/cilium-cli/releases',
      },
      {
        severity: 'missing',
        what: 'kubectl',
        got: '1.26.15',
        required: '1.27.0 or later: the API server checks unknown fields strictly',
        fix: 'get a newer one: https://kubernetes.io/docs/tasks/tools/',
      },
      {
        severity: 'missing',
        what: 'hubble',
        got: 'not in the path',
        required: 'observes flows',
        fix: 'get it: https://github.com/cilium/hubble/releases',
      },
    ]);
  });

  test.each([
    ['kind', 'echo "kind v0.19.0 go1.20.4 linux/amd64"', '0.19.0'],
    ['kind', 'echo "kind (@kubernetes-sigs/kind) v0.11.1 go1.16.4"', '0.11.1'],
    ['cilium', 'echo "cilium-cli: v0.16.9 compiled with go1.22"', '0.16.9'],
  ])('%s: %s', async (name, text, found) => {
    programs.write(name, text);
    expect(brief((await look()).requirements)).toEqual([['missing', name, found]]);
  });

  test.each([
    [
      'of a build from sources',
      'cilium',
      'echo "cilium-cli: main-62bccdec3fb9 compiled with go1.26.2"',
      'main-62bccdec3fb9',
    ],
    [
      'of a build without one',
      'kubectl',
      'echo \'{"clientVersion": {"gitVersion": "v0.0.0-master+62bccdec3fb9"}}\'',
      'v0.0.0-master',
    ],
    ['that is not told', 'kubectl', 'echo "unknown flag" >&2; exit 1', 'unknown flag'],
  ])('a version %s is no fault, and said', async (_, name, text, said) => {
    programs.write(name, text);
    const { requirements, notes } = await look();
    expect([requirements, notes]).toEqual([
      [],
      [
        expect.stringMatching(
          new RegExp(
            `^cannot read the version of ${name} from ".*${said}.*": \\d+\\.\\d+\\.\\d+ or later is required \\(.+\\)$`,
          ),
        ),
      ],
    ]);
  });

  test('a version counts also where the program then waits for the network', async () => {
    programs.write('cilium', 'echo "cilium-cli: v0.15.0 compiled with go1.21"; exec sleep 60');
    const [, cilium] = tools;
    const { requirements } = await look({
      tools: [{ ...cilium, version: { ...cilium.version!, command: { ...cilium.version!.command, seconds: 0.5 } } }],
    });
    expect(brief(requirements)).toEqual([['missing', 'cilium', '0.15.0']]);
  });
});

describe('the container runtime', () => {
  test.each([
    [
      'a daemon that is down',
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock',
      'start it: sudo systemctl start docker, or Docker Desktop; docker info shows whether it runs',
    ],
    [
      'no permission',
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
      'permission denied',
      'give your user access: sudo usermod -aG docker "$USER", then log in again',
    ],
  ])('%s, as older and newer releases say it', async (_, message, got, fix) => {
    for (const text of [
      `echo "${message}" >&2; exit 1`,
      `echo '{"ID":"","Name":"","ServerVersion":"","error":""}'; echo "${message}" >&2; exit 1`,
      `echo '{"ServerErrors":["${message}"],"ClientInfo":{}}'; exit 1`,
      `echo '{"ServerErrors":["${message}"]}'`,
    ]) {
      programs.write('docker', `[[ "$line" == 'docker -v' ]] && { echo 'Docker version 28.3.2'; exit; }\n${text}`);
      const { requirements } = await look();
      expect(requirements).toEqual([
        { severity: 'missing', what: 'container runtime: docker', got, required: 'an answer to its info command', fix },
      ]);
    }
    expect(programs.log()).not.toContain('kind get clusters');
  });

  test('none, and one that only has the name', async () => {
    programs.write('docker', 'echo "podman version 5.4.2"');
    expect(brief((await look()).requirements)).toEqual([['missing', 'container runtime', 'none']]);
  });

  test.each([
    ['podman', PODMAN(), []],
    ['podman', PODMAN({ version: { Version: '1.7.1-dev' } }), [['missing', 'container runtime: podman', '1.7.1']]],
    ['podman', PODMAN({ host: { hostname: 'here', cgroupVersion: 'v1' } }), [['warning', 'cgroups', 'version 1']]],
    ['docker', DOCKER({ ServerVersion: '19.03.15' }), [['missing', 'container runtime: docker', '19.03.15']]],
    ['docker', DOCKER({ CgroupVersion: '1' }), [['warning', 'cgroups', 'version 1']]],
    ['ignored-by-kind', DOCKER(), []],
  ])('KIND_EXPERIMENTAL_PROVIDER=%s (%#)', async (provider, text, expected) => {
    programs.write(provider === 'podman' ? 'podman' : 'docker', text);
    expect(brief((await look({}, {}, { KIND_EXPERIMENTAL_PROVIDER: provider })).requirements)).toEqual(expected);
  });

  test('one that is chosen and not there', async () => {
    expect((await look({}, {}, { KIND_EXPERIMENTAL_PROVIDER: 'podman' })).requirements).toEqual([
      {
        severity: 'missing',
        what: 'container runtime',
        got: 'no podman',
        required: 'podman, as set in KIND_EXPERIMENTAL_PROVIDER',
        fix: 'install podman, or unset KIND_EXPERIMENTAL_PROVIDER',
      },
    ]);
  });

  test('is not asked for where no cluster is of kind', async () => {
    programs.write('docker', 'exit 1');
    expect((await look({ host: undefined })).requirements).toEqual([]);
  });
});

describe('ports', () => {
  const port = (number: number, protocol: HostPort['protocol'] = 'TCP', address: string = '127.0.0.1'): HostPort => ({
    port: number,
    protocol,
    address,
    field: 'nodes[0].extraPortMappings[0].hostPort',
  });

  test('one that is in use, TCP and UDP, is named with its cluster and field; a free one is not', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await Promise.all([once(server, 'listening'), once(socket, 'listening')]);
    const [tcp, udp] = [(server.address() as net.AddressInfo).port, socket.address().port];
    const { requirements } = await look({ host: { clusters: [cluster([port(tcp), port(udp, 'UDP')])] } });
    expect(requirements).toEqual([
      {
        severity: 'missing',
        what: `port 127.0.0.1:${tcp}/TCP`,
        got: 'in use',
        required: 'a free port, for tion (nodes[0].extraPortMappings[0].hostPort)',
        fix: 'stop the program that listens there (ss -ltnp shows it), or use another port',
      },
      {
        severity: 'missing',
        what: `port 127.0.0.1:${udp}/UDP`,
        got: 'in use',
        required: 'a free port, for tion (nodes[0].extraPortMappings[0].hostPort)',
        fix: 'stop the program that listens there (ss -lunp shows it), or use another port',
      },
    ]);
    // all addresses hold that one
    expect(brief((await look({ host: { clusters: [cluster([port(tcp, 'TCP', '0.0.0.0')])] } })).requirements)).toEqual([
      ['missing', `port 0.0.0.0:${tcp}/TCP`, 'in use'],
    ]);
    await Promise.all([
      new Promise(resolve => server.close(resolve)),
      new Promise<void>(resolve => socket.close(resolve)),
    ]);
    expect((await look({ host: { clusters: [cluster([port(tcp), port(udp, 'UDP')])] } })).requirements).toEqual([]);
  });

  test('of a cluster that exists: it has them itself', async () => {
    programs.write('kind', 'if [[ "$line" == *clusters* ]]; then echo tion; else echo "kind v0.33.0"; fi');
    expect(
      (
        await look(
          { host: { clusters: [cluster([port(1)])] } },
          { port: () => Promise.resolve('in-use'), freeMemory: () => 1 },
        )
      ).requirements,
    ).toEqual([]);
  });

  test('of a runtime elsewhere: they are not of this host', async () => {
    expect(
      (
        await look(
          { host: { clusters: [cluster([port(1)])] } },
          { port: () => Promise.resolve('in-use') },
          { DOCKER_HOST: 'ssh://elsewhere' },
        )
      ).requirements,
    ).toEqual([]);
  });

  test('an address of no interface', async () => {
    expect(
      brief((await look({ host: { clusters: [cluster([port(31999, 'TCP', '192.0.2.1')])] } })).requirements),
    ).toEqual([['missing', 'port 192.0.2.1:31999/TCP', 'not an address of this host']]);
  });
});

describe('little room is a warning', () => {
  test.each<[string, Partial<Host>, string[]]>([
    [
      'inotify',
      { sysctl: name => (name.endsWith('instances') ? 128 : 8192) },
      ['fs.inotify.max_user_watches', 'fs.inotify.max_user_instances'],
    ],
    ['memory', { freeMemory: () => 3.9e9 }, ['memory']],
    ['disk', { freeDisk: () => 1e9 }, ['disk (/var/lib/docker)']],
    ['what the system does not tell', { sysctl: () => undefined, freeDisk: () => undefined }, []],
  ])('%s', async (_, given, expected) => {
    expect((await look({}, given)).requirements.map(({ severity, what }) => [severity, what])).toEqual(
      expected.map(what => ['warning', what]),
    );
  });

  test('it says what is asked for, for how many nodes, and why', async () => {
    const [memory] = (await look({}, { freeMemory: () => 3.9e9 })).requirements;
    expect(memory).toEqual({
      severity: 'warning',
      what: 'memory',
      got: '3.9 GB',
      required: '4.0 GB: 2 GB for each of 2 nodes, as kubeadm requires',
      fix: 'stop other programs, give the container runtime more, or use fewer nodes',
    });
  });

  test("in a machine of the runtime's own, that one counts, and not the host", async () => {
    programs.write('docker', DOCKER({ Name: 'docker-desktop', MemTotal: 2e9, NCPU: 1 }));
    const { requirements } = await look({}, { freeMemory: () => 1, sysctl: () => 1, freeDisk: () => 1 });
    expect(brief(requirements)).toEqual([
      ['warning', 'memory', '2.0 GB'],
      ['warning', 'CPUs', '1'],
    ]);
  });
});

test('what a kind configuration takes of the host', () => {
  expect(
    kindHost({
      networking: { apiServerPort: 6443, apiServerAddress: '10.0.0.1' },
      nodes: [
        {
          role: 'control-plane',
          extraPortMappings: [
            { hostPort: 32379, containerPort: 32379 },
            { hostPort: 53, protocol: 'UDP', listenAddress: '127.0.0.2' },
            { hostPort: 0 },
            { hostPort: -1 },
          ],
        },
        { role: 'worker' },
      ],
    }),
  ).toEqual({
    nodes: 2,
    ports: [
      { port: 6443, protocol: 'TCP', address: '10.0.0.1', field: 'networking.apiServerPort' },
      { port: 32379, protocol: 'TCP', address: '0.0.0.0', field: 'nodes[0].extraPortMappings[0].hostPort' },
      { port: 53, protocol: 'UDP', address: '127.0.0.2', field: 'nodes[0].extraPortMappings[1].hostPort' },
    ],
  });
  expect(kindHost(undefined)).toEqual({ nodes: 1, ports: [] });
  expect(kindHost({ networking: { ipFamily: 'ipv6', apiServerPort: 6443 } }).ports[0].address).toBe('::1');
});
