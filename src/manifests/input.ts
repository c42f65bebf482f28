import { Manifest } from './manifest';
import { ReadingDiagnostic } from './reading-diagnostic';
import { MeshFileCluster } from '../model/mesh-file';

/** A mesh as files, or objects in memory, say it is. */
export interface MeshInput {
  /** mesh.yaml, the arguments, or the name that the caller gives. */
  readonly source: string;
  readonly clusters: readonly ClusterInput[];
  /** Whether arguments name the clusters, which then have names and manifests, but no IDs. */
  readonly fromArguments?: boolean;
}

export interface ClusterInput {
  readonly name: string;
  readonly id: number;
  readonly manifests: readonly Manifest[];
  /** Documents that were ignored. */
  readonly notes: readonly ReadingDiagnostic[];
  /** Helm values; without them Cilium's defaults apply. */
  readonly values?: HelmValues;
  /** Everything that mesh.yaml says of the cluster. */
  readonly settings: MeshFileCluster;
  /** Where the cluster is declared; paths are those of `settings`, such as `podCIDRs[0]`. */
  readonly declared: { readonly file: string; line(path?: string): number | undefined };
}

export interface HelmValues {
  readonly file: string;
  readonly values: { [key: string]: any };
  line(path?: string): number | undefined;
}
