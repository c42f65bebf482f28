import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { Workload } from '../../evaluator/read/workload';
import { assumedDns } from '../flows/assumed-dns';

/** What names a workload: its place among those of one name is left out for the first. */
export interface WorkloadKey {
  readonly workload: string;
  readonly nth?: number;
}

/** The workloads of a mesh by their names. Objects of one name may be there twice. */
export class WorkloadKeys {
  private readonly byText = new Map<string, Workload[]>();

  constructor(mesh: EvaluatedMesh) {
    for (const workload of [...mesh.workloads, ...assumedDns(mesh).values()]) {
      const text = textOf(workload);
      const known = this.byText.get(text) ?? [];
      this.byText.set(text, known);
      known.push(workload);
    }
  }

  public keyOf(workload: Workload): WorkloadKey {
    const text = textOf(workload);
    const nth = this.byText.get(text)!.indexOf(workload);
    return { workload: text, ...(nth > 0 ? { nth } : {}) };
  }

  public find({ workload, nth = 0 }: WorkloadKey): Workload | undefined {
    return this.byText.get(workload)?.[nth];
  }
}

function textOf({ kind, namespace, name, cluster }: Workload): string {
  return `${kind}/${namespace}/${name}@${cluster}`;
}
