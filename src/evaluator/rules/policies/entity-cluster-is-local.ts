import { CLUSTER_LABEL } from '../../../cilium/labels';
import { isCiliumPolicy, RuleSyntax } from '../../read/policy/syntax';
import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';

export const entityClusterIsLocal: Rule<'entity-cluster-is-local'> = {
  codes: {
    'entity-cluster-is-local': {
      severity: 'info',
      title: 'The entity cluster is the local cluster only',
      documentation:
        "The entity `cluster` selects the pods and nodes of the policy's own cluster. Pods of the " +
        'other clusters of the mesh are not in it. ' +
        'Since Cilium 1.20 the entity `cluster-mesh` selects the pods of all clusters.',
      fix:
        `Leave it if you mean the local cluster. Else write cluster-mesh, or select pods by \`${CLUSTER_LABEL}\` ` +
        'before Cilium 1.20.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies) {
      const others = context.mesh.clusters
        .filter(each => each !== cluster && each.workloads.length > 0)
        .map(({ name }) => name);
      const syntax = context.syntaxOf(policy);
      for (const { path, denies } of others.length > 0 && isCiliumPolicy(syntax)
        ? syntax.rules.flatMap(localEntities)
        : []) {
        report('entity-cluster-is-local', {
          at: inManifest(cluster.name, policy.manifest, path),
          message:
            `the entity cluster is ${cluster.name} only: pods of ${listNames(others)} are not in it, so the ` +
            `rule does not ${denies ? 'deny' : 'allow'} them`,
          fix: cluster.version.traits.clusterMeshEntity
            ? 'keep it if that is intended; otherwise write cluster-mesh for the pods of all clusters'
            : `keep it if that is intended; otherwise select the pods by {key: ${CLUSTER_LABEL}, operator: Exists}`,
        });
      }
    }
  },
};

/** The lists of entities that name the local cluster alone. */
function localEntities({ peers, denies }: RuleSyntax) {
  return peers
    .filter(({ field }) => field === 'fromEntities' || field === 'toEntities')
    .filter(({ items }) => items.includes('cluster') && !items.includes('cluster-mesh') && !items.includes('all'))
    .map(({ path }) => ({ path, denies }));
}
