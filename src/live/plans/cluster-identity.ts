import { Command } from './command';
import { CONNECTION_MODES, ConnectionMode } from './connection-mode';
import { kubectl, kubeSystem } from './kube';
import { toYaml } from '../../model/yaml';

/**
 * Which cluster a context of kubectl leads to. A context is only a name: it may be swapped, renamed, or lead to a
 * cluster that was built again. The UID of the namespace kube-system is the identity of a cluster
 * (https://github.com/kubernetes/kubernetes/issues/77487), and Cilium's configuration has its name and ID in the mesh.
 *
 * Every apply records in each cluster which cluster of the mesh it is, and the UIDs of all clusters of the mesh. So a
 * cluster that was built again contradicts what the other clusters record.
 */
export interface ClusterIdentity {
  /** UID of the namespace kube-system. */
  readonly uid: string;
  /** `cluster-name` of Cilium; undefined without Cilium. */
  readonly ciliumName?: string;
  /** `cluster-id` of Cilium. */
  readonly ciliumId?: number;
  /** What earlier runs recorded in the cluster. */
  readonly record?: IdentityRecord;
  /** `up` created the cluster. */
  readonly isMarked: boolean;
}

/** The record of earlier runs in a cluster. */
export interface IdentityRecord {
  /** The name of the cluster in the mesh. */
  readonly name: string;
  /** The UIDs of the clusters of the mesh, by their names. */
  readonly uids: Readonly<Record<string, string>>;
  /** By apply set: the clusters that the last `up` connected. */
  readonly connected: Readonly<Record<string, ConnectedClusters>>;
  /** By apply set: the connection mode of that `up`, if it was not the default one. */
  readonly modes: Readonly<Record<string, ConnectionMode>>;
}

/** The clusters that `up` connected, by their names. Only these are disconnected when they leave the mesh. */
export type ConnectedClusters = Readonly<Record<string, ConnectedCluster>>;

/** A cluster that `up` connected. */
export interface ConnectedCluster {
  /** UID of the namespace kube-system. */
  readonly uid: string;
  /** The context that `up` reached it with. */
  readonly context: string;
}

const RECORD = 'cilium-mesh-clusters';
const MARK = 'created-by-cilium-mesh';
const UID = 'uid.';
const CONNECTED = 'connected.';
const MODE = 'mode.';

/** The questions about the identity of a cluster. */
export function identityQueries(context: string): readonly [Command, Command] {
  return [
    kubectl(context).get('namespace', 'kube-system', '-o', 'json'),
    kubeSystem(context).get('configmaps', 'cilium-config', RECORD, MARK, '--ignore-not-found', '-o', 'json'),
  ];
}

/** The identity in the objects of the answers to `identityQueries`; undefined without a UID. */
export function readClusterIdentity(namespace: any, configMaps: readonly any[]): ClusterIdentity | undefined {
  const uid = namespace?.metadata.uid;
  if (typeof uid !== 'string' || uid === '') {
    return undefined;
  }
  const named = (name: string) => configMaps.find(({ metadata }) => metadata.name === name);
  const { 'cluster-name': ciliumName, 'cluster-id': id } = named('cilium-config')?.data ?? {};
  return {
    uid,
    ...(ciliumName === undefined ? {} : { ciliumName }),
    ...(id === undefined ? {} : { ciliumId: Number(id) }),
    ...(named(RECORD)?.data?.name === undefined ? {} : { record: readRecord(named(RECORD).data) }),
    isMarked: named(MARK) !== undefined,
  };
}

function readRecord({ name, ...data }: Record<string, string>): IdentityRecord {
  const named = (prefix: string) =>
    Object.entries(data).flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : []));
  return {
    name,
    uids: Object.fromEntries(named(UID)),
    connected: Object.fromEntries(named(CONNECTED).map(([set, text]) => [set, readConnected(text)])),
    modes: Object.fromEntries(
      named(MODE).flatMap(([set, text]) => CONNECTION_MODES.filter(each => each === text).map(mode => [set, mode])),
    ),
  };
}

/** What `formatConnected` wrote; of anything else, nothing. */
function readConnected(text: string): ConnectedClusters {
  try {
    const clusters: [string, any][] = Object.entries(JSON.parse(text) ?? {});
    return Object.fromEntries(
      clusters
        .filter(([, each]) => typeof each?.uid === 'string' && typeof each.context === 'string')
        .map(([name, { uid, context }]) => [name, { uid, context }]),
    );
  } catch {
    return {};
  }
}

function formatConnected(clusters: ConnectedClusters): string {
  return JSON.stringify(Object.fromEntries(Object.entries(clusters).sort(([one], [other]) => (one < other ? -1 : 1))));
}

/** The clusters that a run of `up` connected, as it records them. */
export function recordedConnections(
  all: readonly IdentifiedCluster[],
  mode: ConnectionMode = 'mesh',
): RecordedConnections {
  return {
    clusters: Object.fromEntries(all.map(({ name, context, identity }) => [name, { uid: identity.uid, context }])),
    ...(mode === 'mesh' ? {} : { mode }),
  };
}

/** A cluster of the mesh with the cluster that its context leads to. */
export interface IdentifiedCluster {
  readonly name: string;
  readonly id: number;
  readonly context: string;
  readonly identity: ClusterIdentity;
}

/** Why nothing must be changed through a context. */
export type IdentityFault =
  /** Two contexts lead to one cluster. */
  | { readonly kind: 'same-cluster'; readonly cluster: IdentifiedCluster; readonly other: IdentifiedCluster }
  /** Cilium has another name or ID. */
  | { readonly kind: 'cilium-name' | 'cilium-id'; readonly cluster: IdentifiedCluster }
  /** Earlier runs applied another cluster of the mesh there. */
  | { readonly kind: 'other-cluster'; readonly cluster: IdentifiedCluster; readonly recorded: string }
  /** Earlier runs knew another cluster of this name: `recordedIn` names the cluster whose record says so. */
  | {
    readonly kind: 'replaced';
    readonly cluster: IdentifiedCluster;
    readonly recordedIn: string;
    readonly recorded: string;
  };

/**
 * What contradicts the identity of the clusters. A replaced cluster is accepted if it is in `accepted`, or if `up`
 * created it and nothing was applied to it yet.
 */
export function identityFaults(
  clusters: readonly IdentifiedCluster[],
  accepted: readonly string[] = [],
): IdentityFault[] {
  return clusters.flatMap((cluster, index): IdentityFault[] => {
    const { name, id, identity } = cluster;
    const twin = clusters.slice(0, index).find(each => each.identity.uid === identity.uid);
    if (twin) {
      return [{ kind: 'same-cluster', cluster, other: twin }];
    }
    const { ciliumName, ciliumId, record, isMarked } = identity;
    if (ciliumName !== undefined && ciliumName !== name) {
      return [{ kind: 'cilium-name', cluster }];
    }
    if (ciliumId !== undefined && ciliumId !== id) {
      return [{ kind: 'cilium-id', cluster }];
    }
    if (record && record.name !== name) {
      return [{ kind: 'other-cluster', cluster, recorded: record.name }];
    }
    const witness = clusters.find(each => (each.identity.record?.uids[name] ?? identity.uid) !== identity.uid);
    const isNew = isMarked && record === undefined;
    return witness === undefined || isNew || accepted.includes(name)
      ? []
      : [
        {
          kind: 'replaced',
          cluster,
          recordedIn: witness.name,
          recorded: witness.identity.record!.uids[name],
        },
      ];
  });
}

/** What `up` did to the connections of a mesh. */
export interface RecordedConnections {
  readonly clusters: ConnectedClusters;
  /** Absent for the default one. */
  readonly mode?: ConnectionMode;
}

/** Whether the record in a cluster is what `recordIdentity` would write. */
export function isRecorded(
  { name, identity: { record } }: IdentifiedCluster,
  all: readonly IdentifiedCluster[],
  applySet: string,
  connections: RecordedConnections | undefined,
): boolean {
  return (
    record?.name === name &&
    all.every(each => record.uids[each.name] === each.identity.uid) &&
    (connections === undefined ||
      (formatConnected(record.connected[applySet] ?? {}) === formatConnected(connections.clusters) &&
        record.modes[applySet] === connections.mode))
  );
}

/**
 * Writes the record. Each apply set is a field manager of its own: meshes that share a cluster know other clusters
 * beside it. Without `connections`, those of the last `up` stay as recorded.
 * Where a run is about a part of the mesh, the UIDs of the other clusters stay as recorded.
 */
export function recordIdentity(
  { name, context, identity: { record } }: IdentifiedCluster,
  all: readonly IdentifiedCluster[],
  applySet: string,
  connections: RecordedConnections | undefined = earlierConnections(record, applySet),
  isPartial: boolean = false,
): Command {
  const known = isPartial ? Object.entries(record?.uids ?? {}) : [];
  const uids = [...known, ...all.map(({ name: each, identity }) => [each, identity.uid])].map(([each, uid]) => [
    `${UID}${each}`,
    uid,
  ]);
  const ofSet = connections
    ? {
      [`${CONNECTED}${applySet}`]: formatConnected(connections.clusters),
      ...(connections.mode === undefined ? {} : { [`${MODE}${applySet}`]: connections.mode }),
    }
    : {};
  return {
    ...kubectl(context).apply('--field-manager', `cilium-mesh-${applySet}`, '--force-conflicts'),
    stdin: toYaml({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: RECORD, namespace: 'kube-system' },
      data: { name, ...Object.fromEntries(uids), ...ofSet },
    }),
  };
}

function earlierConnections(record: IdentityRecord | undefined, applySet: string): RecordedConnections | undefined {
  const clusters = record?.connected[applySet];
  return clusters && { clusters, mode: record.modes[applySet] };
}
