import { RuleContext } from './context';
import { Codes, Diagnostic, ObjectReference } from '../../diagnostics/diagnostic';
import { Manifest } from '../../manifests/manifest';

/**
 * A rule of `check`: its codes, with what they mean and how to fix them, and the search for their findings. One file holds one rule; a line in
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
}

/** Where a finding is. */
export interface Place {
  readonly cluster?: string;
  readonly file?: string;
  readonly object?: ObjectReference;
  line(): number | undefined;
}

/** A field of a manifest; without a path, the object as a whole. */
export function inManifest(cluster: string, manifest: Manifest, path?: string): Place {
  const { apiVersion, kind, metadata } = manifest.object;
  const namespace = typeof metadata.namespace === 'string' ? { namespace: metadata.namespace } : {};
  return { cluster, file: manifest.file, object: { apiVersion, kind, ...namespace, name: metadata.name }, line: () => manifest.line(path) };
}

/** The findings of a rule. Their lines are looked up when they are asked for: see `sortedFindings`. */
export function findingsOf<Code extends string>(rule: Rule<Code>, context: RuleContext): Diagnostic<Code>[] {
  const findings: Diagnostic<Code>[] = [];
  rule.check(context, (code, { at, message, fix }) => {
    let line: number | undefined;
    findings.push({
      code,
      severity: rule.codes[code].severity,
      ...at.cluster === undefined ? {} : { cluster: at.cluster },
      ...at.file === undefined ? {} : { file: at.file },
      get line() {
        line ??= at.line();
        return line;
      },
      ...at.object === undefined ? {} : { object: at.object },
      message,
      fix,
    });
  });
  return findings;
}
