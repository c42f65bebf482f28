import { APPLY_SETS, applySetId, ApplySetName, PART_OF, RecordedSet } from './apply-set';
import { ClusterIdentity } from './cluster-identity';
import { Command } from './command';
import { ConnectionMode } from './connection-mode';
import { LiveObject, ObjectName, objectKey } from './live-object';

/** What a cluster must contain, in the order in which it is applied, and what it contains today. */
export interface ClusterObjects {
  readonly name: string;
  /** kubectl context. */
  readonly context: string;
  /**
   * Namespaces and custom resource definitions: created first, and never removed, since other objects may depend on
   * them.
   */
  readonly definitions: readonly LiveObject[];
  readonly sets: { readonly [set in ApplySetName]: readonly LiveObject[] };
  readonly current: CurrentObjects;
}

/** What a cluster contains today, as far as it concerns a mesh. */
export interface CurrentObjects {
  /** Members of the sets that are not in the manifests any more; policies in the order of their removal. */
  readonly removals: readonly Removal[];
  /** The number of members of the sets that are in the manifests. */
  readonly keptMembers: number;
  /** Objects of the manifests that are members of a set of another mesh or program. */
  readonly shared: readonly SharedObject[];
  /** The keys of the definitions and members that exist (`objectKey`). */
  readonly existing: ReadonlySet<string>;
  /** The objects of the manifests that exist, as the API server prints them, by their keys. */
  readonly live: ReadonlyMap<string, any>;
  /** The kinds that the API server serves (`groupKind`). */
  readonly served: ReadonlySet<string>;
  /** The sets of this mesh, as their parents record them. */
  readonly recorded: readonly RecordedSet[];
  /** The cluster that the context leads to; undefined where no cluster was asked. */
  readonly identity?: ClusterIdentity;
}

/** An empty cluster, or one that was not asked. */
export const NOTHING: CurrentObjects = {
  removals: [],
  keptMembers: 0,
  shared: [],
  existing: new Set(),
  live: new Map(),
  served: new Set(),
  recorded: [],
};

/** An object that left the mesh. */
export interface Removal extends LiveObject {
  readonly set: ApplySetName;
  readonly isPolicy: boolean;
  /** The UID of the object that was shown: no other object of this name is removed. */
  readonly uid: string;
  /** Its path in the API. */
  readonly path: string;
}

/** An object that belongs to another set. */
export interface SharedObject extends ObjectName {
  /** The name of the parent of that set, or its ID where it has no parent. */
  readonly owner: string;
}

/** Steps whose objects `apply --print` prints. */
export const PRINTED_STEPS = ['definitions', ...APPLY_SETS] as const;
export type PrintedStep = (typeof PRINTED_STEPS)[number];

/** The objects that a step passes to kubectl: those of a set with its label. */
export function printedObjects(
  { definitions, sets }: Pick<ClusterObjects, 'definitions' | 'sets'>,
  step: PrintedStep,
  applySet: string,
): readonly LiveObject[] {
  return step === 'definitions' ? definitions : labelObjects(sets[step], applySetId(applySet, step));
}

/** How objects are applied. */
export interface ApplySettings {
  /** The name of the apply sets of this mesh. */
  readonly applySet: string;
  /** Takes over fields that other field managers set; without it the API server refuses them. */
  readonly forceConflicts?: boolean;
  /** Moves objects of other apply sets to the sets of this mesh; without it, such an object is refused. */
  readonly takeOver?: boolean;
  /** The clusters of this run are connected: the records in them say so. */
  readonly connected?: { readonly mode?: ConnectionMode };
  /** The command that prints the objects of a step, for scripts, which must not contain Secrets. */
  readonly printer: (cluster: string, step: PrintedStep) => Command;
  /** The command that verifies a canary, for scripts. */
  readonly verifier: (canary: string) => Command;
}

/** The definitions that do not exist in the cluster. */
export function missingDefinitions({ definitions, current }: ClusterObjects): LiveObject[] {
  return definitions.filter(each => !current.existing.has(objectKey(each)));
}

/** Whether an object needs a definition that does not exist yet: the API server cannot validate it before. */
export function needsDefinition({ group, kind, namespace }: ObjectName, missing: readonly LiveObject[]): boolean {
  return missing.some(({ object, name }) =>
    object.kind === 'Namespace'
      ? namespace === name
      : object.spec?.group === group && object.spec?.names?.kind === kind,
  );
}

/** The objects with the label of their set, as kubectl writes it. */
export function labelObjects(objects: readonly LiveObject[], id: string): LiveObject[] {
  return objects.map(({ object, ...name }) => {
    const { metadata } = object;
    return { ...name, object: { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [PART_OF]: id } } } };
  });
}
