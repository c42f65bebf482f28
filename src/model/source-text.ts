import type { MeshFileSource } from './mesh-file';

/** A source of manifests as one text: `kustomize:FOLDER`, `helm:CHART`, `snapshot:FOLDER`, or a path. */
export function sourceOfText(text: string, beside: (path: string) => string = path => path): MeshFileSource {
  const [, kind, rest] = /^(kustomize|helm|snapshot):(.+)$/s.exec(text) ?? [];
  switch (kind) {
    case 'helm':
      return { helm: { chart: isReference(rest) ? rest : beside(rest) } };
    case 'kustomize':
    case 'snapshot':
      return { [kind]: beside(rest) };
    default:
      return beside(text);
  }
}

/** Whether a chart is a reference such as `oci://example.org/shop`, and not a path. */
export function isReference(chart: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(chart);
}
