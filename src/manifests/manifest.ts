/** A Kubernetes object, and where it was written. */
export interface Manifest {
  /**
   * Its origin as messages show it: the path of its file, relative to the working directory or as the user wrote it.
   * For an object in memory, the name that the caller sets.
   */
  readonly file: string;
  /** What rendered it, such as `kustomize:overlays/paris`: the file contains what it was made from. */
  readonly source?: string;
  /**
   * Plain data as kubectl reads it: apiVersion, kind, metadata, and so on. Each item of a List is a separate manifest.
   */
  readonly object: any;
  /** The part of the file that this object is alone; undefined for items of lists, and for objects in memory. */
  readonly document?: ManifestDocument;
  /**
   * The line (from 1) of a field such as `spec.egress[0].toPorts[1]` or `metadata.labels["a.b/c"]`: of its key, or of
   * the item. For a missing field, the line of its nearest ancestor; without a path, the line of the object. Undefined
   * for an object in memory.
   */
  line(path?: string): number | undefined;
}

/** The text of an object in its file. */
export interface ManifestDocument {
  readonly text: string;
  /** The line at which the text begins. */
  readonly first: number;
  /** The lines before and after the text; undefined where the file begins or ends there. */
  readonly before?: string;
  readonly after?: string;
}

/** The source of objects, with the places of their fields. */
export interface ObjectSource {
  readonly file: string;
  /** The whole lines of the file that it consists of, if it is a document of a file. */
  readonly wholeLines?: ManifestDocument;
  /** The line of a field; undefined for objects in memory. */
  line(segments: ReadonlyArray<string | number>): number | undefined;
  /** The line of a field such as `spec.egress[0]`, of the value at a place. */
  lineOf(base: ReadonlyArray<string | number>, path: string | undefined): number | undefined;
}
