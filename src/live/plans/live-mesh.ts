import { KindHost } from './host';

/** A mesh as the orchestrator needs it: where its clusters are, and the files that they are made from. */
export interface LiveMesh {
  readonly clusters: readonly LiveCluster[];
}

/** One cluster; paths are as programs are to be given them. */
export interface LiveCluster {
  readonly name: string;
  readonly id: number;
  /** kubectl context. */
  readonly context: string;
  /** For a cluster that kind creates; others exist already, and are never created or deleted. */
  readonly kind?: KindFile;
  readonly version: string;
  /** The program that installs Cilium: the cilium CLI refuses versions before 1.15. */
  readonly installer: 'cilium' | 'helm';
  /** Helm values of Cilium. */
  readonly values?: string;
  /** What the values do not say of the name and ID of the cluster, as Helm takes it beside them. */
  readonly identity: readonly string[];
  /** How the cilium CLI is to set up the datapath, where the values say nothing and its guess would contradict them. */
  readonly datapathMode?: 'tunnel';
  /** Helm values of a second step, once Cilium runs. */
  readonly upgradeValues?: UpgradeValues;
  /** Patches to objects that other programs own, in the order in which they are applied. */
  readonly patches: readonly LivePatch[];
  readonly manifests: readonly string[];
  /** What the manifests start, and how it is told that it runs. */
  readonly workloads: readonly LiveWorkload[];
  /** Images of the manifests, with the name of their registry; those with a digest are left out, since it gets lost when they are loaded. */
  readonly images: readonly string[];
  /** Type of the clustermesh-apiserver's Service. */
  readonly serviceType: 'NodePort' | 'LoadBalancer' | 'ClusterIP';
  /** The values alone turn Cluster Mesh on, in a way that `cilium clustermesh enable` would refuse or replace. */
  readonly enabledByValues: boolean;
  /** For a cluster that is meshed through an etcd of its own instead of the clustermesh-apiserver. */
  readonly etcd?: LiveEtcd;
}

/** A kind configuration, and what of it can be told of a cluster that exists. */
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
  /** Changes with what is in the file. */
  readonly hash: string;
}

/** When a patch is applied. */
export const PATCH_STAGES = ['before-install', 'after-install', 'connect'] as const;
export type LivePatchStage = typeof PATCH_STAGES[number];

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

/** Something that runs pods. */
export interface LiveWorkload {
  readonly kind: 'Deployment' | 'DaemonSet' | 'StatefulSet' | 'Pod';
  readonly namespace: string;
  readonly name: string;
}

/** The etcd of a cluster, and how others reach it. */
export interface LiveEtcd {
  /** The Service in front of the etcd and the Secret that says where each etcd is, as JSON; without anything secret. */
  readonly objects: string;
  /** The Service waits for a load balancer. */
  readonly loadBalancer: boolean;
  /** Cilium's etcd operator runs the etcd; otherwise it is the user's own. */
  readonly managed: boolean;
  /** Clusters whose etcd the agents know, without this one. */
  readonly others: readonly string[];
  /** Clusters whose certificates the manifests hold already: they are not copied. */
  readonly supplied: readonly string[];
}
