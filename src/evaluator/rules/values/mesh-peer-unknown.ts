import { didYouMean } from '../../../diagnostics/did-you-mean';
import { formatValue } from '../../../diagnostics/texts';
import { Rule } from '../rule';
import { inValues } from '../shared/helm-values';
import { meshPeers } from '../shared/mesh-peers';

export const meshPeerUnknown: Rule<'mesh-peer-unknown'> = {
  codes: {
    'mesh-peer-unknown': {
      severity: 'error',
      title: 'The Helm values connect to a cluster outside of the mesh file',
      documentation:
        '`clustermesh.config.clusters` names a cluster that the mesh does not have. ' +
        'Cilium uses the name of the cluster as it is in its `cluster.name`, so a mistyped name never connects. ' +
        'If the cluster exists, verdicts lack its pods.',
      fix: 'Correct the name, or add the cluster to mesh.yaml.',
    },
  },
  check({ input: { clusters } }, report) {
    const names = clusters.map(({ name }) => name);
    // a cluster that is checked alone has its peers elsewhere
    for (const cluster of names.length > 1 ? clusters : []) {
      for (const { name, path } of meshPeers(cluster).filter(each => !names.includes(each.name))) {
        report('mesh-peer-unknown', {
          at: inValues(cluster, path),
          message:
            `the values of ${cluster.name} connect it to ${formatValue(name)}, which is not a cluster of the mesh` +
            `${didYouMean(name, names)}: verdicts lack its pods`,
          fix: `write one of ${names.filter(each => each !== cluster.name).join(', ')}, or add the cluster to the mesh`,
        });
      }
    }
  },
};
