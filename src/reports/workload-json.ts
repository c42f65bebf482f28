import { Workload } from '../evaluator/read/workload';

/** A workload in JSON. */
export interface WorkloadJson {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

export function workloadJson({ cluster, namespace, kind, name }: Workload): WorkloadJson {
  return { cluster, namespace, kind, name };
}

/** The columns of a workload that stands in a field of an item. */
export function workloadColumns(field: string): string[] {
  return ['cluster', 'namespace', 'kind', 'name'].map(each => `${field}.${each}`);
}
