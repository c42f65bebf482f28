import { IgnoreComment } from './ignore-comments';
import { Manifest } from './manifest';
import { ReadingDiagnostic } from './reading-diagnostic';
import { MeshFileCluster } from '../model/mesh-file';

/** A mesh as files or objects in memory describe it. */
export interface MeshInput {
  /** The path of mesh.yaml, the arguments, or the name that the caller sets. */
  readonly source: string;
  readonly clusters: readonly ClusterInput[];
  /** The comments that ignore findings in mesh.yaml. */
  readonly comments?: readonly IgnoreComment[];
  /** Whether arguments name the clusters. Such clusters have names and manifests, but no IDs. */
  readonly fromArguments?: boolean;
}

export interface ClusterInput {
  readonly name: string;
  readonly id: number;
  /** All objects that are evaluated. */
  readonly manifests: readonly Manifest[];
  /**
   * The objects that `apply` applies, where `manifests` contains others too: those of the base, and declared workloads.
   */
  readonly applied?: readonly Manifest[];
  /** What the manifests change in the base; undefined without a base. */
  readonly layers?: Layers;
  /** The ignored documents. */
  readonly notes: readonly ReadingDiagnostic[];
  /** The comments that ignore findings in the files of manifests. */
  readonly comments?: readonly IgnoreComment[];
  /** The number of files of manifests; undefined for objects in memory. */
  readonly files?: { readonly read: number; readonly excluded: number };
  /** The files of kustomizations that are not built: what their objects become is unknown. */
  readonly kustomized?: ReadonlySet<string>;
  /**
   * The namespaces in which Flux and Argo CD have more than the files that are read, with an empty one for what has
   * none.
   * @default - any namespace, if they have an object to deliver
   */
  readonly delivered?: readonly string[];
  /** By files: the namespaces that objects get which write none, of files of which all are known. */
  readonly placements?: ReadonlyMap<string, readonly string[]>;
  /** Helm values; undefined means the defaults of Cilium. */
  readonly values?: HelmValues;
  /** The content of the kind configuration that mesh.yaml names, if it can be read. */
  readonly kindConfiguration?: unknown;
  /** All settings of the cluster in mesh.yaml. */
  readonly settings: MeshFileCluster;
  /** The place of the cluster in mesh.yaml; paths are those of `settings`, such as `podCIDRs[0]`. */
  readonly declared: { readonly file: string; line(path?: string): number | undefined };
}

/** What the manifests of a cluster change in its base. */
export interface Layers {
  /** The objects of the base. */
  readonly base: readonly Manifest[];
  /** The cluster without the manifests: as the base and its snapshots know it. */
  readonly before: Pick<ClusterInput, 'manifests' | 'values' | 'settings'>;
  /** The number of objects of the manifests that replace one of the base. */
  readonly replaced: number;
  /** The number of objects of the manifests that the base does not contain. */
  readonly added: number;
  /** The objects of the base that are deleted. */
  readonly deleted: readonly Manifest[];
  /** The pods of the base whose workloads are replaced, and the ReplicaSets and Jobs between them. */
  readonly outdated: readonly Manifest[];
  /** The selector of what is deleted. */
  readonly prune?: string;
}

export interface HelmValues {
  readonly file: string;
  /** The comments that ignore findings. */
  readonly comments?: readonly IgnoreComment[];
  readonly values: { [key: string]: any };
  line(path?: string): number | undefined;
}
