/** A Kubernetes object as it was written, and where. */
export interface Manifest {
  /** As shown to users: relative to the working directory, or as it was given. */
  readonly file: string;
  /** Plain data, as kubectl reads it: apiVersion, kind, metadata, and so on. Items of a List are manifests of their own. */
  readonly object: any;
  /**
   * The line (from 1) of a field such as `spec.egress[0].toPorts[1]` or `metadata.labels["a.b/c"]`: of its key, or of the item.
   * Where there is no such field, that of its nearest ancestor; without a path, that of the object.
   */
  line(path?: string): number;
}
