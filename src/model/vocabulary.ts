/**
 * The words for settings in messages about a mesh. Settings are properties of constructs, or fields of mesh.yaml and
 * Helm values, and messages use the names that the user wrote.
 */
export interface MeshVocabulary {
  /** The place of a setting of all clusters, after "set it to 511". */
  readonly inAllClusters: string;
  /** The name of a setting of `ClusterProps`. */
  setting(name: string): string;
}

/** The words for programs that use the constructs. */
export const CONSTRUCT_VOCABULARY: MeshVocabulary = { setting: name => name, inAllClusters: 'in defaults' };
