import { Objects, Stage } from './stage';
import { Statement } from './statement';
import { StatementCheck } from './statement-check';
import { WrittenPolicies } from './written-policies';
import { Cluster } from '../mesh/cluster';
import { Refusal } from '../refusal';

/**
 * Verifies the policies that a mesh writes, for the version and the settings of each cluster:
 *
 * 1. The API server and Cilium accept every policy, and it enforces something.
 * 2. Every statement is true of its own policies: its law holds for witnesses, which are pods and addresses inside and
 *    just outside of what it names, in all clusters.
 *
 * Policies of other statements may take away what a statement allows: `cilium-mesh check` reports that.
 *
 * Clusters of the same version and settings whose policies and claims are the same are asked once. Clusters of
 * versions that the evaluator does not model are left out.
 */
export function verifyMesh(all: readonly Cluster[], written: Objects, statements: readonly Statement[]): Refusal[] {
  const clusters = all.filter(cluster => cluster._model.version.traits.clusterMeshApiserver);
  const policies = new WrittenPolicies(clusters, written);
  if (policies.isEmpty) {
    return [];
  }
  const checks = statements.map(statement => new StatementCheck(statement, clusters, policies));
  const stage = new Stage(
    clusters,
    written,
    checks.flatMap(check => check.witnesses),
    new Set(checks.flatMap(check => check.portNames)),
    new Set(checks.flatMap(check => check.serviceNamespaces)),
  );
  const refusals = policies.refusals(stage.mesh, statements);
  const refused = new Set(refusals.map(({ path }) => path));
  return [
    ...refusals,
    ...checks.filter(check => !refused.has(check.path)).flatMap(check => check.refusals(stage)),
  ];
}
