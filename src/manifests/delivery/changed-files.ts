import { isMap } from '../../diagnostics/is-map';
import { Manifest } from '../manifest';
import { joinPaths } from '../slash-paths';

/**
 * The files whose objects Flux or Argo CD changes before it applies them: those below the path of a Kustomization or
 * Application with patches, a namespace and so on. Paths begin at the root of a repository, which may be any folder
 * around the files.
 */
export function changedFiles(
  manifests: readonly Manifest[],
  realPaths: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const paths = [...new Set(manifests.flatMap(({ object }) => changedPaths(object)))];
  const changed = [...realPaths].filter(([, real]) =>
    paths.some(path => path === '' || `/${real.replace(/\\/g, '/')}`.includes(`/${path}/`)),
  );
  return new Set(changed.map(([file]) => file));
}

function changedPaths({ apiVersion, kind, spec }: any): string[] {
  if (kind === 'Kustomization' && apiVersion.startsWith('kustomize.toolkit.fluxcd.io/')) {
    return hasAny(spec, FLUX_CHANGES) ? [folderIn(spec.path)] : [];
  }
  const isArgo = apiVersion.startsWith('argoproj.io/');
  if (!isArgo || (kind !== 'Application' && kind !== 'ApplicationSet')) {
    return [];
  }
  const { source, sources } = (kind === 'Application' ? spec : spec?.template?.spec) ?? {};
  return [source, ...(Array.isArray(sources) ? sources : [])]
    .filter(each => isMap(each) && hasAny(each.kustomize, ARGO_CHANGES))
    .map(each => folderIn(each.path));
}

/** Variables in the path of an ApplicationSet may stand for any folder. */
function folderIn(path: unknown): string {
  return joinPaths('', String(path ?? '').replace(/[^/]*\{\{.*$/s, ''));
}

/** Whether one of the fields of a value is set. */
export function hasAny(value: unknown, fields: readonly string[]): boolean {
  return isMap(value) && fields.some(each => ![undefined, null, ''].includes(value[each]));
}

/** Fields of spec (kustomize.toolkit.fluxcd.io/v1) that change objects. Images decide no verdict. */
export const FLUX_CHANGES = [
  'targetNamespace',
  'namePrefix',
  'nameSuffix',
  'commonMetadata',
  'components',
  'patches',
  'patchesStrategicMerge',
  'patchesJson6902',
];

/** Fields of kustomize in a source (argoproj.io/v1alpha1) that change objects. */
export const ARGO_CHANGES = [
  'namespace',
  'namePrefix',
  'nameSuffix',
  'commonLabels',
  'commonAnnotations',
  'components',
  'patches',
  'replicas',
];
