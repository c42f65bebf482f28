import { readYaml } from './documents';
import { changesNamespaces, isNamespaceName } from './extent/namespace-changes';
import { isKustomization } from './kustomization-files';
import { isMap } from '../diagnostics/is-map';

/** What a kustomization does with files, of which the paths are relative to its folder. */
export interface Kustomization {
  /** The files and folders that it applies, components among them. */
  readonly resources: readonly string[];
  /** The components among them, which change the objects of all resources. */
  readonly components: readonly string[];
  /** The files that change its objects: patches, replacements, Helm values. */
  readonly inputs: readonly string[];
  /** The files that generators write into ConfigMaps and Secrets. */
  readonly data: readonly string[];
  /** Whether it applies its resources as they are written, apart from what no verdict depends on. */
  readonly isList: boolean;
  /** The namespace that it gives to all its objects. */
  readonly namespace?: string;
  /** The namespaces of the releases of its charts. */
  readonly charts: readonly string[];
  /** Whether it has objects of remote bases or plugins, or of charts whose namespace is unknown. */
  readonly addsAnything: boolean;
  /** Whether it gives namespaces to objects, or takes them, in a way that is not modelled. */
  readonly movesObjects: boolean;
}

/**
 * The content of a kustomization (api/types/kustomization.go of kustomize, v5); undefined for something else, such as a
 * Kustomization of Flux. A broken one does nothing: kustomize refuses it, and the reader of its file reports it.
 */
export function readKustomization(text: string): Kustomization | undefined {
  const { value, problems } = readYaml(text, '');
  if (problems.length > 0 || !isMap(value)) {
    return {
      resources: [],
      components: [],
      inputs: [],
      data: [],
      isList: false,
      charts: [],
      addsAnything: false,
      movesObjects: true,
    };
  }
  if (!isKustomization(value)) {
    return undefined;
  }
  const paths = (field: string, key: string) =>
    list(value[field]).map(each => (isMap(each) ? each[key] : undefined));
  const generators = [...list(value.configMapGenerator), ...list(value.secretGenerator)].filter(isMap);
  const resources = [...list(value.resources), ...list(value.bases)];
  const listed = [...resources, ...list(value.components)];
  const charts = [...list(value.helmCharts), ...list(value.helmChartInflationGenerator)].map(each =>
    isMap(each) ? (each.namespace ?? each.releaseNamespace) : undefined,
  );
  return {
    resources: texts(listed),
    components: texts(list(value.components)),
    inputs: texts([
      ...paths('patches', 'path'),
      ...paths('patchesJson6902', 'path'),
      ...list(value.patchesStrategicMerge),
      ...paths('replacements', 'path'),
      ...list(value.transformers),
      ...list(value.configurations),
      ...paths('helmCharts', 'valuesFile'),
    ]),
    data: texts(generators.flatMap(({ files }) => list(files).map(each => String(each).replace(/^[^=]*=/, '')))),
    isList:
      value.kind !== 'Component' &&
      texts(resources).length === resources.length &&
      Object.entries(value).every(([field, each]) => UNCHANGING.has(field) || isEmpty(each)) &&
      // the settings of Cilium are in a ConfigMap
      !generators.some(({ name }) => String(name).startsWith('cilium-config')),
    ...(isNamespaceName(value.namespace) ? { namespace: value.namespace } : {}),
    charts: charts.filter(isNamespaceName),
    addsAnything:
      texts(listed).length < listed.length || !isEmpty(value.generators) || !charts.every(isNamespaceName),
    movesObjects:
      !isEmpty(value.transformers) ||
      !(isEmpty(value.namespace) || isNamespaceName(value.namespace)) ||
      PATCHES.some(field => changesNamespaces(value[field])),
  };
}

/** Fields that change objects in any way. */
const PATCHES = ['patches', 'patchesJson6902', 'patchesStrategicMerge', 'replacements', 'vars'];

/** Fields that change no name, namespace, label or other field that a verdict depends on. */
const UNCHANGING = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'resources',
  'bases',
  'configMapGenerator',
  'secretGenerator',
  'generatorOptions',
  'images',
  'sortOptions',
  'buildMetadata',
]);

/** A patch may also be written in place, over several lines; a resource may be a URL. */
function texts(values: readonly unknown[]): string[] {
  return values.filter((each): each is string => typeof each === 'string' && !/\n|:\/\//.test(each));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    (typeof value === 'object' && Object.keys(value).length === 0)
  );
}
