/** Whether a file is a kustomization that `kustomize build` reads. */
export function isKustomizationFile(file: string): boolean {
  return /(^|\/)kustomization\.ya?ml$/.test(file);
}
