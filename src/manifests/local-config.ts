import { Manifest } from './manifest';
import { ReadingDiagnostic, readingDiagnostic } from './reading-diagnostic';

/**
 * Whether an object is there for local tools, such as functions of kpt. Kustomize drops it when it loads a file, for
 * any value but `false` (DropLocalNodes, api/resource/factory.go of kustomize, v5). kubectl, Helm and Argo CD without a
 * kustomization apply it.
 */
export function isLocalConfig({ metadata }: any): boolean {
  const value: unknown = metadata.annotations?.['config.kubernetes.io/local-config'];
  return value !== undefined && String(value) !== 'false';
}

/** The manifests of a cluster without what kustomize drops of these files. */
export function withoutLocalConfig(
  manifests: readonly Manifest[],
  files: ReadonlySet<string>,
): { readonly manifests: readonly Manifest[]; readonly notes: readonly ReadingDiagnostic[] } {
  const isDropped = ({ file, object }: Manifest) => files.has(file) && isLocalConfig(object);
  const dropped = manifests.filter(isDropped);
  return {
    manifests: dropped.length === 0 ? manifests : manifests.filter(each => !isDropped(each)),
    notes: dropped.map(each =>
      readingDiagnostic('local-config', {
        file: each.file,
        line: each.line('metadata.annotations["config.kubernetes.io/local-config"]'),
        message: `kustomize drops this ${each.object.kind}, which is for local tools only, so it is ignored`,
        fix: 'none needed if this is intended; otherwise remove the annotation config.kubernetes.io/local-config',
      }),
    ),
  };
}
