import { APPLY_SETS, applySetId, ApplySetName, PART_OF } from './apply-set';
import { Command } from './command';
import { LiveObject } from './live-object';

/** What a cluster must contain, in the order in which it is applied. */
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
  /** Members of the sets that are not in the manifests any more; policies in the order of their removal. */
  readonly removals: readonly Removal[];
  /** An object belongs to another set than before: kubectl must prune nothing until it is in that set. */
  readonly hasMoves: boolean;
  /** How many members of the sets are in the manifests. */
  readonly keptMembers: number;
}

/** An object that left the mesh. */
export interface Removal extends LiveObject {
  readonly set: ApplySetName;
  readonly isPolicy: boolean;
}

/** Steps whose objects `apply --print` prints; `labelled` are those of `objects` with the label of their set. */
export const PRINTED_STEPS = ['definitions', ...APPLY_SETS, 'labelled'] as const;
export type PrintedStep = (typeof PRINTED_STEPS)[number];

/** The objects that a step passes to kubectl. */
export function printedObjects(
  { definitions, sets }: Pick<ClusterObjects, 'definitions' | 'sets'>,
  step: PrintedStep,
  applySet: string,
): readonly LiveObject[] {
  switch (step) {
    case 'definitions':
      return definitions;
    case 'labelled':
      return labelObjects(sets.objects, applySetId(applySet, 'objects'));
    default:
      return sets[step];
  }
}

/** How objects are applied. */
export interface ApplySettings {
  /** The name of the apply sets of this mesh. */
  readonly applySet: string;
  /** Takes over fields that other field managers set; without it the API server refuses them. */
  readonly forceConflicts?: boolean;
  /** The command that prints the objects of a step, for scripts, which must not contain Secrets. */
  readonly printer: (cluster: string, step: PrintedStep) => Command;
}

/** The objects with the label of their set, as kubectl writes it. */
export function labelObjects(objects: readonly LiveObject[], id: string): LiveObject[] {
  return objects.map(({ object, ...name }) => {
    const { metadata } = object;
    return { ...name, object: { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [PART_OF]: id } } } };
  });
}
