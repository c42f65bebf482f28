/**
 * **error**: Cilium or the API server ignores or refuses the input, or does something other than what it says.
 * **warning**: likely not what the author intended. **info**: a fact that may be surprising and needs no action.
 */
export type Severity = 'error' | 'warning' | 'info';

/** The definition of a code, independent of its places. */
export interface CodeDefinition {
  readonly severity: Severity;
  /**
   * The problem in a few words, without a full stop; a heading of the documentation and the name of a rule in SARIF.
   */
  readonly title: string;
  /** What the problem is, its consequence, and its source in Cilium or Kubernetes; Markdown, one or more sentences. */
  readonly documentation: string;
  /** The general fix, in the imperative. The `fix` of a diagnostic is more specific. */
  readonly fix: string;
}

/** Definitions by code. Codes never change their meaning. */
export type Codes<Code extends string = string> = { readonly [code in Code]: CodeDefinition };

/** The identity of a Kubernetes object. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** A construct of a program, which wrote an object. */
export interface ConstructReference {
  readonly path: string;
  /** The file of the program and the line that created it, where they are known. */
  readonly file?: string;
  readonly line?: number;
}

/**
 * One mistake or surprising fact at one place, from the reader of manifests, the mesh model, the constructs or the
 * rules of `check`.
 */
export interface Diagnostic<Code extends string = string> {
  readonly code: Code;
  readonly severity: Severity;
  readonly cluster?: string;
  /** The path of the file as the user wrote it, and `line` (from 1), where the place is known. */
  readonly file?: string;
  readonly line?: number;
  /** What rendered the object, such as `kustomize:overlays/paris`, if the file contains what it was made from. */
  readonly source?: string;
  /** The construct path with its property (`tion.podCidrs[0]`), or the path of the field in the object or file. */
  readonly path?: string;
  /** What the rule, port or other item of a list contains to which the path leads, whatever its index is. */
  readonly content?: string;
  readonly object?: ObjectReference;
  /** The construct that wrote the object, if the program recorded it. */
  readonly construct?: ConstructReference;
  /** The problem and its consequence. */
  readonly message: string;
  /** The value got, as text. */
  readonly got?: string;
  /** The values allowed, as text. */
  readonly allowed?: string;
  /** What to do, in the imperative, with the YAML to write where that helps. */
  readonly fix: string;
}
