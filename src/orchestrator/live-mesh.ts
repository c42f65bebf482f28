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
  /** Helm values of Cilium. */
  readonly values?: string;
  readonly manifests: readonly string[];
  /** Type of the clustermesh-apiserver's Service. */
  readonly serviceType: 'NodePort' | 'LoadBalancer' | 'ClusterIP';
}

/** A kind configuration, and what of it can be told of a cluster that exists. */
export interface KindFile {
  readonly file: string;
  readonly podSubnet?: string;
  readonly serviceSubnet?: string;
  /** What its nodes take of the host. */
  readonly host?: KindHost;
}
