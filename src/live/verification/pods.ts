import { Workload } from '../../evaluator/read/workload';

/**
 * The addresses of the pods that run, by workload, out of the pods of a namespace as `kubectl get` prints them. A pod belongs to the workload whose
 * labels it has; where it has those of several, to the one that has most of them, and then to the one with whose name its own begins.
 */
export function addressesOf(workloads: readonly Workload[], pods: readonly any[]): Map<Workload, string[]> {
  const addresses = new Map(workloads.map(workload => [workload, [] as string[]]));
  for (const { metadata, status } of pods) {
    if (status?.phase === 'Running' && status.podIP && metadata.deletionTimestamp === undefined) {
      const named = (workload: Workload) => Number(metadata.name.startsWith(`${workload.name}-`));
      const [owner] = workloads
        .filter(workload => workload.kind === 'Pod' ? metadata.name === workload.name : Object.entries(workload.podLabels).every(([key, value]) => metadata.labels?.[key] === value))
        .sort((one, other) => Number(other.kind === 'Pod') - Number(one.kind === 'Pod') || Object.keys(other.podLabels).length - Object.keys(one.podLabels).length
          || named(other) - named(one) || other.name.length - one.name.length);
      addresses.get(owner)?.push(status.podIP);
    }
  }
  addresses.forEach(list => list.sort());
  return addresses;
}
