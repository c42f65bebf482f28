import { PruneSelector } from './prune-selector';
import { isClusterScoped } from '../../cilium/cluster-scoped-kinds';
import { CONTROLLER_ANNOTATION, workloadKindOf } from '../../cilium/workload-kinds';
import { Layers } from '../input';
import { Manifest } from '../manifest';

/** What the manifests change in the base, without the cluster before. */
export type MergedLayers = Omit<Layers, 'before'>;

/**
 * The objects of a cluster after manifests are applied to its base.
 *
 * - An object of the manifests replaces that of the base with the same group, kind, namespace and name.
 * - Pods of a replaced workload, and its ReplicaSets and Jobs, are left out: its controller replaces them too.
 * - `prune` deletes objects of the base with its labels, unless the manifests contain them. Copies and controlled
 *   objects have the labels of others, so they are deleted with those, and never by their own labels.
 * - What is in a deleted namespace is deleted.
 */
export function mergeLayers(
  manifests: readonly Manifest[],
  base: readonly Manifest[],
  prune: PruneSelector | undefined,
): { readonly manifests: Manifest[]; readonly layers: MergedLayers } {
  const written = new Set(manifests.map(({ object }) => identity(object)));
  const kept = base.filter(({ object }) => !written.has(identity(object)));
  const replaced = new Set(base.map(({ object }) => identity(object)).filter(each => written.has(each)));
  const deleted = prune ? deletedOf(kept, prune) : new Set<Manifest>();
  const workloads = base.filter(({ object }) => written.has(identity(object)) && workloadKindOf(object) !== undefined);
  const outdated = controlledBy(workloads, kept.filter(each => !deleted.has(each)));
  return {
    manifests: [...kept.filter(each => !deleted.has(each) && !outdated.has(each)), ...manifests],
    layers: {
      base,
      replaced: replaced.size,
      added: written.size - replaced.size,
      deleted: [...deleted],
      outdated: [...outdated],
      ...(prune ? { prune: prune.text } : {}),
    },
  };
}

function deletedOf(objects: readonly Manifest[], prune: PruneSelector): Set<Manifest> {
  const deleted = new Set(
    objects.filter(({ object }) => {
      const isCopy = object.kind === 'Endpoints' || object.kind === 'EndpointSlice';
      return !isCopy && controllersOf(object).length === 0 && prune.selects(object.metadata.labels);
    }),
  );
  for (let before = -1; before < deleted.size;) {
    before = deleted.size;
    const gone = new Set([...deleted].map(({ object }) => ownerKey(object, object.kind, object.metadata.name)));
    const namespaces = new Set(
      [...deleted].filter(({ object }) => object.kind === 'Namespace').map(({ object }) => object.metadata.name),
    );
    for (const manifest of objects) {
      const { object } = manifest;
      const owners = [...controllersOf(object), ...serviceOf(object)];
      if (
        owners.some(({ kind, name }) => gone.has(ownerKey(object, kind, name))) ||
        (!isClusterScoped(object.kind) && namespaces.has(namespaceOf(object)))
      ) {
        deleted.add(manifest);
      }
    }
  }
  return deleted;
}

/** The objects that these control, and what those control in turn. */
function controlledBy(controllers: readonly Manifest[], objects: readonly Manifest[]): Set<Manifest> {
  const keys = new Set(controllers.map(({ object }) => ownerKey(object, object.kind, object.metadata.name)));
  const controlled = new Set<Manifest>();
  for (let before = -1; before < controlled.size;) {
    before = controlled.size;
    for (const manifest of objects.filter(each => !controlled.has(each))) {
      const { object } = manifest;
      if (controllersOf(object).some(({ kind, name }) => keys.has(ownerKey(object, kind, name)))) {
        controlled.add(manifest);
        keys.add(ownerKey(object, object.kind, object.metadata.name));
      }
    }
  }
  return controlled;
}

interface Owner {
  readonly kind: string;
  readonly name: string;
}

/** The controllers of an object; of a pod of a ReplicaSet also its Deployment, which names ReplicaSets by a hash. */
function controllersOf({ metadata }: any): Owner[] {
  const references: any[] = Array.isArray(metadata.ownerReferences) ? metadata.ownerReferences : [];
  const controllers = references.filter(each => each?.controller === true && typeof each.name === 'string');
  const hash = `-${metadata.labels?.['pod-template-hash']}`;
  const [, kind, name] = /^([^/]+)\/(.+)$/.exec(String(metadata.annotations?.[CONTROLLER_ANNOTATION] ?? '')) ?? [];
  return [
    ...controllers,
    ...controllers.flatMap(each =>
      each.kind === 'ReplicaSet' && each.name.endsWith(hash)
        ? [{ kind: 'Deployment', name: each.name.slice(0, -hash.length) }]
        : [],
    ),
    ...(kind === undefined ? [] : [{ kind, name }]),
  ];
}

/** The Service of Endpoints and EndpointSlices. */
function serviceOf({ kind, metadata }: any): Owner[] {
  const name = kind === 'Endpoints' ? metadata.name : metadata.labels?.['kubernetes.io/service-name'];
  return (kind === 'Endpoints' || kind === 'EndpointSlice') && typeof name === 'string' ? [{ kind: 'Service', name }] : [];
}

function ownerKey(object: any, kind: string, name: string): string {
  return JSON.stringify([isClusterScoped(kind) ? '' : namespaceOf(object), kind, name]);
}

/** What two objects have in common that are the same one. */
export function identity(object: any): string {
  const group = object.apiVersion.replace(/(^|\/)[^/]*$/, '');
  return JSON.stringify([
    group,
    object.kind,
    isClusterScoped(object.kind) ? '' : namespaceOf(object),
    object.metadata.name,
  ]);
}

function namespaceOf({ metadata }: any): string {
  return metadata.namespace || 'default';
}
