import { formatValue } from '../../diagnostics/texts';
import { IpamMode } from '../cluster-settings';
import { clustersDiagnostic, MeshDiagnostic, settingDiagnostic } from '../mesh-diagnostic';
import { ClusterModel, ipamMode, MeshModel } from '../mesh-model';
import { MeshVocabulary } from '../vocabulary';

/** The pattern and length of Cilium (pkg/clustermesh/types/types.go, v1.20.2). */
const CLUSTER_NAME = /^([a-z0-9][-a-z0-9]*)?[a-z0-9]$/;
const CLUSTER_NAME_LENGTH = 32;

/** Valid values of max-connected-clusters (pkg/clustermesh/types/types.go, v1.20.2). */
const MAX_CONNECTED_CLUSTERS = [255, 511];
const DEFAULT_MAX = 255;

/** Names, IDs and the number of clusters. */
export function identityFaults(mesh: MeshModel, words: MeshVocabulary): MeshDiagnostic[] {
  const names = new Map<string, string>();
  const ids = new Map<number, string>();
  return [
    ...countFaults(mesh, words),
    ...mesh.clusters.flatMap(cluster => [
      ...nameFaults(cluster, names),
      ...idFaults(cluster, ids, words),
      ...cloudIdFaults(cluster),
      ...maxConnectedFaults(cluster, mesh.clusters[0], words),
    ]),
  ];
}

function countFaults({ clusters }: MeshModel, words: MeshVocabulary): MeshDiagnostic[] {
  const got = `${clusters.length} ${clusters.length === 1 ? 'cluster' : 'clusters'}`;
  const most = Math.max(...MAX_CONNECTED_CLUSTERS);
  if (clusters.length < 2 || clusters.length > most) {
    return [
      clustersDiagnostic('cluster-count', {
        message: `a mesh must have 2 to ${most} clusters`,
        got,
        allowed: `2 to ${most} clusters`,
        fix: clusters.length < 2 ? 'add the other clusters' : 'split the mesh',
      }),
    ];
  }
  const limit = Math.max(...clusters.map(legalMax));
  return clusters.length <= limit
    ? []
    : [
      clustersDiagnostic('cluster-count', {
        message: `the mesh has more clusters than ${words.setting('maxConnectedClusters')} allows`,
        got,
        allowed: `at most ${limit}`,
        fix:
          `set ${words.setting('maxConnectedClusters')} to ${most} ${words.inAllClusters}, before the clusters are ` +
          'installed',
      }),
    ];
}

/** `names`: the earlier clusters, by name, with their places. */
function nameFaults(cluster: ClusterModel, names: Map<string, string>): MeshDiagnostic[] {
  const name: unknown = cluster.name;
  // an invalid or duplicate name does not identify the cluster
  const at = { name: cluster.name, index: cluster.index, path: `clusters[${cluster.index}]` };
  if (typeof name !== 'string' || !CLUSTER_NAME.test(name) || name.length > CLUSTER_NAME_LENGTH) {
    return [
      settingDiagnostic('cluster-name-invalid', at, 'name', {
        message: 'Cilium refuses this cluster name',
        got: formatValue(name),
        allowed:
          `1 to ${CLUSTER_NAME_LENGTH} lower-case letters, digits and dashes, beginning and ending with a letter or ` +
          'digit',
        fix: 'rename the cluster',
      }),
    ];
  }
  const other = names.get(name);
  if (other === undefined) {
    names.set(name, at.path);
  }
  if (name === 'default') {
    return [
      settingDiagnostic('cluster-name-default', at, 'name', {
        message: 'Cilium reserves the name "default" for clusters without an ID',
        got: formatValue(name),
        allowed: 'any other cluster name',
        fix: 'rename the cluster',
      }),
    ];
  }
  return other === undefined
    ? []
    : [
      settingDiagnostic('cluster-name-duplicate', at, 'name', {
        message: `${other} has the same name`,
        got: formatValue(name),
        allowed: 'a name that no other cluster has',
        fix: 'rename one of the two clusters',
      }),
    ];
}

/** `ids`: the earlier clusters, by ID. */
function idFaults(cluster: ClusterModel, ids: Map<number, string>, words: MeshVocabulary): MeshDiagnostic[] {
  const { id } = cluster;
  const max = legalMax(cluster);
  if (!Number.isInteger(id) || id < 1 || id > max) {
    const larger = Number.isInteger(id) && id > DEFAULT_MAX && id <= Math.max(...MAX_CONNECTED_CLUSTERS);
    return [
      settingDiagnostic('cluster-id-range', cluster, 'id', {
        message:
          id === 0
            ? 'a cluster with ID 0 is in no mesh'
            : `the ID must be 1 to ${max}; the Helm chart accepts any other without a message`,
        got: formatValue(id),
        allowed: `a whole number from 1 to ${max}`,
        fix: larger
          ? `set ${words.setting('maxConnectedClusters')} to 511 ${words.inAllClusters}, or set a smaller ID`
          : 'set an ID that no other cluster has',
      }),
    ];
  }
  const other = ids.get(id);
  if (other !== undefined) {
    return [
      settingDiagnostic('cluster-id-duplicate', cluster, 'id', {
        message: `${other} has the same ID, so identities of the two clusters would be confused`,
        got: formatValue(id),
        allowed: 'an ID that no other cluster has',
        fix: 'set another ID in one of the two clusters',
      }),
    ];
  }
  ids.set(id, cluster.path);
  return [];
}

/** Bit 7 of the ID is bit 23 of identities, which these IPAM modes use in their own packet mark. */
function cloudIdFaults(cluster: ClusterModel): MeshDiagnostic[] {
  const { id } = cluster;
  const max = legalMax(cluster);
  const cloud = ipamMode(cluster) === IpamMode.ENI || ipamMode(cluster) === IpamMode.ALIBABA_CLOUD;
  return !cloud || !Number.isInteger(id) || id < 1 || id > max || Math.floor(id / 128) % 2 === 0
    ? []
    : [
      settingDiagnostic('cluster-id-cloud-ipam', cluster, 'id', {
        message:
          `the chart refuses this ID with IPAM mode ${ipamMode(cluster)} (templates/validate.yaml, v1.20.2; ` +
          'cilium/cilium#21330)',
        got: formatValue(id),
        allowed: max > DEFAULT_MAX ? '1 to 127, or 256 to 383' : '1 to 127',
        fix: 'set another ID',
      }),
    ];
}

function maxConnectedFaults(cluster: ClusterModel, first: ClusterModel, words: MeshVocabulary): MeshDiagnostic[] {
  const max: unknown = cluster.maxConnectedClusters;
  if (max !== undefined && !MAX_CONNECTED_CLUSTERS.includes(max as number)) {
    return [
      settingDiagnostic('max-connected-clusters-invalid', cluster, 'maxConnectedClusters', {
        message: 'must be 255 or 511',
        got: formatValue(max),
        allowed: '255 or 511',
        fix: 'set 255 or 511, the same in all clusters',
      }),
    ];
  }
  const expected = first.maxConnectedClusters ?? DEFAULT_MAX;
  return !MAX_CONNECTED_CLUSTERS.includes(expected) || (max ?? DEFAULT_MAX) === expected
    ? []
    : [
      settingDiagnostic('max-connected-clusters-mixed', cluster, 'maxConnectedClusters', {
        message:
          `differs from ${first.path}; it decides how identities are laid out, which must be the same in all ` +
          'clusters',
        got: formatValue(max ?? DEFAULT_MAX),
        allowed: `${expected}, as in ${first.path}`,
        fix: `set ${words.setting('maxConnectedClusters')} to one value ${words.inAllClusters}`,
      }),
    ];
}

/** The maximum in effect: the default if Cilium does not accept the value. */
function legalMax({ maxConnectedClusters }: ClusterModel): number {
  return MAX_CONNECTED_CLUSTERS.includes(maxConnectedClusters!) ? maxConnectedClusters! : DEFAULT_MAX;
}
