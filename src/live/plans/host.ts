import { Condition } from './command';

/** What a plan needs of the host beside programs, to run the nodes of kind clusters. */
export interface HostDemands {
  /**
   * Clusters that kind creates. The container runtime must answer also when all of them exist: kind asks it for their
   * list.
   */
  readonly clusters: readonly KindDemand[];
}

/** What the creation of a kind cluster takes of the host. */
export interface KindDemand extends KindHost {
  readonly cluster: string;
  /** The cluster exists already, and takes nothing more. */
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
  /** The field of the kind configuration. */
  readonly field: string;
}

/** A container runtime that kind can use, in the order in which it looks for them. */
export interface Runtime {
  readonly program: string;
  /** Beginning of the output of `<program> -v`: a program called `docker` may be podman. */
  readonly banner: string;
  readonly least?: { readonly version: string; readonly reason: string };
}

/**
 * sigs.k8s.io/kind v0.33.0: pkg/cluster/provider.go, each provider's util.go; docker's least version is in the release
 * notes of v0.20.0.
 */
export const RUNTIMES: readonly Runtime[] = [
  { program: 'docker', banner: 'Docker version', least: { version: '20.10.0', reason: 'kind 0.20 and later need it' } },
  { program: 'nerdctl', banner: 'nerdctl version' },
  { program: 'podman', banner: 'podman version', least: { version: '1.8.0', reason: 'kind needs it' } },
];

/** Values of KIND_EXPERIMENTAL_PROVIDER; kind ignores any other (pkg/internal/runtime/runtime.go). */
export const PROVIDERS: Readonly<Record<string, Runtime>> = {
  'docker': RUNTIMES[0],
  'podman': RUNTIMES[2],
  'nerdctl': RUNTIMES[1],
  'finch': { program: 'finch', banner: 'finch version' },
  'nerdctl.lima': { program: 'nerdctl.lima', banner: 'nerdctl version' },
};

/** Kernel limits that all nodes of a host share: kind's known issues, "pod errors due to too many open files". */
export const INOTIFY = [
  { name: 'fs.inotify.max_user_watches', least: 524288 },
  { name: 'fs.inotify.max_user_instances', least: 512 },
];

/** Bytes for each node: kubeadm requires 2 GB of every machine ("any less will leave little room for your apps"). */
export const MEMORY_PER_NODE = 2e9;

/** CPUs in total: kubeadm requires 2 for a control plane; all nodes of kind share those of the host. */
export const CPUS = 2;

/**
 * Bytes for each node, an estimate: its file system, etcd, and the images of Cilium and of the pods, which each node
 * stores.
 */
export const DISK_PER_NODE = 3e9;

/** What a kind configuration (kind.x-k8s.io/v1alpha4) takes of the host. */
export function kindHost(configuration: any): KindHost {
  const list = (value: any): any[] => (Array.isArray(value) ? value : []);
  const networking = configuration?.networking;
  // without nodes, kind creates one control plane
  const nodes = list(configuration?.nodes);
  const ipv6 = networking?.ipFamily === 'ipv6';
  const port = (value: any, protocol: any, address: string, field: string): HostPort[] =>
    // 0 and -1 mean any free port
    Number.isInteger(value) && value > 0 ? [{ port: value, protocol: protocol ?? 'TCP', address, field }] : [];
  return {
    nodes: Math.max(nodes.length, 1),
    ports: [
      ...port(
        networking?.apiServerPort,
        'TCP',
        networking?.apiServerAddress || (ipv6 ? '::1' : '127.0.0.1'),
        'networking.apiServerPort',
      ),
      ...nodes.flatMap((node, index) =>
        list(node?.extraPortMappings).flatMap((mapping, number) => {
          const field = `nodes[${index}].extraPortMappings[${number}].hostPort`;
          return port(mapping?.hostPort, mapping?.protocol, mapping?.listenAddress || (ipv6 ? '::' : '0.0.0.0'), field);
        }),
      ),
    ],
  };
}
