import { formatValue } from '../../diagnostics/texts';
import { IpamMode } from '../cluster-settings';
import { MeshDiagnostic, meshDiagnostic } from '../mesh-diagnostic';
import { ipamMode, MeshModel } from '../mesh-model';

/** Cilium's own pattern and length (pkg/clustermesh/types/types.go, v1.20.2). */
const CLUSTER_NAME = /^([a-z0-9][-a-z0-9]*)?[a-z0-9]$/;
const CLUSTER_NAME_LENGTH = 32;

/** Legal values of max-connected-clusters (pkg/clustermesh/types/types.go, v1.20.2). */
const MAX_CONNECTED_CLUSTERS = [255, 511];

/** Names, IDs and the number of clusters. */
export function identityFaults(mesh: MeshModel): MeshDiagnostic[] {
  const faults: MeshDiagnostic[] = [];
  const { clusters } = mesh;
  if (clusters.length < 2 || clusters.length > 511) {
    faults.push(meshDiagnostic('cluster-count', {
      path: 'clusters',
      message: 'a cluster mesh has 2 to 511 clusters',
      got: `${clusters.length} clusters`,
      allowed: '2 to 511 clusters',
      fix: clusters.length < 2 ? 'describe the other clusters too' : 'split the mesh',
    }));
  }
  const limit = Math.max(255, ...clusters.map(cluster => cluster.maxConnectedClusters).filter(max => MAX_CONNECTED_CLUSTERS.includes(max!)) as number[]);
  if (clusters.length > limit && clusters.length <= 511) {
    faults.push(meshDiagnostic('cluster-count', {
      path: 'clusters',
      message: 'there are more clusters than maxConnectedClusters allows',
      got: `${clusters.length} clusters`,
      allowed: `at most ${limit}`,
      fix: 'set maxConnectedClusters to 511 in defaults, before the clusters are installed',
    }));
  }

  const names = new Map<string, string>();
  const ids = new Map<number, string>();
  clusters.forEach((cluster, index) => {
    const at = `clusters[${index}]`;
    const { name, id } = cluster;
    if (typeof name !== 'string' || !CLUSTER_NAME.test(name) || name.length > CLUSTER_NAME_LENGTH) {
      faults.push(meshDiagnostic('cluster-name-invalid', {
        path: `${at}.name`,
        message: 'Cilium refuses this cluster name',
        got: formatValue(name),
        allowed: `1 to ${CLUSTER_NAME_LENGTH} lower-case letters, digits and dashes, beginning and ending with a letter or digit`,
        fix: 'rename the cluster',
      }));
    } else if (name === 'default') {
      faults.push(meshDiagnostic('cluster-name-default', {
        path: `${at}.name`,
        message: 'Cilium keeps the name "default" for clusters without an ID',
        got: formatValue(name),
        allowed: 'any other cluster name',
        fix: 'rename the cluster',
      }));
    } else if (names.has(name)) {
      faults.push(meshDiagnostic('cluster-name-duplicate', {
        path: `${at}.name`,
        message: `the name is taken by ${names.get(name)}`,
        got: formatValue(name),
        allowed: 'a name that no other cluster has',
        fix: 'rename one of the two',
      }));
    }
    if (typeof name === 'string' && !names.has(name)) {
      names.set(name, at);
    }

    const max = MAX_CONNECTED_CLUSTERS.includes(cluster.maxConnectedClusters!) ? cluster.maxConnectedClusters! : 255;
    if (!Number.isInteger(id) || id < 1 || id > max) {
      faults.push(meshDiagnostic('cluster-id-range', {
        path: `${cluster.path}.id`,
        message: id === 0 ? 'ID 0 means that the cluster is in no mesh' : 'the cluster ID is out of range; the Helm chart would take it silently',
        got: formatValue(id),
        allowed: `a whole number from 1 to ${max}`,
        fix: Number.isInteger(id) && id > 255 && id <= 511 ? 'set maxConnectedClusters to 511 in defaults, or give a smaller ID' : 'give an ID that no other cluster has',
      }));
    } else if (ids.has(id)) {
      faults.push(meshDiagnostic('cluster-id-duplicate', {
        path: `${cluster.path}.id`,
        message: `the ID is taken by ${ids.get(id)}; identities of the two would be mixed up`,
        got: formatValue(id),
        allowed: 'an ID that no other cluster has',
        fix: 'give one of the two another ID',
      }));
    } else {
      ids.set(id, cluster.path);
    }

    const cloud = ipamMode(cluster) === IpamMode.ENI || ipamMode(cluster) === IpamMode.ALIBABA_CLOUD;
    // bit 7 of the ID is bit 23 of identities, which is a bit of the mark that these modes use themselves
    if (cloud && Number.isInteger(id) && id >= 1 && id <= max && Math.floor(id / 128) % 2 === 1) {
      faults.push(meshDiagnostic('cluster-id-cloud-ipam', {
        path: `${cluster.path}.id`,
        message: `the chart refuses this cluster ID with IPAM mode ${ipamMode(cluster)} (templates/validate.yaml, v1.20.2; cilium/cilium#21330)`,
        got: formatValue(id),
        allowed: max > 255 ? '1 to 127, or 256 to 383' : '1 to 127',
        fix: 'give another ID',
      }));
    }

    if (cluster.maxConnectedClusters !== undefined && !MAX_CONNECTED_CLUSTERS.includes(cluster.maxConnectedClusters)) {
      faults.push(meshDiagnostic('max-connected-clusters-invalid', {
        path: `${cluster.path}.maxConnectedClusters`,
        message: 'Cilium knows two values only',
        got: formatValue(cluster.maxConnectedClusters),
        allowed: '255 or 511',
        fix: 'set one of the two, the same in all clusters',
      }));
    } else if (isLegal(clusters[0].maxConnectedClusters) && (cluster.maxConnectedClusters ?? 255) !== (clusters[0].maxConnectedClusters ?? 255)) {
      faults.push(meshDiagnostic('max-connected-clusters-mixed', {
        path: `${cluster.path}.maxConnectedClusters`,
        message: `differs from ${clusters[0].path}; it decides the layout of identities, which must be one in the mesh`,
        got: formatValue(cluster.maxConnectedClusters ?? 255),
        allowed: `${clusters[0].maxConnectedClusters ?? 255}, as in ${clusters[0].path}`,
        fix: 'set it once, in defaults',
      }));
    }
  });
  return faults;
}

function isLegal(maxConnectedClusters: number | undefined): boolean {
  return maxConnectedClusters === undefined || MAX_CONNECTED_CLUSTERS.includes(maxConnectedClusters);
}
