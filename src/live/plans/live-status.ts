import { Command } from './command';
import { cilium, kubectl, kubeSystem } from './kube';

/** What is asked of a cluster for its status; each prints JSON, and none changes anything. */
export interface StatusQueries {
  readonly nodes: Command;
  /** The DaemonSet of the agents. */
  readonly agents: Command;
  /** The ConfigMap of the agents: with which name and ID they run. */
  readonly settings: Command;
  /** What the CLI says of the connections: `status` exits with 0 also with errors, so that only what it prints counts. */
  readonly connections: Command;
  readonly services: Command;
}

export function statusQueries(context: string): StatusQueries {
  return {
    nodes: kubectl(context, 'get', 'nodes', '-o', 'json'),
    agents: kubeSystem(context, 'get', 'daemonset', 'cilium', '-o', 'json'),
    settings: kubeSystem(context, 'get', 'configmap', 'cilium-config', '-o', 'json'),
    connections: cilium(context, 'clustermesh', 'status', '--output', 'json'),
    services: kubectl(context, 'get', 'services', '--all-namespaces', '-o', 'json'),
  };
}

/** Something of how many are ready. */
export interface Ready {
  readonly ready: number;
  readonly desired: number;
}

/** Nodes that say of themselves that they are ready. */
export function readyNodes(list: any): Ready {
  const nodes: any[] = list.items ?? [];
  return { ready: nodes.filter(({ status }) => (status?.conditions ?? []).some((each: any) => each.type === 'Ready' && each.status === 'True')).length, desired: nodes.length };
}

/** Agents that are ready, and the version of their image. */
export function readyAgents(daemonSet: any): Ready & { readonly version?: string } {
  const image: string = daemonSet.spec?.template?.spec?.containers?.find((each: any) => each.name === 'cilium-agent')?.image ?? '';
  const version = /:v?([^:@/]+)(@|$)/.exec(image)?.[1];
  return { ready: daemonSet.status?.numberReady ?? 0, desired: daemonSet.status?.desiredNumberScheduled ?? 0, ...version === undefined ? {} : { version } };
}

/** Agents that are connected to each other cluster, of those that are told to be (cilium-cli/clustermesh/clustermesh.go, April 2026). */
export function connections(status: any): Map<string, Ready> {
  const clusters: { [name: string]: { configured?: number; connected?: number } } = status.connectivity?.clusters ?? {};
  return new Map(Object.entries(clusters).sort().map(([name, { configured = 0, connected = 0 }]) => [name, { ready: connected, desired: configured }]));
}

/** What the agents say their cluster is. */
export function identityOf(configMap: any): { readonly name?: string; readonly id?: number } {
  const { 'cluster-name': name, 'cluster-id': id } = configMap.data ?? {};
  return { ...name === undefined ? {} : { name }, ...id === undefined ? {} : { id: Number(id) } };
}
