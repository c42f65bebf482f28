import { isMap } from '../diagnostics/is-map';

/** Whether a file is a kustomization that `kustomize build` reads. */
export function isKustomizationFile(file: string): boolean {
  return /(^|\/)(kustomization\.ya?ml|Kustomization)$/.test(file);
}

export const KUSTOMIZE_GROUP = 'kustomize.config.k8s.io/';

/**
 * Whether the content of a file of that name is a kustomization. Kustomize adds a missing apiVersion and kind
 * (api/types/kustomization.go, FixKustomizationPostUnmarshalling, v5); a Kustomization of Flux has both.
 */
export function isKustomization(value: any): boolean {
  return (
    isMap(value) &&
    (isMissing(value.apiVersion) || String(value.apiVersion).startsWith(KUSTOMIZE_GROUP)) &&
    (isMissing(value.kind) || ['Kustomization', 'Component'].includes(value.kind))
  );
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
