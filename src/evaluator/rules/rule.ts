import { RuleContext } from './context';
import { diagnosticsOf } from '../../diagnostics/catalogue';
import { Codes, Diagnostic, ObjectReference } from '../../diagnostics/diagnostic';
import { Manifest } from '../../manifests/manifest';
import { pathContent } from '../../manifests/path-content';

/**
 * A rule of `check`: its codes, with what they mean and how to fix them, and the search for their findings. One file
 * holds one rule; a line in
 * `RULES` turns it on.
 */
export interface Rule<Code extends string = string> {
  readonly codes: Codes<Code>;
  check(context: RuleContext, report: Report<Code>): void;
}

/** Reports a finding of a rule: of its own codes only. */
export type Report<Code extends string> = (code: Code, finding: Reported) => void;

export interface Reported {
  readonly at: Place;
  /** The problem and its consequence. */
  readonly message: string;
  /** What to do, in the imperative. */
  readonly fix: string;
  /**
   * What may make the finding untrue, in a sentence. Such a finding is a fact, of severity info.
   * @default - the finding holds whatever the manifests do not show
   */
  readonly unknown?: string;
  /**
   * The namespaces whose pods and policies it depends on.
   * @default - that of its object
   */
  readonly namespaces?: readonly string[];
}

/** Where a finding is. */
export interface Place {
  readonly cluster?: string;
  readonly file?: string;
  /** What rendered the object, if the file contains what it was made from. */
  readonly source?: string;
  readonly object?: ObjectReference;
  /** Of the field in the object. */
  readonly path?: string;
  /** Of the items of lists to which the path leads. */
  readonly content?: () => string | undefined;
  readonly line: () => number | undefined;
}

/** A field of a manifest; without a path, the object as a whole. */
export function inManifest(cluster: string, manifest: Manifest, path?: string): Place {
  const { apiVersion, kind, metadata } = manifest.object;
  const namespace = typeof metadata.namespace === 'string' ? { namespace: metadata.namespace } : {};
  return {
    cluster,
    file: manifest.file,
    ...(manifest.source === undefined ? {} : { source: manifest.source }),
    object: { apiVersion, kind, ...namespace, name: metadata.name },
    path,
    content: () => (path === undefined ? undefined : pathContent(manifest.object, path)),
    line: () => manifest.line(path),
  };
}

/** The place of a finding about several rules: it is recognized by what they have in common, wherever the first is. */
export function firstOfSeveral(first: Place, common: string): Place {
  return { ...first, content: () => common };
}

/** A finding whose line is not known yet, and where it is. */
export interface Unplaced {
  readonly finding: Diagnostic;
  readonly at: Place;
  /** The namespaces whose pods and policies it depends on, if the rule names them. */
  readonly namespaces?: readonly string[];
}

/** The findings of a rule. Their lines are not looked up yet: see `placed` of `check.ts`. */
export function findingsOf(rule: Rule, context: RuleContext): Unplaced[] {
  const findings: Unplaced[] = [];
  const diagnostic = diagnosticsOf(rule.codes);
  rule.check(context, (code, { at, message, fix, unknown, namespaces }) => {
    const { cluster, file, source, object, path } = at;
    const origin = source === undefined ? {} : { source };
    const finding = diagnostic(code, { cluster, file, ...origin, object, path, message, fix });
    findings.push({ finding: unknown === undefined ? finding : asInfo(finding, unknown), at, namespaces });
  });
  return findings;
}

/** The finding as a fact, with what may make it untrue. */
export function asInfo(finding: Diagnostic, unknown: string): Diagnostic {
  return { ...finding, severity: 'info', message: `${finding.message}. ${unknown}` };
}
