import { FINDING_CODES, FindingCode } from './codes';
import { Manifest } from '../../manifests/manifest';

/** How bad a finding is: an error makes YAML mean nothing or something else than written, a warning is a trap, an info a surprise. */
export type Severity = 'error' | 'warning' | 'info';

/** One finding, at one place. */
export interface Finding {
  /** Stable; docs/findings.md says what each means. */
  readonly code: string;
  readonly severity: Severity;
  readonly cluster?: string;
  readonly file?: string;
  readonly line?: number;
  readonly object?: { readonly apiVersion: string; readonly kind: string; readonly namespace?: string; readonly name: string };
  readonly message: string;
  readonly fix: string;
}

/** A finding at a field of a manifest. Its line is looked up when it is asked for: see `sortedFindings`. */
export function found(code: FindingCode, cluster: string, manifest: Manifest, path: string | undefined, message: string, fix: string): Finding {
  const { apiVersion, kind, metadata } = manifest.object;
  let line: number | undefined;
  return {
    code,
    severity: FINDING_CODES[code].severity,
    cluster,
    file: manifest.file,
    get line() {
      line ??= manifest.line(path);
      return line;
    },
    object: { apiVersion, kind, ...typeof metadata.namespace === 'string' ? { namespace: metadata.namespace } : {}, name: metadata.name },
    message,
    fix,
  };
}

/** Findings in the order of files and lines. Lines are asked for object by object, since each object's text is read again for them. */
export function sortedFindings(findings: readonly Finding[]): Finding[] {
  const byObject = new Map<string, Finding[]>();
  for (const finding of findings) {
    const object = `${finding.file} ${finding.object?.kind} ${finding.object?.namespace} ${finding.object?.name}`;
    const known = byObject.get(object);
    if (known) {
      known.push(finding);
    } else {
      byObject.set(object, [finding]);
    }
  }
  byObject.forEach(ofObject => ofObject.forEach(({ line }) => line));
  const key = ({ file, line, code, message }: Finding) => [file ?? '', String(line ?? 0).padStart(9, '0'), code, message].join('\u0000');
  const keyed = findings.map(finding => ({ finding, key: key(finding) }));
  return keyed.sort((one, other) => one.key < other.key ? -1 : one.key > other.key ? 1 : 0).map(({ finding }) => finding);
}

/** Names in a sentence: `a, b and 3 more`. */
export function some(names: readonly string[], most: number = 4): string {
  const unique = [...new Set(names)].sort();
  return unique.length <= most + 1 ? unique.join(', ') : `${unique.slice(0, most).join(', ')} and ${unique.length - most} more`;
}
