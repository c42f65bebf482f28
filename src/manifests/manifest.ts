/** A Kubernetes object, and where it was written. */
export interface Manifest {
  /**
   * Where it comes from, as shown to users: a file, relative to the working directory or as it was given; of an object that
   * never was text, the name that its caller gives.
   */
  readonly file: string;
  /** Plain data, as kubectl reads it: apiVersion, kind, metadata, and so on. Items of a List are manifests of their own. */
  readonly object: any;
  /**
   * The line (from 1) of a field such as `spec.egress[0].toPorts[1]` or `metadata.labels["a.b/c"]`: of its key, or of the item.
   * Where there is no such field, that of its nearest ancestor; without a path, that of the object. Undefined for an object
   * that never was text.
   */
  line(path?: string): number | undefined;
}

/** What holds objects, and where their fields are. */
export interface ObjectSource {
  readonly file: string;
  /** The line of a field; undefined where the objects never were text. */
  line(segments: ReadonlyArray<string | number>): number | undefined;
  /** The line of a field, written as `spec.egress[0]`, of the value at some place. */
  lineOf(base: ReadonlyArray<string | number>, path: string | undefined): number | undefined;
}
