import { Refused } from './not-built';
import { dataOf } from './values';

/** A cluster that Argo CD knows. */
export interface ArgoCluster {
  readonly name: string;
  readonly server: string;
  readonly labels: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
}

/** The cluster that Argo CD itself runs in. */
export const IN_CLUSTER: ArgoCluster = {
  name: 'in-cluster',
  server: 'https://kubernetes.default.svc',
  labels: {},
  annotations: {},
};

/** The clusters in Secrets of a tree. */
export function argoClusters(secrets: readonly any[]): ArgoCluster[] {
  return secrets
    .filter(({ metadata }) => metadata.labels?.['argocd.argoproj.io/secret-type'] === 'cluster')
    .map(secret => {
      const data = dataOf(secret);
      const { name, labels = {}, annotations = {} } = secret.metadata;
      return { name: data?.get('name') ?? name, server: data?.get('server') ?? '', labels, annotations };
    });
}

/**
 * The Applications of an ApplicationSet with list and cluster generators, or why they are unknown. `clusters` are those
 * in Secrets of the tree.
 */
export function expandApplicationSet(object: any, clusters: readonly ArgoCluster[]): any[] | Refused {
  const { spec, metadata } = object;
  if (spec?.templatePatch !== undefined) {
    return { reason: 'template-functions', detail: 'spec.templatePatch' };
  }
  const applications: any[] = [];
  for (const generator of spec?.generators ?? []) {
    const parameters = parametersOf(generator, clusters);
    if ('reason' in parameters) {
      return parameters;
    }
    for (const each of parameters) {
      const text = fill(JSON.stringify(spec.template ?? {}), each, spec.goTemplate === true);
      if (typeof text !== 'string') {
        return text;
      }
      const { metadata: own = {}, spec: filled } = JSON.parse(text);
      applications.push({
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { namespace: metadata.namespace, ...own },
        spec: filled,
      });
    }
  }
  return applications;
}

type Parameters = { readonly [key: string]: any };

function parametersOf(generator: any, clusters: readonly ArgoCluster[]): Parameters[] | Refused {
  const kinds = Object.keys(generator ?? {});
  const [kind] = kinds;
  if (kinds.length !== 1 || (kind !== 'list' && kind !== 'clusters')) {
    return { reason: 'generator', detail: kinds.join(', ') };
  }
  const { template, elements, elementsYaml, selector, values = {}, flatList } = generator[kind] ?? {};
  if (template !== undefined || elementsYaml !== undefined || flatList !== undefined) {
    return { reason: 'generator', detail: `${kind} with a template, elementsYaml or flatList` };
  }
  if (kind === 'list') {
    return elements ?? [];
  }
  if (clusters.length === 0) {
    return { reason: 'clusters-unknown', detail: 'clusters' };
  }
  const matches = matcher(selector);
  if ('reason' in matches) {
    return matches;
  }
  // without a selector, the cluster of Argo CD itself is one of them (applicationset/generators/cluster.go)
  const isEverything = Object.keys(selector ?? {}).length === 0;
  const hasOwn = clusters.some(({ server }) => server === IN_CLUSTER.server);
  return [...clusters, ...(isEverything && !hasOwn ? [IN_CLUSTER] : [])].filter(matches.matches).map(
    ({ name, server, labels, annotations }) => ({
      name,
      nameNormalized: name.toLowerCase().replace(/[^a-z0-9.-]/g, '-').replace(/^[-.]+|[-.]+$/g, ''),
      server,
      metadata: { labels, annotations },
      values,
    }),
  );
}

function matcher(selector: any): { matches(cluster: ArgoCluster): boolean } | Refused {
  const { matchLabels = {}, matchExpressions = [], ...others } = selector ?? {};
  const unknown = matchExpressions.find((each: any) => !['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(each?.operator));
  if (unknown !== undefined || Object.keys(others).length > 0) {
    return { reason: 'unsupported', detail: 'clusters.selector' };
  }
  return {
    matches: ({ labels }) =>
      Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
      matchExpressions.every(({ key, operator, values = [] }: any) => {
        const has = labels[key] !== undefined;
        return operator === 'Exists'
          ? has
          : operator === 'DoesNotExist'
            ? !has
            : (operator === 'In') === (has && values.includes(labels[key]));
      }),
  };
}

/** Fills a template, which is JSON; values become parts of its texts. */
function fill(template: string, parameters: Parameters, isGo: boolean): string | Refused {
  let refused: Refused | undefined;
  const text = template.replace(/\{\{-?\s*((?:[^}]|\}(?!\}))*?)\s*-?\}\}/g, (match, inner: string) => {
    const path = isGo ? goPath(inner) : inner.split('.');
    const value = path && lookUp(parameters, path);
    if (value === undefined || typeof value === 'object') {
      refused ??= { reason: 'template-functions', detail: match.slice(0, 100) };
      return match;
    }
    return JSON.stringify(String(value)).slice(1, -1);
  });
  return refused ?? text;
}

/** The keys of `.a.b` and of `index .a "b"`; undefined for everything else. */
function goPath(text: string): string[] | undefined {
  const [, base, key] = /^index\s+\.([\w.]+)\s+\\"([^"\\]+)\\"$/.exec(text) ?? [];
  return base !== undefined ? [...base.split('.'), key] : /^\.[\w]+(\.[\w]+)*$/.test(text) ? text.slice(1).split('.') : undefined;
}

/** Keys of labels contain dots, so a key may be several of the names. */
function lookUp(value: any, path: readonly string[]): any {
  if (path.length === 0 || value === null || typeof value !== 'object') {
    return path.length === 0 ? value : undefined;
  }
  for (let length = path.length; length > 0; length--) {
    const key = path.slice(0, length).join('.');
    if (Object.prototype.hasOwnProperty.call(value, key)) {
      return lookUp(value[key], path.slice(length));
    }
  }
  return undefined;
}
