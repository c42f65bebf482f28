import { isMap } from '../../diagnostics/is-map';

/**
 * Whether patches, replacements or configurations of kustomize may change the namespaces of objects, or of what Helm,
 * Flux and Argo CD make from them. A strategic merge patch names the namespace of its object, and cannot change it
 * (ApplySmPatch, api/resource/resource.go of kustomize, v5).
 */
export function changesNamespaces(value: unknown): boolean {
  return typeof value === 'string'
    ? CHANGE.test(value) || WHOLE.test(value)
    : Array.isArray(value)
      ? value.some(changesNamespaces)
      : isMap(value) && Object.values(value).some(changesNamespaces);
}

/** Whether a value is the name of a namespace, not a variable or template for one. */
export function isNamespaceName(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value);
}

const CHANGE = new RegExp(
  [
    // paths of JSON patches and replacements
    'metadata[/.]namespace\\b',
    'spec[/.](path|sourceRef|sources?|destination)\\b',
    // fields of strategic merge patches
    'targetNamespace|sourceRef|repoURL|destination["\']?:',
    '^\\s*path:\\s*["\']?[^/\\s"\']',
    // a JSON patch of the whole metadata or spec
    'path["\']?:\\s*(["\']{2}|["\']?/(metadata|spec)["\']?)\\s*([,}#]|$)',
  ].join('|'),
  'm',
);

/** A replacement of the whole metadata or spec. */
const WHOLE = /^(metadata|spec)$/;
