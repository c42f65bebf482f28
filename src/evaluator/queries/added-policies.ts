import { Direction } from '../engine/entry';
import { EvaluatedMesh, withPolicies } from '../read/mesh';

/** A policy that allows a flow at an endpoint that drops it by default deny. */
export interface Addition {
  /** The cluster to apply the policy to. */
  readonly cluster: string;
  readonly direction: Direction;
  readonly policy: any;
}

/** The mesh after additions are applied, in memory. */
export function withAdditions(mesh: EvaluatedMesh, added: readonly Addition[]): EvaluatedMesh {
  const byCluster = new Map<string, object[]>();
  for (const { cluster, policy } of added) {
    byCluster.set(cluster, [...(byCluster.get(cluster) ?? []), policy]);
  }
  return withPolicies(mesh, byCluster);
}
