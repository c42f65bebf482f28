import { Condition } from './command';

/** What a plan needs of the host beside programs: kind's nodes run there. A plan without kind clusters needs nothing. */
export interface HostDemands {
  /** Clusters that kind creates. The container runtime must answer also where there is none to create: kind asks it which exist. */
  readonly clusters: readonly KindDemand[];
}

/** What a kind cluster takes of the host when it is created. */
export interface KindDemand extends KindHost {
  readonly cluster: string;
  /** It exists already, and takes nothing more. */
  readonly unless: Condition;
}

/** What a kind configuration takes of the host. */
export interface KindHost {
  readonly nodes: number;
  readonly ports: readonly HostPort[];
}

/** A port of the host that kind publishes. */
export interface HostPort {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly address: string;
  /** Where the configuration says so. */
  readonly field: string;
}

/** A container runtime that kind can use, in the order in which it looks for them. */
export interface Runtime {
  readonly program: string;
  /** What `<program> -v` begins with: podman's `docker` is no docker. */
  readonly introduces: string;
  readonly least?: { readonly version: string; readonly because: string };
}

/** sigs.k8s.io/kind v0.33.0: pkg/cluster/provider.go, each provider's util.go; docker's least version is in the release notes of v0.20.0. */
export const RUNTIMES: readonly Runtime[] = [
  { program: 'docker', introduces: 'Docker version', least: { version: '20.10.0', because: 'kind 0.20 and later need it' } },
  { program: 'nerdctl', introduces: 'nerdctl version' },
  { program: 'podman', introduces: 'podman version', least: { version: '1.8.0', because: 'kind needs it' } },
];

/** What KIND_EXPERIMENTAL_PROVIDER may be; kind ignores anything else (pkg/internal/runtime/runtime.go). */
export const PROVIDERS: Readonly<Record<string, Runtime>> = {
  'docker': RUNTIMES[0],
  'podman': RUNTIMES[2],
  'nerdctl': RUNTIMES[1],
  'finch': { program: 'finch', introduces: 'finch version' },
  'nerdctl.lima': { program: 'nerdctl.lima', introduces: 'nerdctl version' },
};

/** Kernel limits that all nodes of a host share: kind's known issues, "pod errors due to too many open files". */
export const INOTIFY = [
  { name: 'fs.inotify.max_user_watches', least: 524288 },
  { name: 'fs.inotify.max_user_instances', least: 512 },
];

/** Asked for every node: kubeadm wants 2 GB of every machine ("any less will leave little room for your apps"). */
export const MEMORY_PER_NODE = 2e9;

/** Asked in all: kubeadm wants 2 of a control plane; kind's nodes share those of the host. */
export const CPUS = 2;

/** Asked for every node, an estimate: its file system, etcd's, and the images of Cilium and of the pods, which every node keeps for itself. */
export const DISK_PER_NODE = 3e9;

/** What a kind configuration, as it was read, takes of the host: kind.x-k8s.io/v1alpha4. */
export function kindHost(configuration: any): KindHost {
  const list = (value: any): any[] => Array.isArray(value) ? value : [];
  const networking = configuration?.networking;
  // no nodes are one control plane
  const nodes = list(configuration?.nodes);
  const ipv6 = networking?.ipFamily === 'ipv6';
  const port = (value: any, protocol: any, address: any, otherwise: string, field: string): HostPort[] => {
    // 0 and -1 are any free port
    return Number.isInteger(value) && value > 0 ? [{ port: value, protocol: protocol ?? 'TCP', address: address || otherwise, field }] : [];
  };
  return {
    nodes: Math.max(nodes.length, 1),
    ports: [
      ...port(networking?.apiServerPort, 'TCP', networking?.apiServerAddress, ipv6 ? '::1' : '127.0.0.1', 'networking.apiServerPort'),
      ...nodes.flatMap((node, index) => list(node?.extraPortMappings).flatMap((mapping, number) => {
        return port(mapping?.hostPort, mapping?.protocol, mapping?.listenAddress, ipv6 ? '::' : '0.0.0.0', `nodes[${index}].extraPortMappings[${number}].hostPort`);
      })),
    ],
  };
}
