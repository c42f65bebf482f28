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
  readonly manifests: readonly Manifest[];
  /** The ignored documents. */
  readonly notes: readonly ReadingDiagnostic[];
  /** The comments that ignore findings in the files of manifests. */
  readonly comments?: readonly IgnoreComment[];
  /** The number of files of manifests; undefined for objects in memory. */
  readonly files?: { readonly read: number; readonly excluded: number };
  /** The files of kustomizations that are not built: what their objects become is unknown. */
  readonly kustomized?: ReadonlySet<string>;
  /** Helm values; undefined means the defaults of Cilium. */
  readonly values?: HelmValues;
  /** The content of the kind configuration that mesh.yaml names, if it can be read. */
  readonly kindConfiguration?: unknown;
  /** All settings of the cluster in mesh.yaml. */
  readonly settings: MeshFileCluster;
  /** The place of the cluster in mesh.yaml; paths are those of `settings`, such as `podCIDRs[0]`. */
  readonly declared: { readonly file: string; line(path?: string): number | undefined };
}

export interface HelmValues {
  readonly file: string;
  /** The comments that ignore findings. */
  readonly comments?: readonly IgnoreComment[];
  readonly values: { [key: string]: any };
  line(path?: string): number | undefined;
}
