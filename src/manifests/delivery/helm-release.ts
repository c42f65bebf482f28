import { Refused } from './not-built';
import { dataOf, mergeAll, typedText, valueAtPath, Values } from './values';
import { isMap } from '../../diagnostics/is-map';
import { readYaml } from '../documents';

/** A chart that a HelmRelease names. */
export type ChartReference =
  /** A path from the root of the tree, and the files that replace the values.yaml of the chart. */
  | { readonly kind: 'path'; readonly path: string; readonly valuesFiles?: ValuesFiles }
  /** An archive of a chart repository. */
  | { readonly kind: 'archive'; readonly name: string; readonly version: string };

/** Files of values; the last one takes precedence. Their paths start at the root of the source, not of the chart. */
export interface ValuesFiles {
  readonly paths: readonly string[];
  readonly ignoresMissing: boolean;
}

/** How Flux renders a HelmRelease. */
export interface ReleasePlan {
  readonly chart: ChartReference;
  readonly release: string;
  readonly namespace: string;
  readonly values: Values;
  /** The Kustomizations that change what Helm renders. */
  readonly postRenderers: readonly any[];
}

/** The objects of a cluster, by kind, namespace and name. */
export interface ObjectLookup {
  find(kind: string, namespace: string, name: string): any;
  /** Whether a source of Flux is the tree itself. */
  isTree(kind: string, namespace: string, name: string): boolean;
}

/** The plan of a HelmRelease (helm.toolkit.fluxcd.io), or why it has none. */
export function planRelease(object: any, lookup: ObjectLookup): ReleasePlan | Refused {
  const { metadata, spec } = object;
  const own = metadata.namespace ?? 'default';
  if (spec?.kubeConfig) {
    return { reason: 'other-cluster', detail: 'spec.kubeConfig' };
  }
  const chart = chartOf(spec, own, lookup);
  const values = valuesOf(spec, own, lookup);
  if ('reason' in chart || 'reason' in values) {
    return 'reason' in chart ? chart : (values as Refused);
  }
  const namespace = spec.targetNamespace ?? own;
  return {
    chart,
    namespace,
    // GetReleaseName, fluxcd/helm-controller api/v2/helmrelease_types.go
    release: spec.releaseName ?? (spec.targetNamespace ? `${spec.targetNamespace}-${metadata.name}` : metadata.name),
    values: (values as { readonly values: Values }).values,
    postRenderers: (spec.postRenderers ?? []).flatMap((each: any) => each?.kustomize ?? []),
  };
}

function chartOf(spec: any, own: string, lookup: ObjectLookup): ChartReference | Refused {
  const reference = spec?.chartRef;
  if (reference) {
    const source = lookup.find(reference.kind, reference.namespace ?? own, reference.name);
    const detail = `${reference.kind} ${reference.namespace ?? own}/${reference.name}`;
    if (reference.kind === 'HelmChart' && source) {
      return namedChart(source.spec, source.metadata.namespace ?? own, lookup);
    }
    const name = String(source?.spec?.url ?? '').replace(/\/+$/, '').replace(/^.*\//, '');
    return reference.kind !== 'OCIRepository' || name === ''
      ? { reason: 'other-source', detail }
      : archive(name, source.spec.ref?.tag ?? source.spec.ref?.semver);
  }
  const chart = spec?.chart?.spec;
  return namedChart(chart, own, lookup);
}

function namedChart(spec: any, own: string, lookup: ObjectLookup): ChartReference | Refused {
  const { kind, name, namespace = own } = spec?.sourceRef ?? {};
  if (typeof spec?.chart !== 'string') {
    return { reason: 'unsupported', detail: 'a HelmRelease without a chart' };
  }
  const { valuesFiles, valuesFile, ignoreMissingValuesFiles } = spec;
  const hasFiles = Array.isArray(valuesFiles) && valuesFiles.length > 0;
  if (valuesFile || (hasFiles && kind === 'HelmRepository')) {
    return { reason: 'unsupported', detail: valuesFile ? 'valuesFile' : 'valuesFiles of a chart of a repository' };
  }
  if (kind === 'HelmRepository') {
    return archive(spec.chart, spec.version);
  }
  const files = { paths: hasFiles ? valuesFiles.map(String) : [], ignoresMissing: ignoreMissingValuesFiles === true };
  return lookup.isTree(kind, namespace, name)
    ? { kind: 'path', path: spec.chart, ...(hasFiles ? { valuesFiles: files } : {}) }
    : { reason: 'other-source', detail: `${kind} ${namespace}/${name}` };
}

function archive(name: string, version: unknown): ChartReference | Refused {
  return typeof version === 'string' && /^v?\d+\.\d+\.\d+([-+][\w.+-]*)?$/.test(version)
    ? { kind: 'archive', name, version }
    : { reason: 'version-range', detail: `${name} ${version === undefined ? '(no version)' : String(version)}` };
}

/** Values of ConfigMaps and Secrets in their order, then those of the release. */
function valuesOf(spec: any, own: string, lookup: ObjectLookup): { readonly values: Values } | Refused {
  const all: Values[] = [];
  for (const { kind, name, valuesKey = 'values.yaml', targetPath } of spec?.valuesFrom ?? []) {
    const detail = `${kind} ${own}/${name}`;
    const object = lookup.find(kind, own, name);
    const text = object && dataOf(object)?.get(valuesKey);
    const values =
      text === undefined
        ? undefined
        : targetPath === undefined
          ? parsedValues(text)
          : valueAtPath(targetPath, typedText(text));
    // an optional one may exist in the cluster all the same
    if (values === undefined) {
      return { reason: 'values-unknown', detail };
    }
    all.push(values);
  }
  return { values: mergeAll([...all, isMap(spec?.values) ? spec.values : {}]) };
}

/** Values as a file has them; undefined if it is invalid. */
export function parsedValues(text: string): Values | undefined {
  const { value, problems } = readYaml(text, '');
  const values = value ?? {};
  return problems.length === 0 && isMap(values) ? values : undefined;
}
