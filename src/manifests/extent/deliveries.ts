import { generatedSpecs } from './generated-applications';
import { changesNamespaces, isNamespaceName } from './namespace-changes';
import { isMap } from '../../diagnostics/is-map';
import { ARGO_CHANGES, FLUX_CHANGES, hasAny } from '../delivery/changed-files';
import { ArgoTree } from '../delivery/generators';
import { plainUrl } from '../delivery/repository-url';
import { joinPaths } from '../slash-paths';

/** What Flux or Argo CD applies of one folder of a repository. */
export interface FolderDelivery {
  readonly program: 'flux' | 'argo';
  /** The repository: for Argo CD its URL in short, for Flux its object. */
  readonly repository: string;
  /** From the root of the repository, with `/` between names. */
  readonly path: string;
  /** The components that it adds, as paths from that one. */
  readonly components: readonly string[];
  /** The namespace of all objects. */
  readonly namespace?: string;
  /** The namespace of objects without one. */
  readonly fallback?: string;
  /** Whether it changes objects otherwise. */
  readonly changes: boolean;
  /** Whether it gives namespaces to objects in a way that is not modelled. */
  readonly movesObjects: boolean;
  /** Whether it applies the files of folders in the folder too. */
  readonly isDeep: boolean;
}

/** What Flux or Argo CD applies of something that is no folder of files. */
export interface OtherDelivery {
  /** The namespaces of its objects, with an empty one for what has none; undefined if they can be in any. */
  readonly namespaces: readonly string[] | undefined;
}

export type Delivery = FolderDelivery | OtherDelivery;

const ANYWHERE: OtherDelivery = { namespaces: undefined };

/**
 * What an object makes Flux or Argo CD apply; empty for other objects, and for a HelmRelease. Generators of an
 * ApplicationSet read the tree.
 */
export function deliveriesOf(object: any, tree: ArgoTree): Delivery[] {
  const { apiVersion, kind, metadata, spec } = object;
  if (kind === 'Kustomization' && apiVersion.startsWith('kustomize.toolkit.fluxcd.io/')) {
    return [fluxDelivery(metadata, spec)];
  }
  if (!apiVersion.startsWith('argoproj.io/')) {
    return [];
  }
  switch (kind) {
    case 'Application':
      return argoDeliveries(spec);
    case 'ApplicationSet':
      return generatedSpecs(object, tree)?.flatMap(argoDeliveries) ?? [ANYWHERE];
    default:
      return [];
  }
}

/** What is applied of a folder that is not read. */
export function unreadDelivery({ namespace, movesObjects }: FolderDelivery): OtherDelivery {
  // it may hold policies of the whole cluster
  return namespace === undefined || movesObjects ? ANYWHERE : { namespaces: [namespace, ''] };
}

function fluxDelivery(metadata: any, spec: any): Delivery {
  const { kind, name, namespace = metadata.namespace } = spec?.sourceRef ?? {};
  const { path = '', targetNamespace, components = [] } = spec ?? {};
  if (isSet(targetNamespace) && !isNamespaceName(targetNamespace)) {
    return ANYWHERE;
  }
  const delivery: FolderDelivery = {
    program: 'flux',
    repository: `${kind} ${namespace}/${name}`,
    path: joinPaths('', String(path)),
    components: Array.isArray(components) ? components.map(String) : [],
    ...(isSet(targetNamespace) ? { namespace: targetNamespace } : {}),
    changes: hasAny(spec, FLUX_CHANGES),
    movesObjects: ['patches', 'patchesStrategicMerge', 'patchesJson6902'].some(each => changesNamespaces(spec?.[each])),
    isDeep: true,
  };
  return kind === 'GitRepository' && isPlain(path) ? delivery : unreadDelivery(delivery);
}

function argoDeliveries(spec: any): Delivery[] {
  const sources: any[] = [spec?.source, ...(Array.isArray(spec?.sources) ? spec.sources : [])].filter(isMap);
  const destination = spec?.destination?.namespace;
  // a source with only a name is there for the files of others
  const applied = sources.filter(each => each.path !== undefined || each.chart !== undefined);
  return applied.length === 0 || (isSet(destination) && !isNamespaceName(destination))
    ? [ANYWHERE]
    : applied.map(each => argoDelivery(each, isSet(destination) ? destination : undefined));
}

function argoDelivery(source: any, destination: string | undefined): Delivery {
  const { repoURL, path, chart, plugin, directory, kustomize } = source;
  const { jsonnet, include, exclude, recurse } = directory ?? {};
  if (chart !== undefined) {
    return { namespaces: destination === undefined ? undefined : [destination] };
  }
  const namespace = kustomize?.namespace;
  const isModelled =
    [plugin, jsonnet, include, exclude].every(each => each === undefined) &&
    (!isSet(namespace) || isNamespaceName(namespace)) &&
    isPlain(path);
  const components = kustomize?.components;
  return isModelled
    ? {
      program: 'argo',
      repository: plainUrl(String(repoURL)),
      path: joinPaths('', String(path)),
      components: Array.isArray(components) ? components.map(String) : [],
      ...(isSet(namespace) ? { namespace } : {}),
      ...(destination === undefined ? {} : { fallback: destination }),
      changes: hasAny(kustomize, ARGO_CHANGES),
      movesObjects: changesNamespaces(kustomize?.patches),
      isDeep: recurse === true,
    }
    : ANYWHERE;
}

/** Whether a path has no variables. */
function isPlain(path: unknown): boolean {
  return typeof path === 'string' && !/[${}*]/.test(path);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
