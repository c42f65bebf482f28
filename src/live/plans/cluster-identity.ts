import { Command } from './command';
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

/** The questions about the identity of a cluster. */
export function identityQueries(context: string): readonly [Command, Command] {
  return [
    kubectl(context).get('namespace', 'kube-system', '-o', 'json'),
    kubeSystem(context).get('configmaps', 'cilium-config', RECORD, MARK, '--ignore-not-found', '-o', 'json'),
  ];
}

/** The identity in the answers to `identityQueries`; the second one is empty where no ConfigMap exists. */
export function readClusterIdentity(namespace: any, configMaps: any): ClusterIdentity | undefined {
  const uid = namespace?.metadata?.uid;
  if (typeof uid !== 'string' || uid === '') {
    return undefined;
  }
  const items: any[] = configMaps?.items ?? (configMaps === undefined ? [] : [configMaps]);
  const named = (name: string) => items.find(each => each?.metadata?.name === name);
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

/** The clusters of a run, as `up` records those that it connected. */
export function connectedClusters(all: readonly IdentifiedCluster[]): ConnectedClusters {
  return Object.fromEntries(all.map(({ name, context, identity }) => [name, { uid: identity.uid, context }]));
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

/** Whether the record in a cluster is what `recordIdentity` would write. */
export function isRecorded(
  { name, identity: { record } }: IdentifiedCluster,
  all: readonly IdentifiedCluster[],
  applySet: string,
  connected: ConnectedClusters | undefined,
): boolean {
  return (
    record?.name === name &&
    all.every(each => record.uids[each.name] === each.identity.uid) &&
    (connected === undefined || formatConnected(record.connected[applySet] ?? {}) === formatConnected(connected))
  );
}

/**
 * Writes the record. Each apply set is a field manager of its own: meshes that share a cluster know other clusters
 * beside it. Without `connected`, the clusters that `up` connected stay as recorded.
 * Where a run is about a part of the mesh, the UIDs of the other clusters stay as recorded.
 */
export function recordIdentity(
  { name, context, identity: { record } }: IdentifiedCluster,
  all: readonly IdentifiedCluster[],
  applySet: string,
  connected: ConnectedClusters | undefined = record?.connected[applySet],
  isPartial: boolean = false,
): Command {
  const known = isPartial ? Object.entries(record?.uids ?? {}) : [];
  const uids = [...known, ...all.map(({ name: each, identity }) => [each, identity.uid])].map(([each, uid]) => [
    `${UID}${each}`,
    uid,
  ]);
  const ofSet = connected ? { [`${CONNECTED}${applySet}`]: formatConnected(connected) } : {};
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
