import { DRIFTS } from './agreement';
import { ReplayedFlow } from './replay';
import { EvaluatedMesh } from '../../evaluator/read/mesh';

/** Ends of flows in one cluster, by how Hubble's verdicts compare with those of the manifests. */
export interface ClusterAgreement {
  readonly cluster: string;
  readonly agreed: number;
  /** They differ for a reason that says nothing about the cluster's policies. */
  readonly explained: number;
  /** The cluster has other labels or policies than the manifests. */
  readonly drifted: readonly ReplayedFlow[];
  /** Nothing explains the difference. */
  readonly unexplained: readonly ReplayedFlow[];
}

/** How each cluster of a mesh agrees with its manifests. An end counts where a record proves something about it. */
export function agreementByCluster(mesh: EvaluatedMesh, flows: readonly ReplayedFlow[]): ClusterAgreement[] {
  const counts = new Map(
    mesh.clusters.map(({ name }) => [
      name,
      { agreed: 0, explained: 0, drifted: [] as ReplayedFlow[], unexplained: [] as ReplayedFlow[] },
    ]),
  );
  for (const each of flows) {
    for (const direction of each.agreement.comparedAt) {
      const count = counts.get(each.decision[direction].cluster ?? '');
      const differences = each.agreement.differences.filter(difference => difference.direction === direction);
      if (!count) {
        continue;
      }
      if (differences.some(({ explanation }) => explanation === undefined)) {
        count.unexplained.push(each);
      } else if (differences.some(({ explanation }) => DRIFTS.includes(explanation!))) {
        count.drifted.push(each);
      } else if (differences.length > 0) {
        count.explained++;
      } else {
        count.agreed++;
      }
    }
  }
  return [...counts].map(([cluster, count]) => ({ cluster, ...count }));
}
