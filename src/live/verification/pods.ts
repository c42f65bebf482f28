import { Workload } from '../../evaluator/read/workload';

/**
 * The addresses of the running pods by workload, from the pods of a namespace as `kubectl get` prints them. A pod
 * belongs to the workload whose labels it has. Among several, it belongs to the one with the most labels, and then to
 * the one whose name begins that of the pod.
 */
export function addressesOf(workloads: readonly Workload[], pods: readonly any[]): Map<Workload, string[]> {
  const addresses = new Map(workloads.map(workload => [workload, [] as string[]]));
  for (const { metadata, status } of pods) {
    if (status?.phase === 'Running' && status.podIP && metadata.deletionTimestamp === undefined) {
      const [owner] = workloads
        .filter(workload => owns(workload, metadata))
        .sort((one, other) => byRank(rankOf(other, metadata), rankOf(one, metadata)));
      addresses.get(owner)?.push(status.podIP);
    }
  }
  addresses.forEach(list => list.sort());
  return addresses;
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
