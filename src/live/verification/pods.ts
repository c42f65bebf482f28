import { CommonPlaces } from '../../evaluator/flows/places';
import { Workload } from '../../evaluator/read/workload';

/** A running pod. */
export interface RunningPod {
  readonly name: string;
  readonly address: string;
  /** Services send it connections. */
  readonly ready: boolean;
  readonly node?: string;
}

/** A pod that sends requests to another one. */
export interface PodPair {
  readonly client: RunningPod;
  readonly server: RunningPod;
}

/** The running pods of workloads. */
export class RunningPods {
  private readonly pods = new Map<string, readonly RunningPod[]>();
  private readonly owners = new Map<string, Workload>();

  /** Adds the pods of a namespace, as `kubectl get` prints them, to the workloads of that namespace. */
  public add(workloads: readonly Workload[], pods: readonly any[]): void {
    for (const [workload, found] of podsOf(workloads, pods)) {
      this.pods.set(keyOf(workload), found);
      found.forEach(({ address }) => this.owners.set(address, workload));
    }
  }

  /** Sorted by address; empty for a workload of another namespace. */
  public of(workload: Workload): readonly RunningPod[] {
    return this.pods.get(keyOf(workload)) ?? [];
  }

  /** The pairs of two pods of workloads that run at one of some places. */
  public pairs(source: Workload, destination: Workload, { placement, nodes }: CommonPlaces): readonly PodPair[] {
    const isThere = (client: string, server: string) =>
      (placement === undefined || (placement === 'same-node') === (client === server)) &&
      (nodes ?? [{}]).some(
        ({ source: from = client, destination: to = server }) => from === client && to === server,
      );
    return this.of(source).flatMap(client =>
      this.of(destination)
        .filter(({ node }) => node !== undefined && client.node !== undefined && isThere(client.node, node))
        .map(server => ({ client, server })),
    );
  }

  public addressesOf(workload: Workload): readonly string[] {
    return this.of(workload).map(({ address }) => address);
  }

  /** The workload of the pod with an address. */
  public ownerOf(address: string): Workload | undefined {
    return this.owners.get(address);
  }
}

function keyOf({ cluster, namespace, kind, name }: Workload): string {
  return [cluster, namespace, kind, name].join('/');
}

/**
 * The running pods by workload. A pod belongs to the workload whose labels it has. Among several, it belongs to the one
 * with the most labels, and then to the one whose name begins that of the pod.
 */
export function podsOf(workloads: readonly Workload[], pods: readonly any[]): Map<Workload, RunningPod[]> {
  const found = new Map(workloads.map(workload => [workload, [] as RunningPod[]]));
  for (const { metadata, spec, status } of pods) {
    if (status?.phase === 'Running' && status.podIP && metadata.deletionTimestamp === undefined) {
      const [owner] = workloads
        .filter(workload => owns(workload, metadata))
        .sort((one, other) => byRank(rankOf(other, metadata), rankOf(one, metadata)));
      found.get(owner)?.push({
        name: metadata.name,
        address: status.podIP,
        ready: isReady(status),
        ...(typeof spec?.nodeName === 'string' ? { node: spec.nodeName } : {}),
      });
    }
  }
  found.forEach(list => list.sort((one, other) => (keyOfPod(one) < keyOfPod(other) ? -1 : 1)));
  return found;
}

/** Pods with host network may have one address. */
function keyOfPod({ address, name }: RunningPod): string {
  return `${address} ${name}`;
}

function isReady({ conditions }: any): boolean {
  return Array.isArray(conditions) && conditions.some(each => each?.type === 'Ready' && each.status === 'True');
}

function owns({ kind, name, podLabels }: Workload, pod: any): boolean {
  const hasLabels = () => Object.entries(podLabels).every(([key, value]) => pod.labels?.[key] === value);
  return kind === 'Pod' ? pod.name === name : hasLabels();
}

/** How well a workload fits a pod, the most important number first. */
function rankOf({ kind, name, podLabels }: Workload, pod: any): number[] {
  return [Number(kind === 'Pod'), Object.keys(podLabels).length, Number(pod.name.startsWith(`${name}-`)), name.length];
}

function byRank(one: readonly number[], other: readonly number[]): number {
  return one.map((number, index) => number - other[index]).find(difference => difference !== 0) ?? 0;
}
