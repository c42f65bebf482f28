import { isMap } from '../../../diagnostics/is-map';
import { formatValue } from '../../../diagnostics/texts';
import { Rule } from '../rule';
import { helmValue, inValues } from '../shared/helm-values';

export const valuesOtherCluster: Rule<'values-other-cluster'> = {
  codes: {
    'values-other-cluster': {
      severity: 'error',
      title: 'Helm values of another cluster',
      documentation:
        'The Helm values install a cluster of another name or ID than mesh.yaml names, most often ' +
        'because two files were swapped. ' +
        'Policies and other clusters would not find the cluster.',
      fix: 'Correct cluster.name and cluster.id, or name the values of this cluster in mesh.yaml.',
    },
  },
  check({ input }, report) {
    const { clusters, fromArguments = false } = input;
    for (const cluster of clusters) {
      // values without `cluster` are shared by several clusters, and `helm --set` completes them
      const written: unknown = cluster.values && helmValue(cluster.values.values, 'cluster');
      if (!isMap(written)) {
        continue;
      }
      if (written.name !== cluster.name) {
        report('values-other-cluster', {
          at: inValues(cluster, 'cluster.name'),
          message:
            written.name === undefined
              ? 'the values do not set cluster.name: Cilium would install a cluster named "default", ' +
                'which cannot join a mesh'
              : `the values install a cluster named ${formatValue(written.name)}, but ` +
                `${fromArguments ? '--cluster' : 'mesh.yaml'} names it ${formatValue(cluster.name)}`,
          fix: `write cluster.name: ${cluster.name}`,
        });
      }
      if (written.id !== cluster.id && !(fromArguments && written.id !== undefined)) {
        report('values-other-cluster', {
          at: inValues(cluster, 'cluster.id'),
          message:
            written.id === undefined
              ? 'the values do not set cluster.id: Cilium would install a cluster with ID 0, which cannot join a mesh'
              : `the values install a cluster with ID ${formatValue(written.id)}, but mesh.yaml has ID ${cluster.id}`,
          fix: fromArguments
            ? 'write cluster.id, with another number in each cluster'
            : `write cluster.id: ${cluster.id}`,
        });
      }
    }
  },
};
