import { readYaml } from './documents';
import { isMap } from '../diagnostics/is-map';

/** The local paths that a kustomization names, relative to its folder. */
export interface KustomizationPaths {
  /** What it applies: files and folders. */
  readonly resources: readonly string[];
  /** What only changes or fills its objects: patches, replacements, Helm values, and the data of generators. */
  readonly inputs: readonly string[];
}

/**
 * The paths in a kustomization (api/types/kustomization.go of kustomize, v5). A broken one names none: kustomize
 * refuses it, and the reader of its file reports it.
 */
export function kustomizationPaths(text: string): KustomizationPaths {
  const { value } = readYaml(text, '');
  const fields = isMap(value) ? value : {};
  const paths = (field: string, key: string) =>
    list(fields[field]).map(each => (isMap(each) ? each[key] : undefined));
  const generated = [...list(fields.configMapGenerator), ...list(fields.secretGenerator)].flatMap(generator =>
    isMap(generator) ? list(generator.files).map(each => String(each).replace(/^[^=]*=/, '')) : [],
  );
  return {
    resources: texts([...list(fields.resources), ...list(fields.bases), ...list(fields.components)]),
    inputs: texts([
      ...paths('patches', 'path'),
      ...paths('patchesJson6902', 'path'),
      ...list(fields.patchesStrategicMerge),
      ...paths('replacements', 'path'),
      ...list(fields.transformers),
      ...list(fields.configurations),
      ...paths('helmCharts', 'valuesFile'),
      ...generated,
    ]),
  };
}

/** A patch may also be written in place, over several lines; a resource may be a URL. */
function texts(values: readonly unknown[]): string[] {
  return values.filter((each): each is string => typeof each === 'string' && !/\n|:\/\//.test(each));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
