import { spawn, spawnSync } from 'child_process';
import * as fs from 'fs';
import * as net from 'net';
import * as path from 'path';
import { stringify } from 'yaml';

/**
 * A cluster of real Kubernetes programs with etcd. kwok simulates its nodes and pods. Everything listens on 127.0.0.1
 * only.
 */
export interface SimulatedCluster {
  readonly name: string;
  /** Of the API server. */
  readonly port: number;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
}

/** The folder of a cluster, below that of the environment (environment.ts). */
export function clusterFolder(environment: string, name: string): string {
  return path.join(environment, 'kwok', 'clusters', name);
}

/** The names of the running clusters. */
export function clusterNames(environment: string): string[] {
  const folder = clusterFolder(environment, '');
  return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
}

/** kubectl's configuration for a cluster's administrator. */
export function adminConfig(environment: string, name: string): string {
  return path.join(clusterFolder(environment, name), 'kubeconfig.yaml');
}

/** Starts a cluster, and returns when its API server answers. It has no nodes yet. */
export async function startCluster(environment: string, cluster: SimulatedCluster): Promise<void> {
  const { name, port, podSubnet, serviceSubnet } = cluster;
  const [etcd, etcdPeer, controllers, scheduler, kubelet, relay] = await freePorts(6);
  const args = (values: { readonly [key: string]: string }) =>
    Object.entries(values).map(([key, value]) => ({ key, value }));
  const configuration = [
    {
      kind: 'KwokctlConfiguration',
      apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
      options: {
        runtime: 'binary',
        bindAddress: '127.0.0.1',
        ...Object.fromEntries(
          ['kubeApiserver', 'kubeScheduler', 'kubectl', 'etcd'].map(each => [
            `${each}Binary`,
            program(kebab(each)),
          ]),
        ),
        kubeControllerManagerBinary: path.join(environment, 'bin', 'controller-manager-after-api-server'),
        etcdctlBinary: program('etcd'), // never called, but it would be downloaded
        kwokControllerBinary: path.join(environment, 'bin', 'kwok-with-pod-programs'),
        kubeApiserverPort: port,
        etcdPort: etcd,
        etcdPeerPort: etcdPeer,
        kubeControllerManagerPort: controllers,
        kubeSchedulerPort: scheduler,
        kwokControllerPort: kubelet,
        enableCRDs: ['Exec'],
        cacheDir: path.join(environment, 'kwok', 'cache'),
      },
      componentsPatches: [
        { name: 'kube-apiserver', extraArgs: args({ 'service-cluster-ip-range': serviceSubnet }) },
        // as kubeadm sets them: nodes get their part of the pods' addresses
        {
          name: 'kube-controller-manager',
          extraArgs: args({
            'allocate-node-cidrs': 'true',
            'cluster-cidr': podSubnet,
            'service-cluster-ip-range': serviceSubnet,
          }),
        },
      ],
    },
    // for programs in a pod that kubelet.ts has not described (yet)
    {
      kind: 'ClusterExec',
      apiVersion: 'kwok.x-k8s.io/v1alpha1',
      metadata: { name: 'pods' },
      spec: { execs: [{ local: { envs: [{ name: 'CLUSTER', value: name }] } }] },
    },
    {
      kind: 'ClusterPortForward',
      apiVersion: 'kwok.x-k8s.io/v1alpha1',
      metadata: { name: 'hubble-relay' },
      spec: { forwards: [{ ports: [RELAY_PORT], target: { address: '127.0.0.1', port: relay } }] },
    },
  ];
  const file = path.join(environment, `${name}.kwokctl.yaml`);
  fs.writeFileSync(file, configuration.map(each => stringify(each)).join('---\n'));
  const { status, stdout, stderr, error } = kwokctl(
    environment,
    'create',
    'cluster',
    '--name',
    name,
    '--config',
    file,
    '--wait',
    '120s',
  );
  if (status !== 0) {
    throw new Error(
      `the simulated cluster ${name} did not start: ` +
        `${error?.message ?? `kwokctl ended with status ${status}`}\n${stdout}${stderr}`,
    );
  }
  background(environment, name, 'kubelet', process.execPath, [path.join(environment, 'bin', 'kubelet'), name]);
  background(environment, name, 'hubble-relay', program('hubble-relay'), [
    `127.0.0.1:${relay}`,
    path.join(environment, `${name}.flows.jsonl`),
  ]);
}

/** Stops everything of a cluster, whatever its state. */
export function stopCluster(environment: string, name: string): void {
  for (const each of ['kubelet', 'hubble-relay']) {
    stopProcess(path.join(environment, `${name}.${each}.pid`));
  }
  kwokctl(environment, 'delete', 'cluster', '--name', name);
  // processes that kwokctl does not know, because it was interrupted while it started the cluster
  const pids = path.join(clusterFolder(environment, name), 'pids');
  for (const pid of fs.existsSync(pids) ? fs.readdirSync(pids) : []) {
    stopProcess(path.join(pids, pid));
  }
  fs.rmSync(clusterFolder(environment, name), { recursive: true, force: true });
}

/** A program in the path, as an absolute path. */
export function program(name: string): string {
  const found = (process.env.PATH ?? '')
    .split(path.delimiter)
    .map(folder => path.join(folder, name))
    .find(file => fs.existsSync(file));
  if (!found) {
    throw new Error(
      `${name} is not in the path ${process.env.PATH}: it is built by acceptance/build.ts, and put there by ` +
        'acceptance/environment.ts',
    );
  }
  return found;
}

/** The port that Hubble Relay has in its pod (Cilium's chart, hubble.relay.listenPort). */
const RELAY_PORT = 4245;

function kwokctl(environment: string, ...args: string[]) {
  const folder = path.join(environment, 'kwok');
  fs.mkdirSync(folder, { recursive: true });
  return spawnSync(program('kwokctl'), args, {
    encoding: 'utf8',
    env: { ...process.env, KWOK_WORKDIR: folder, KUBECONFIG: path.join(folder, 'kubeconfig') },
  });
}

/** Starts a process that outlives this one; its id is kept in a file, for `stopCluster`. */
function background(
  environment: string,
  cluster: string,
  what: string,
  command: string,
  args: readonly string[],
): void {
  const log = fs.openSync(path.join(environment, `${cluster}.${what}.log`), 'a');
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log] });
  child.unref();
  fs.writeFileSync(path.join(environment, `${cluster}.${what}.pid`), String(child.pid));
}

function stopProcess(pidFile: string): void {
  if (fs.existsSync(pidFile)) {
    try {
      process.kill(Number(fs.readFileSync(pidFile, 'utf8')), 'SIGTERM');
    } catch {
      // it ended by itself
    }
    fs.rmSync(pidFile);
  }
}

/** Free ports. Holds each until it has found the last, so they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<net.Server>((resolve, reject) => {
          const server = net.createServer().once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map(server => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
}
