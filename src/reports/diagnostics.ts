import { Tone } from './report';
import { Diagnostic, ObjectReference, Severity } from '../diagnostics/diagnostic';

/** The place of a diagnostic: its file and line, its object and its cluster, where they are known. */
export function diagnosticPlace({ file, line, object, cluster }: Diagnostic): string {
  const place = file === undefined ? '' : fileLine(file, line);
  return [place, object ? objectName(object) : '', cluster === undefined ? '' : `(${cluster})`]
    .filter(text => text !== '')
    .join(' ');
}

/** `dist/tion.k8s.yaml:125`. */
export function fileLine(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** `CiliumNetworkPolicy shop/allow`. */
export function objectName({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

export function severityTone(severity: Severity): Tone {
  return severity === 'error' ? 'bad' : severity === 'warning' ? 'doubtful' : 'info';
}
