import { Refused } from './not-built';
import { mergeAll, typedText, valueAtPath, Values } from './values';
import { isMap } from '../../diagnostics/is-map';
import { readYaml } from '../documents';

/** One source of an Application of Argo CD. */
export type ApplicationSource =
  | {
    readonly kind: 'path';
    readonly path: string;
    readonly helm: HelmOptions;
    /** Fields of a kustomization on top of that of the path. */
    readonly kustomize: { readonly [field: string]: any };
    readonly directory: { readonly recurse: boolean; readonly include?: string; readonly exclude?: string };
  }
  | { readonly kind: 'archive'; readonly name: string; readonly version: string; readonly helm: HelmOptions };

export interface HelmOptions {
  readonly release: string;
  /** Paths from that of the source, or from the root of the tree with a leading `/`. */
  readonly valueFiles: readonly string[];
  readonly ignoresMissing: boolean;
  readonly values: Values;
}

/** How Argo CD builds an Application. */
export interface ApplicationPlan {
  readonly sources: readonly ApplicationSource[];
  /** The namespace of objects without one. */
  readonly namespace?: string;
}

/** Whether the repository of a URL is the tree. */
export type IsTree = (url: string) => boolean;

/** The plan of an Application (argoproj.io/v1alpha1), or why it has none. */
export function planApplication({ metadata, spec }: any, isTree: IsTree): ApplicationPlan | Refused {
  const written: any[] = Array.isArray(spec?.sources) ? spec.sources : spec?.source ? [spec.source] : [];
  const references = new Map<string, string>(
    written.filter(each => each?.ref !== undefined).map(each => [String(each.ref), String(each.repoURL)]),
  );
  const sources: ApplicationSource[] = [];
  // a source with only a name is there for the files of others
  for (const source of written.filter(each => each?.path !== undefined || each?.chart !== undefined)) {
    const plan = planSource(source, metadata.name, references, isTree);
    if ('reason' in plan) {
      return plan;
    }
    sources.push(plan);
  }
  return sources.length === 0
    ? { reason: 'unsupported', detail: 'an Application without a path or chart' }
    : { sources, namespace: spec.destination?.namespace };
}

function planSource(
  source: any,
  name: string,
  references: ReadonlyMap<string, string>,
  isTree: IsTree,
): ApplicationSource | Refused {
  const { repoURL, path, chart, targetRevision, plugin, kustomize, directory } = source;
  if (plugin !== undefined || directory?.jsonnet !== undefined) {
    return { reason: 'plugin', detail: plugin?.name ?? 'jsonnet' };
  }
  const helm = helmOptions(source.helm, name, references, isTree);
  if ('reason' in helm) {
    return helm;
  }
  if (chart !== undefined) {
    return typeof targetRevision === 'string' && /^v?\d+\.\d+\.\d+([-+][\w.+-]*)?$/.test(targetRevision)
      ? { kind: 'archive', name: String(chart).replace(/^.*\//, ''), version: targetRevision, helm }
      : { reason: 'version-range', detail: `${chart} ${targetRevision ?? '(no version)'}` };
  }
  const unsupported = Object.keys(kustomize ?? {}).find(key => !KUSTOMIZE_FIELDS.includes(key));
  if (unsupported !== undefined) {
    return { reason: 'unsupported', detail: `kustomize.${unsupported}` };
  }
  const { images: _, commonAnnotationsEnvsubst: __, ...fields } = kustomize ?? {};
  return isTree(String(repoURL))
    ? {
      kind: 'path',
      path: String(path),
      helm,
      kustomize: fields,
      directory: { recurse: directory?.recurse === true, include: directory?.include, exclude: directory?.exclude },
    }
    : { reason: 'other-source', detail: String(repoURL) };
}

/**
 * Fields of Argo CD that are fields of a kustomization. Images decide no verdict, and neither do variables of Argo CD
 * in annotations.
 */
const KUSTOMIZE_FIELDS = [
  'namePrefix',
  'nameSuffix',
  'namespace',
  'patches',
  'images',
  'commonAnnotations',
  'commonAnnotationsEnvsubst',
];

const HELM_FIELDS = [
  'releaseName',
  'valueFiles',
  'values',
  'valuesObject',
  'parameters',
  'skipCrds',
  'skipTests',
  'skipSchemaValidation',
  'passCredentials',
  'version',
  'ignoreMissingValueFiles',
];

function helmOptions(
  helm: any,
  name: string,
  references: ReadonlyMap<string, string>,
  isTree: IsTree,
): HelmOptions | Refused {
  const unsupported = Object.keys(helm ?? {}).find(key => !HELM_FIELDS.includes(key));
  if (unsupported !== undefined) {
    return { reason: 'unsupported', detail: `helm.${unsupported}` };
  }
  if (JSON.stringify(helm ?? {}).includes('$ARGOCD')) {
    return { reason: 'unsupported', detail: 'variables of Argo CD in helm' };
  }
  const valueFiles: string[] = [];
  for (const file of (helm?.valueFiles ?? []).map(String)) {
    const [, reference, rest] = /^\$([^/]+)(\/.*)$/.exec(file) ?? [];
    if (/:\/\//.test(file) || (reference !== undefined && !isTree(references.get(reference) ?? ''))) {
      return { reason: 'values-unknown', detail: file };
    }
    valueFiles.push(reference === undefined ? file : rest);
  }
  const text = readYaml(String(helm?.values ?? ''), '');
  const parameters: Array<Values | undefined> = (helm?.parameters ?? []).map((each: any) =>
    valueAtPath(String(each?.name), each?.forceString ? String(each.value) : typedText(String(each?.value ?? ''))),
  );
  if (text.problems.length > 0 || parameters.includes(undefined)) {
    return { reason: 'unsupported', detail: text.problems.length > 0 ? 'helm.values' : 'helm.parameters' };
  }
  const values = mergeAll([
    isMap(text.value) ? text.value : {},
    isMap(helm?.valuesObject) ? helm.valuesObject : {},
    ...(parameters as Values[]),
  ]);
  const ignoresMissing = helm?.ignoreMissingValueFiles === true;
  return { release: helm?.releaseName ?? name, valueFiles, ignoresMissing, values };
}
