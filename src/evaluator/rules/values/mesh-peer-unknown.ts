import { didYouMean } from '../../../diagnostics/did-you-mean';
import { formatChoice, formatValue } from '../../../diagnostics/texts';
import { Rule } from '../rule';
import { inValues } from '../shared/helm-values';
import { meshPeers } from '../shared/mesh-peers';

export const meshPeerUnknown: Rule<'mesh-peer-unknown'> = {
  codes: {
    'mesh-peer-unknown': {
      severity: 'warning',
      title: 'The Helm values connect to a cluster outside of the mesh file',
      documentation:
        '`clustermesh.config.clusters` names a cluster that the mesh does not have. The name must be the ' +
        '`cluster.name` of the other cluster, so a mistyped one never connects. ' +
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
          fix: `write ${formatChoice(names.filter(each => each !== cluster.name))}, or add the cluster to the mesh`,
        });
      }
    }
  },
};
