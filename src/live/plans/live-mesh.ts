import { KindHost } from './host';

/** A mesh for commands that act on its clusters: where the clusters are, and the files that they are made from. */
export interface LiveMesh {
  readonly clusters: readonly LiveCluster[];
}

/** Some clusters of a mesh, by their names. */
export function clustersOf({ clusters }: LiveMesh, names: readonly string[]): LiveCluster[] {
  return clusters.filter(each => names.includes(each.name));
}

/** One cluster; paths are relative to the working directory, or absolute. */
export interface LiveCluster {
  readonly name: string;
  readonly id: number;
  /** kubectl context. */
  readonly context: string;
  /** For a cluster that kind creates; the others exist, and no plan creates or deletes them. */
  readonly kind?: KindFile;
  readonly version: string;
  /** The program that installs Cilium: the cilium CLI refuses versions before 1.15. */
  readonly installer: 'cilium' | 'helm';
  /** Helm values of Cilium. */
  readonly values?: string;
  /** The content of that file. */
  readonly helmValues: HelmValueTree;
  /** The name and ID of the cluster as Helm values, where the file of values does not contain them. */
  readonly identity: readonly string[];
  /** The datapath mode, where the values set none and the guess of the cilium CLI would contradict them. */
  readonly datapathMode?: 'tunnel';
  /** Helm values of a second step, once Cilium runs. */
  readonly upgradeValues?: UpgradeValues;
  /** Patches to objects that other programs own, in the order in which they are applied. */
  readonly patches: readonly LivePatch[];
  /** The files and folders of the manifests; undefined where a program renders some of them. */
  readonly files?: readonly ManifestPath[];
  /** The workloads of the manifests that the plan waits for. */
  readonly workloads: readonly LiveWorkload[];
  /**
   * Images of the manifests, with the name of their registry; without those with a digest, which loading would lose.
   */
  readonly images: readonly string[];
  /** Type of the clustermesh-apiserver's Service. */
  readonly serviceType: 'NodePort' | 'LoadBalancer' | 'ClusterIP';
  /** The values alone enable Cluster Mesh, in a way that `cilium clustermesh enable` would refuse or replace. */
  readonly valuesEnableMesh: boolean;
  /** The values enable the Multi-Cluster Services API, and the version does not install its CRDs. */
  readonly needsMcsCrds?: boolean;
  /** For a cluster that is meshed through an etcd of its own instead of the clustermesh-apiserver. */
  readonly etcd?: LiveEtcd;
}

/** Helm values as a tree. */
export interface HelmValueTree {
  readonly [key: string]: any;
}

/** A file of manifests, or a folder that is read recursively. */
export interface ManifestPath {
  readonly path: string;
  readonly isFolder: boolean;
}

/** A kind configuration, with the settings that can be compared with an existing cluster. */
export interface KindFile {
  readonly file: string;
  readonly podSubnet?: string;
  readonly serviceSubnet?: string;
  /** What its nodes take of the host. */
  readonly host?: KindHost;
}

/** Values of a second Helm upgrade. */
export interface UpgradeValues {
  readonly file: string;
  readonly values: HelmValueTree;
  /** Changes with what is in the file. */
  readonly hash: string;
}

/** When a patch is applied. */
export const PATCH_STAGES = ['before-install', 'after-install', 'connect'] as const;
export type LivePatchStage = (typeof PATCH_STAGES)[number];

/** A patch to an object that another program owns. */
export interface LivePatch {
  readonly stage: LivePatchStage;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
  /** As `kubectl patch --type` knows it. */
  readonly type: 'strategic' | 'merge' | 'json';
}

/** A workload that the plan can wait for. */
export interface LiveWorkload {
  readonly kind: 'Deployment' | 'DaemonSet' | 'StatefulSet' | 'Pod';
  readonly namespace: string;
  readonly name: string;
}

/** The etcd of a cluster, and how others reach it. */
export interface LiveEtcd {
  /** The Service of the etcd and the Secret with the address of each etcd, as JSON; nothing in it is secret. */
  readonly objects: string;
  /** The Service waits for a load balancer. */
  readonly loadBalancer: boolean;
  /** Cilium's etcd operator runs the etcd; otherwise the user does. */
  readonly managed: boolean;
  /** The other clusters, whose etcd the agents connect to. */
  readonly otherClusters: readonly string[];
  /** Clusters whose certificates the manifests contain: the plan does not copy them. */
  readonly certificatesInManifests: readonly string[];
}
