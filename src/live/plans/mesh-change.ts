import { ClusterObjects, Removal } from './apply-objects';
import { LiveObject, objectKey, objectName } from './live-object';
import { allObjects } from './object-changes';
import { MeshChange } from '../../evaluator/queries/order/change-order';
import { ObjectChange } from '../../evaluator/queries/order/change-states';
import { flowParts, isAboutServices, namesServices } from '../../evaluator/queries/order/flow-parts';
import { isPolicyKind } from '../../evaluator/read/policy/policy';
import { ClusterInput, MeshInput } from '../../manifests/input';
import { Manifest } from '../../manifests/manifest';

/** The objects of a cluster, and what they become. */
export interface MergedObjects {
  readonly cluster: ClusterObjects;
  /** What the objects of the manifests become, as the API server says, by their keys; those that it was asked about. */
  readonly merged: ReadonlyMap<string, any>;
}

/** A change of a mesh, with the objects that change. */
export interface LiveMeshChange extends MeshChange {
  readonly objects: ReadonlyMap<ObjectChange, ChangedLiveObject>;
  /** The clusters whose objects are not known: only what the others decide is judged. */
  readonly unknown: readonly string[];
}

/** An object that is applied, or removed. */
export type ChangedLiveObject =
  | { readonly kind: 'apply'; readonly object: LiveObject }
  | { readonly kind: 'remove'; readonly object: Removal };

/**
 * What flows depend on in the change from the objects that clusters have to those of the manifests. Objects that this
 * mesh does not apply stay as the manifests have them. New namespaces and definitions exist from the start: an order
 * does not change when they come.
 *
 * Of a cluster whose objects are not known, the policies are left out: each flow with it is allowed there, so what the
 * other end decides is judged, and nothing else.
 */
export function meshChange(input: MeshInput, clusters: readonly MergedObjects[]): LiveMeshChange {
  const known = new Map(clusters.map(each => [each.cluster.name, each]));
  const objects = new Map<ObjectChange, ChangedLiveObject>();
  const policies = [
    ...input.clusters.flatMap(each => each.manifests.map(({ object }) => object)),
    ...clusters.flatMap(({ cluster: { current } }) => [
      ...current.live.values(),
      ...current.removals.map(each => each.object),
    ]),
  ];
  const dependsOnServices = policies.some(each => isPolicyKind(each.kind) && namesServices(each));
  const parts = (object: any) =>
    !dependsOnServices && isAboutServices(object) ? undefined : flowParts(object);
  return {
    input: {
      ...input,
      clusters: input.clusters.map(cluster => {
        const merged = known.get(cluster.name);
        return merged ? clusterChange(cluster, merged, parts, objects) : withoutPolicies(cluster);
      }),
    },
    changes: [...objects.keys()],
    objects,
    unknown: input.clusters.flatMap(({ name }) => (known.has(name) ? [] : [name])),
  };
}

/** The objects of a cluster that stay; those that change are added to `changes`. */
function clusterChange(
  input: ClusterInput,
  { cluster, merged }: MergedObjects,
  parts: (object: any) => string | undefined,
  changes: Map<ObjectChange, ChangedLiveObject>,
): ClusterInput {
  const { name, definitions, current } = cluster;
  const own = new Map(allObjects(cluster).map(each => [objectKey(each), each]));
  const isDefinition = new Set(definitions.map(objectKey));
  const constant = input.manifests.filter(each => !own.has(keyIn(own, each)));
  for (const [key, object] of own) {
    const live = current.live.get(key);
    const after = manifestOf(name, merged.get(key) ?? object.object);
    if (live === undefined && !isDefinition.has(key) && parts(after.object) !== undefined) {
      changes.set({ cluster: name, after }, { kind: 'apply', object });
    } else if (live !== undefined && parts(live) !== parts(after.object)) {
      changes.set({ cluster: name, before: manifestOf(name, live), after }, { kind: 'apply', object });
    } else {
      constant.push(after);
    }
  }
  for (const removal of current.removals) {
    if (parts(removal.object) !== undefined) {
      changes.set({ cluster: name, before: manifestOf(name, removal.object) }, { kind: 'remove', object: removal });
    }
  }
  return { ...input, manifests: constant };
}

/** The mesh in which only some clusters are changed. Clusters whose objects are not known are as in the manifests. */
export function meshDuring(
  input: MeshInput,
  clusters: readonly MergedObjects[],
  changed: readonly string[],
): MeshInput {
  return {
    ...input,
    clusters: input.clusters.map(cluster => {
      const known = clusters.find(each => each.cluster.name === cluster.name);
      if (!known) {
        return cluster;
      }
      const { current } = known.cluster;
      const isChanged = changed.includes(cluster.name);
      const own = new Map(allObjects(known.cluster).map(each => [objectKey(each), each.object]));
      const objects = [...own].flatMap(([key, object]) =>
        isChanged ? [known.merged.get(key) ?? object] : current.live.has(key) ? [current.live.get(key)] : [],
      );
      return {
        ...cluster,
        manifests: [
          ...cluster.manifests.filter(each => !own.has(keyIn(own, each))),
          ...[...objects, ...(isChanged ? [] : current.removals.map(each => each.object))].map(each =>
            manifestOf(cluster.name, each),
          ),
        ],
      };
    }),
  };
}

/** The key of a manifest: an object without a namespace goes to `default`, if its kind has one. */
function keyIn(own: ReadonlyMap<string, unknown>, { object }: Manifest): string {
  const key = objectKey(objectName(object));
  return own.has(key)
    ? key
    : objectKey({ ...objectName(object), namespace: object.metadata.namespace ?? 'default' });
}

function withoutPolicies(input: ClusterInput): ClusterInput {
  return { ...input, manifests: input.manifests.filter(({ object }) => !isPolicyKind(object.kind)) };
}

function manifestOf(file: string, object: any): Manifest {
  return { file, object, line: () => undefined };
}
