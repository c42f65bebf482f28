import * as v from 'valibot';
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

const CONDITIONS = v.optional(v.array(v.object({ type: v.string(), status: v.string() })), []);
const NODES = v.object({ items: v.array(v.object({ status: v.object({ conditions: CONDITIONS }) })) });

/** Nodes with the condition Ready; undefined for an answer of another form, as with all readers here. */
export function readNodes(answer: unknown): Readiness | undefined {
  const { success, output } = v.safeParse(NODES, answer);
  const isReady = ({ type, status }: { readonly type: string; readonly status: string }) =>
    type === 'Ready' && status === 'True';
  return success
    ? {
      ready: output.items.filter(({ status }) => status.conditions.some(isReady)).length,
      desired: output.items.length,
    }
    : undefined;
}

const COUNT = v.optional(v.number(), 0);
const AGENTS = v.object({
  spec: v.object({
    template: v.object({
      spec: v.object({ containers: v.array(v.object({ name: v.string(), image: v.optional(v.string(), '') })) }),
    }),
  }),
  status: v.optional(v.object({ numberReady: COUNT, desiredNumberScheduled: COUNT }), {}),
});

export function readAgents(answer: unknown): Agents | undefined {
  const { success, output } = v.safeParse(AGENTS, answer);
  if (!success) {
    return undefined;
  }
  const image = output.spec.template.spec.containers.find(each => each.name === 'cilium-agent')?.image ?? '';
  const version = /:v?([^:@/]+)(@|$)/.exec(image)?.[1];
  return {
    ready: output.status.numberReady,
    desired: output.status.desiredNumberScheduled,
    ...(version === undefined ? {} : { version }),
  };
}

const CONNECTIONS = v.object({
  connectivity: v.nullish(
    v.object({ clusters: v.nullish(v.record(v.string(), v.object({ configured: COUNT, connected: COUNT }))) }),
  ),
});

/**
 * Of the agents configured to connect to each other cluster, those that are connected
 * (cilium-cli/clustermesh/clustermesh.go, April 2026).
 */
export function readConnections(answer: unknown): Map<string, Readiness> | undefined {
  const { success, output } = v.safeParse(CONNECTIONS, answer);
  return success
    ? new Map(
      Object.entries(output.connectivity?.clusters ?? {})
        .sort()
        .map(([name, { configured, connected }]) => [name, { ready: connected, desired: configured }]),
    )
    : undefined;
}

const SETTINGS = v.object({ data: v.optional(v.record(v.string(), v.string()), {}) });

/** The name and ID of their cluster, as the agents have them. */
export function readIdentity(answer: unknown): { readonly name?: string; readonly id?: number } | undefined {
  const { success, output } = v.safeParse(SETTINGS, answer);
  if (!success) {
    return undefined;
  }
  const { 'cluster-name': name, 'cluster-id': id } = output.data;
  return { ...(name === undefined ? {} : { name }), ...(id === undefined ? {} : { id: Number(id) }) };
}
