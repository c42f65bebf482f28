import type { WORKLOAD } from './schemas/parts';
import type { Structure } from '../diagnostics/structure';
import { Workload } from '../evaluator/read/workload';

/** A workload in JSON. */
type WorkloadJson = Structure<typeof WORKLOAD>;

export function workloadJson({ cluster, namespace, kind, name }: Workload): WorkloadJson {
  return { cluster, namespace, kind, name };
}

/** The columns of a workload in a field of an item. */
export function workloadColumns(field: string): string[] {
  return ['cluster', 'namespace', 'kind', 'name'].map(each => `${field}.${each}`);
}
