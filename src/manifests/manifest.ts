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

/** What cannot be read, or is not read, and where. */
export interface ReadProblem {
  /** One of `READ_CODES`. */
  readonly code: ReadCode;
  readonly file: string;
  readonly line?: number;
  readonly message: string;
  /** What was got, as text. */
  readonly got?: string;
  readonly fix: string;
}

export type ReadCode = keyof typeof READ_CODES;

/** Every code of a `ReadProblem`, with one line of explanation. */
export const READ_CODES = {
  // files
  'file-missing': 'There is no such file or folder.',
  'file-unreadable': 'The file or folder exists, but cannot be read.',
  'file-special': 'A device, pipe or socket, which would never end; only files and folders are read.',
  'file-too-large': 'The file is larger than 64 MB, or holds more documents or values than any set of manifests.',
  'file-binary': 'The file is not text.',
  'file-encoding': 'The text is not UTF-8.',
  'folder-empty': 'The folder holds no .yaml, .yml or .json file.',
  // syntax
  'yaml-syntax': 'The text is no YAML or JSON.',
  'yaml-duplicate-key': 'A mapping has the same key twice; readers would drop one of the two in silence.',
  'yaml-key': 'A key is no text, number or boolean.',
  'yaml-tag': 'A tag such as `!!js/function` that Kubernetes does not know, or a value that does not fit its tag.',
  'yaml-alias': 'An alias without its anchor, an alias inside its own anchor, or aliases that grow to an enormous value.',
  'yaml-merge': '`<<` merges something that is no mapping.',
  'yaml-number': 'A number that JSON lacks: infinite, or not a number.',
  'yaml-depth': 'The nesting is deeper than any Kubernetes object.',
  'document-separator': 'Something follows `---` on its line; kubectl refuses that.',
  'helm-template': 'A Helm template that was not rendered.',
  // objects
  'object-api-version': '`apiVersion` is missing or no text.',
  'object-kind': '`kind` is missing or no text.',
  'object-metadata': '`metadata` is missing or no mapping.',
  'object-name': '`metadata.name` or `metadata.namespace` is missing or no text.',
  'list-items': 'The items of a List are no list, or one of them is no object.',
  // documents that are ignored
  'document-ignored': 'The document is no Kubernetes object; it is ignored.',
  'document-unseparated': 'The document does not follow a line `---`; kubectl ignores it.',
  'document-several': 'A file that holds one document, such as mesh.yaml, has a second one.',
  'document-unnamed': 'The object has only `metadata.generateName`; it has no name until it is created, and is ignored.',
  'kustomization': 'A Kustomization, which is not applied itself; it is ignored.',
  // mesh.yaml and arguments
  'mesh-file': 'mesh.yaml does not have the structure of a mesh file.',
  'mesh-api-version': 'mesh.yaml has another version than this program reads.',
  'mesh-field-unknown': 'mesh.yaml has a field that does not exist.',
  'mesh-field-missing': 'mesh.yaml lacks a field that is required.',
  'mesh-field-type': 'A field of mesh.yaml has a value of the wrong type.',
  'mesh-cluster-duplicate': 'Two clusters have the same name.',
  'values-cluster': 'Helm values are given for a cluster that is not.',
  'values-file': 'A file of Helm values is no mapping.',
} as const;
