#!/usr/bin/env node
/**
 * The docker commands of kind 0.33 (pkg/cluster/internal/providers/docker). A container is a file.
 *
 * The commands of kind in the container of a control plane act on a simulated cluster: `kubeadm init` starts it,
 * `kubectl` is the real one, `docker rm` stops it. Unknown commands fail.
 */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { parseAllDocuments, stringify } from 'yaml';
import { adminConfig, clusterNames, program, startCluster, stopCluster } from '../simulated-cluster';

interface Container {
  readonly name: string;
  readonly labels: { readonly [label: string]: string };
  /** Ports of the host, by the container's port and protocol. */
  readonly ports: { readonly [port: string]: string };
  /** The last number of its addresses. */
  readonly address: number;
}

const ENVIRONMENT = process.env.ACCEPTANCE_ENVIRONMENT!;
const FOLDER = path.join(ENVIRONMENT, 'docker');
const CLUSTER_LABEL = 'io.x-k8s.kind.cluster';
const ROLE_LABEL = 'io.x-k8s.kind.role';
const ADMIN_CONFIG = '/etc/kubernetes/admin.conf';

/** Files of the image kindest/node, which no package registry has. */
const FILES: { readonly [file: string]: string } = {
  '/kind/version': 'v1.36.3',
  '/kind/manifests/default-cni.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: stands-for-kindnet, namespace: kube-system}\n',
  '/kind/manifests/default-storage.yaml':
    'apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: standard}\nprovisioner: ' +
    'rancher.io/local-path\n',
};

const COMMANDS: { readonly [command: string]: (args: readonly string[]) => string | Promise<string> } = {
  '-v': () => 'Docker version 28.2.2, build stand-in',
  'info': args =>
    args.includes('{{json .}}')
      ? JSON.stringify({
        CgroupDriver: 'systemd',
        CgroupVersion: '2',
        MemoryLimit: true,
        PidsLimit: true,
        CPUShares: true,
        SecurityOptions: ['name=seccomp,profile=builtin'],
      })
      : args.includes('{{.Driver}}')
        ? 'overlay2'
        : '[]',
  'network': ([what]) =>
    (({ ls: '0123', inspect: '1500' }) as { [what: string]: string })[what] ?? unknown(['network', what]),
  'inspect': inspect,
  'ps': list,
  'run': run,
  'logs': args => `${container(args.at(-1)!).name}: Reached target Multi-User System.`, // the line that kind waits for
  'rm': remove,
  'exec': execute,
};

function list(args: readonly string[]): string {
  const [label, value] = option(args, '--filter')[0]
    .replace(/^label=/, '')
    .split('=');
  const found = containers().filter(({ labels }) => (value === undefined ? label in labels : labels[label] === value));
  return found
    .map(({ name, labels }) => (option(args, '--format')[0] === '{{.Names}}' ? name : labels[CLUSTER_LABEL]))
    .join('\n');
}

function inspect(args: readonly string[]): string {
  if (args.includes('--type=image')) {
    return '[]'; // every image is there
  }
  const { labels, ports, address } = container(args.at(-1)!);
  const format = [...option(args, '--format'), ...option(args, '-f')][0];
  if (format.includes('.NetworkSettings.Ports')) {
    return ports[/"(\d+\/tcp)"/.exec(format)![1]].replace(/:(\d+)$/, '\t$1');
  }
  if (format.includes('.IPAddress')) {
    return `172.18.0.${address},fc00::${address}`;
  }
  return labels[/\.Config\.Labels "([^"]+)"/.exec(format)?.[1] ?? ''] ?? '';
}

function run(args: readonly string[]): string {
  if (process.env.DOCKER_MAKES_NO_CONTAINER) {
    throw new Error(process.env.DOCKER_MAKES_NO_CONTAINER);
  }
  const [name] = option(args, '--name');
  const labels = Object.fromEntries(option(args, '--label').map(label => label.split('=')));
  const ports = Object.fromEntries(
    option(args, '--publish')
      .map(each => /^(.+:\d+):(\d+\/\w+)$/.exec(each)!)
      .map(([, host, port]) => [port.toLowerCase(), host]),
  );
  const file = path.join(FOLDER, 'containers', `${name}.json`);
  if (fs.existsSync(file)) {
    throw new Error(`Conflict. The container name "/${name}" is already in use`);
  }
  fs.mkdirSync(path.join(FOLDER, 'files', name), { recursive: true });
  fs.writeFileSync(file, JSON.stringify({ name, labels, ports, address: freeAddress() }));
  return '0123456789ab';
}

/** kind creates the nodes of several clusters in parallel. Only one of them can create a folder. */
function freeAddress(): number {
  for (let address = 2; ; address++) {
    try {
      fs.mkdirSync(path.join(FOLDER, 'addresses', String(address)));
      return address;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw error;
      }
    }
  }
}

function remove(args: readonly string[]): string {
  for (const name of args.filter(arg => !arg.startsWith('-'))) {
    const { labels, address } = container(name);
    if (labels[ROLE_LABEL] === 'control-plane' && clusterNames(ENVIRONMENT).includes(labels[CLUSTER_LABEL])) {
      stopCluster(ENVIRONMENT, labels[CLUSTER_LABEL]);
    }
    fs.rmSync(path.join(FOLDER, 'containers', `${name}.json`));
    fs.rmSync(path.join(FOLDER, 'files', name), { recursive: true });
    fs.rmdirSync(path.join(FOLDER, 'addresses', String(address)));
  }
  return '';
}

/** The programs that kind runs in a node. */
async function execute(args: readonly string[]): Promise<string> {
  const start = args.findIndex((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-e');
  const [name, command, ...rest] = args.slice(start);
  const { labels, address } = container(name);
  const cluster = labels[CLUSTER_LABEL];
  switch (command) {
    case 'mkdir':
    case 'crictl':
    case 'ctr':
    case 'bash':
      return '';
    case 'cp': {
      const file = inContainer(name, rest[1]);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(
        file,
        rest[0] === '/dev/stdin' ? fs.readFileSync(0) : fs.readFileSync(inContainer(name, rest[0])),
      );
      return '';
    }
    case 'cat':
      return rest[0] in FILES ? FILES[rest[0]] : fs.readFileSync(inContainer(name, rest[0]), 'utf8');
    case 'kubeadm': {
      if (rest[0] === 'init') {
        await initialise(name, cluster);
      }
      kubectl(cluster, ['apply', '-f', '-'], JSON.stringify(node(name, labels[ROLE_LABEL], address)));
      return '';
    }
    case 'kubectl':
      return kubectl(
        cluster,
        rest.filter(arg => !arg.startsWith('--kubeconfig')),
        rest.includes('-') ? fs.readFileSync(0, 'utf8') : '',
      );
    default:
      return unknown(['exec', ...args]);
  }
}

/** The result of `kubeadm init`: an API server with kind's settings, and the record of those settings. */
async function initialise(name: string, cluster: string): Promise<void> {
  const settings = parseAllDocuments(fs.readFileSync(inContainer(name, '/kind/kubeadm.conf'), 'utf8'))
    .map(each => each.toJS())
    .find(each => each.kind === 'ClusterConfiguration');
  const { podSubnet, serviceSubnet } = settings.networking;
  const port = Number(container(name).ports['6443/tcp'].split(':').at(-1));
  await startCluster(ENVIRONMENT, { name: cluster, port, podSubnet, serviceSubnet });
  // kubeadm writes it anew, without kind's quotes and comments
  kubectl(
    cluster,
    ['apply', '-f', '-'],
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
      data: { ClusterConfiguration: stringify(settings) },
    }),
  );
  const admin = inContainer(name, ADMIN_CONFIG);
  fs.mkdirSync(path.dirname(admin), { recursive: true });
  fs.writeFileSync(admin, kubectl(cluster, ['config', 'view', '--raw', '--flatten', '--minify']));
}

function node(name: string, role: string, address: number): object {
  const control = role === 'control-plane';
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': process.arch === 'x64' ? 'amd64' : process.arch,
        ...(control ? { 'node-role.kubernetes.io/control-plane': '' } : {}),
      },
    },
    spec: control ? { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] } : {},
    status: { addresses: [{ type: 'InternalIP', address: `172.18.0.${address}` }] },
  };
}

function kubectl(cluster: string, args: readonly string[], input: string = ''): string {
  const { status, stdout, stderr } = spawnSync(
    program('kubectl'),
    ['--kubeconfig', adminConfig(ENVIRONMENT, cluster), ...args],
    { encoding: 'utf8', input },
  );
  if (status !== 0) {
    throw new Error(`kubectl ${args.join(' ')} in ${cluster}: ${stderr}`);
  }
  return stdout;
}

function containers(): Container[] {
  return fs
    .readdirSync(path.join(FOLDER, 'containers'))
    .sort()
    .map(file => JSON.parse(fs.readFileSync(path.join(FOLDER, 'containers', file), 'utf8')));
}

function container(name: string): Container {
  const found = containers().find(each => each.name === name);
  if (!found) {
    throw new Error(`Error response from daemon: No such container: ${name}`);
  }
  return found;
}

function inContainer(name: string, file: string): string {
  return path.join(FOLDER, 'files', name, file);
}

/** The values of an option, written as `--option value` or `--option=value`. */
function option(args: readonly string[], name: string): string[] {
  return args.flatMap((arg, index) =>
    arg === name ? [args[index + 1]] : arg.startsWith(`${name}=`) ? [arg.slice(name.length + 1)] : [],
  );
}

function unknown(args: readonly string[]): never {
  throw new Error(`the stand-in for docker does not know: docker ${args.join(' ')}`);
}

async function main([command, ...args]: string[]): Promise<void> {
  ['containers', 'addresses', 'files'].forEach(each => fs.mkdirSync(path.join(FOLDER, each), { recursive: true }));
  const output = command in COMMANDS ? await COMMANDS[command](args) : unknown([command, ...args]);
  process.stdout.write(output === '' || output.endsWith('\n') ? output : `${output}\n`);
}

main(process.argv.slice(2)).catch(error => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
