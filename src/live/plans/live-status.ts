import { Command } from './command';
import { cilium, kubectl, kubeSystem } from './kube';

/** The questions about the status of a cluster. Each prints JSON and changes nothing. */
export interface StatusQueries {
  readonly nodes: Command;
  /** The DaemonSet of the agents. */
  readonly agents: Command;
  /** The ConfigMap of the agents: the name and ID they run with. */
  readonly settings: Command;
  /** The connections, from the cilium CLI: `status` exits with 0 also after errors, so only its output counts. */
  readonly connections: Command;
  readonly services: Command;
}

export function statusQueries(context: string): StatusQueries {
  return {
    nodes: kubectl(context).get('nodes', '-o', 'json'),
    agents: kubeSystem(context).get('daemonset', 'cilium', '-o', 'json'),
    settings: kubeSystem(context).get('configmap', 'cilium-config', '-o', 'json'),
    connections: cilium(context, 'clustermesh', 'status', '--output', 'json'),
    services: kubectl(context).get('services', '--all-namespaces', '-o', 'json'),
  };
}

/** How many of something are ready. */
export interface Readiness {
  readonly ready: number;
  readonly desired: number;
}

/** Agents, with the version of their image. */
export interface Agents extends Readiness {
  readonly version?: string;
}

/** Nodes with the condition Ready. */
export function readNodes(list: any): Readiness {
  const nodes: any[] = list.items ?? [];
  const conditions = ({ status }: any): any[] => status?.conditions ?? [];
  const isReady = (node: any) => conditions(node).some(({ type, status }) => type === 'Ready' && status === 'True');
  return { ready: nodes.filter(isReady).length, desired: nodes.length };
}

export function readAgents({ spec, status }: any): Agents {
  const containers: any[] = spec?.template?.spec?.containers ?? [];
  const image: string = containers.find(each => each.name === 'cilium-agent')?.image ?? '';
  const version = /:v?([^:@/]+)(@|$)/.exec(image)?.[1];
  return {
    ready: status?.numberReady ?? 0,
    desired: status?.desiredNumberScheduled ?? 0,
    ...(version === undefined ? {} : { version }),
  };
}

/**
 * Of the agents configured to connect to each other cluster, those that are connected
 * (cilium-cli/clustermesh/clustermesh.go, April 2026).
 */
export function readConnections({ connectivity }: any): Map<string, Readiness> {
  const clusters: { [name: string]: { configured?: number; connected?: number } } = connectivity?.clusters ?? {};
  return new Map(
    Object.entries(clusters)
      .sort()
      .map(([name, { configured = 0, connected = 0 }]) => [name, { ready: connected, desired: configured }]),
  );
}

/** The name and ID of their cluster, as the agents have them. */
export function readIdentity({ data }: any): { readonly name?: string; readonly id?: number } {
  const { 'cluster-name': name, 'cluster-id': id } = data ?? {};
  return { ...(name === undefined ? {} : { name }), ...(id === undefined ? {} : { id: Number(id) }) };
}
