/**
 * **error**: Cilium or the API server ignores or refuses the input, or does something other than what it says. **warning**: a trap that is
 * likely not meant. **info**: a fact that may surprise, and needs no action.
 */
export type Severity = 'error' | 'warning' | 'info';

/** What is known of a code, independent of the place where it fires. */
export interface CodeDefinition {
  readonly severity: Severity;
  /** The problem in a few words, without a full stop; a heading of the documentation and the name of a rule in SARIF. */
  readonly title: string;
  /** What the problem is, its consequence, and its source in Cilium or Kubernetes; Markdown, one or more sentences. */
  readonly documentation: string;
  /** What to do in general, in the imperative. A diagnostic's own `fix` is more exact. */
  readonly fix: string;
}

/** Codes with their definitions; the keys are the codes, which never change their meaning. */
export type Codes<Code extends string = string> = { readonly [code in Code]: CodeDefinition };

/** An object of Kubernetes, by its identity. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/**
 * One thing that is wrong or surprising, at one place: what the reader of manifests, the mesh model, the constructs and the rules of `check`
 * report.
 */
export interface Diagnostic<Code extends string = string> {
  readonly code: Code;
  readonly severity: Severity;
  readonly cluster?: string;
  /** The file, as the user wrote its path; together with `line` (from 1) where the place is known. */
  readonly file?: string;
  readonly line?: number;
  /** The construct path with its property (`tion.podCidrs[0]`), or the path of the field in the object or file. */
  readonly path?: string;
  readonly object?: ObjectReference;
  /** The problem and its consequence. */
  readonly message: string;
  /** The value got, as text. */
  readonly got?: string;
  /** The values allowed, as text. */
  readonly allowed?: string;
  /** What to do, in the imperative, with the YAML to write where that helps. */
  readonly fix: string;
}
