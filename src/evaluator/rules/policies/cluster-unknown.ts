import { CLUSTER_LABEL } from '../../../cilium/labels';
import { didYouMean } from '../../../diagnostics/did-you-mean';
import { formatValue } from '../../../diagnostics/texts';
import { bareKey } from '../../read/policy/syntax';
import { inManifest, Rule } from '../rule';

export const clusterUnknown: Rule<'cluster-unknown'> = {
  codes: {
    'cluster-unknown': {
      severity: 'warning',
      title: 'A selector names a cluster outside the mesh',
      documentation:
        `The label \`${CLUSTER_LABEL}\` of a selector has the name of a cluster that is not in the ` +
        'mesh, so the selector matches no pods.',
      fix: 'Write the name of a cluster of the mesh.',
    },
  },
  check(context, report) {
    const clusters = context.mesh.clusters.map(({ name }) => name);
    for (const { cluster, policy } of context.policies) {
      for (const { key, operator, values, path } of context.syntaxOf(policy).selectors.flatMap(({ keys }) => keys)) {
        for (const value of bareKey(key) === CLUSTER_LABEL ? values.filter(each => !clusters.includes(each)) : []) {
          report('cluster-unknown', {
            at: inManifest(cluster.name, policy.manifest, path),
            message:
              `unknown cluster ${formatValue(value)}${didYouMean(value, clusters)}: ` +
              `the mesh has no pods of this cluster to ${operator === 'NotIn' ? 'exclude' : 'select'}`,
            fix: `write the name of a cluster of the mesh: ${clusters.join(', ')}`,
          });
        }
      }
    }
  },
};
