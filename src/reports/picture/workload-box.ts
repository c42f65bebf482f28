import { PictureBox } from './picture';
import { formatWorkload, Workload } from '../../evaluator/read/workload';
import { DiffGroup } from '../diff-group';

/** The box of a workload, or of its namespace or cluster. */
export function workloadBox(workload: Workload, level: DiffGroup): PictureBox {
  const { cluster, namespace, kind, name } = workload;
  switch (level) {
    case 'workload':
      return { id: `${kind} ${formatWorkload(workload)}`, name, frames: [cluster, namespace] };
    case 'namespace':
      return { id: `${namespace}@${cluster}`, name: namespace, frames: [cluster] };
    case 'cluster':
      return { id: cluster, name: cluster, frames: [] };
  }
}
