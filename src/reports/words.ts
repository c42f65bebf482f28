import { Backend } from '../evaluator/services/service-view';
import { isDeclaredWorkload } from '../manifests/layers/declared-workloads';

/** `1 flow`, `2 flows`. */
export function counted(count: number, thing: string, things: string = `${thing}s`): string {
  return `${count} ${count === 1 ? thing : things}`;
}

/** `2 pods`; of a workload that no manifest contains, `? pods`. */
export function podCount({ replicas, workload }: Pick<Backend, 'replicas' | 'workload'>): string {
  return workload && isDeclaredWorkload(workload.manifest.object) ? '? pods' : counted(replicas, 'pod');
}

/** `50 %`; of a share that depends on the nodes of pods, `? %`. */
export function percent(share: number | undefined): string {
  if (share === undefined) {
    return '? %';
  }
  const value = share * 100;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} %`;
}
