/**
 * The words for settings in the messages about a mesh. A person writes settings as properties of constructs, or as fields of mesh.yaml and
 * Helm values, and must find in the message what is written there.
 */
export interface MeshVocabulary {
  /** Where a setting of all clusters is set, behind "set it to 511". */
  readonly inAllClusters: string;
  /** The name of a setting of `ClusterProps`. */
  setting(name: string): string;
}

/** The words of programs that use the constructs. */
export const CONSTRUCT_VOCABULARY: MeshVocabulary = { setting: name => name, inAllClusters: 'in defaults' };
