import { createHash } from 'crypto';
import { ApiResource, resourceOf } from './api-resources';
import { Command } from './command';
import { kubectl } from './kube';

/**
 * Apply sets: labels and parents in the cluster record what this program applied.
 *
 * The program removes members itself, one by one, each by its UID. `kubectl apply --prune` would remove whatever is in
 * the set when it runs, also what another run added after the plan was shown.
 *
 * Each set has a parent object of a separate kind, with the kinds of the members. A Secret or ConfigMap as parent would
 * serve members of one namespace only (KEP-3659).
 *
 * Every mesh has three sets in each cluster, applied in this order:
 *
 * - `objects`: everything else, and the policies that allow something;
 * - `denies`: the policies that only deny, and Endpoints;
 * - `backends`: workloads, whose pods then start under their policies, and EndpointSlices.
 *
 * Kubernetes copies the labels of a Service to its Endpoints and EndpointSlices, and those of Endpoints to the
 * EndpointSlices that mirror them. In one set with their originals, the copies would look like members that were not
 * applied, and would be removed.
 *
 * Source: the ApplySet specification, KEP-3659.
 */
export const APPLY_SETS = ['objects', 'denies', 'backends'] as const;
export type ApplySetName = (typeof APPLY_SETS)[number];

const GROUP = 'cdk8s-cilium-mesh.github.io';
const PLURAL = `applysets.${GROUP}`;

/** The label of every member. */
export const PART_OF = 'applyset.kubernetes.io/part-of';

/** The annotation of a parent with the kinds of the members. */
const GROUP_KINDS = 'applyset.kubernetes.io/contains-group-kinds';

/** The default name of the apply sets of a mesh. */
export const DEFAULT_APPLY_SET = 'cilium-mesh';

/** The name of the parent of a set. */
export function parentName(mesh: string, set: ApplySetName): string {
  return `${mesh}-${set}`;
}

/** The ID of a set, in the label of its members: `base64(sha256(<name>.<namespace>.<kind>.<group>))`. */
export function applySetId(mesh: string, set: ApplySetName): string {
  const identity = `${parentName(mesh, set)}..ApplySet.${GROUP}`;
  return `applyset-${createHash('sha256').update(identity).digest('base64url')}-v1`;
}

/** The kind of the parents. */
export const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: PLURAL, labels: { 'applyset.kubernetes.io/is-parent-type': 'true' } },
  spec: {
    group: GROUP,
    scope: 'Cluster',
    names: { kind: 'ApplySet', plural: 'applysets', singular: 'applyset' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: 'The parent of an apply set of kubectl: what cilium-mesh applied.',
          },
        },
      },
    ],
  },
};

/** A set in a cluster, of this mesh or another one. */
export interface RecordedSet {
  readonly id: string;
  /** The name of its parent. */
  readonly name: string;
  readonly kinds: readonly string[];
}

/** The program that changes the sets: kubectl refuses sets of other programs, and so prunes nothing in them. */
const TOOLING = 'cilium-mesh/v1';

/** The parents of a mesh, with the kinds of the members of each set. */
export function parentObjects(mesh: string, kinds: (set: ApplySetName) => readonly string[]): any[] {
  return APPLY_SETS.map(set => ({
    apiVersion: `${GROUP}/v1`,
    kind: 'ApplySet',
    metadata: {
      name: parentName(mesh, set),
      labels: { 'applyset.kubernetes.io/id': applySetId(mesh, set) },
      annotations: {
        'applyset.kubernetes.io/tooling': TOOLING,
        [GROUP_KINDS]: [...new Set(kinds(set))].sort().join(','),
      },
    },
  }));
}

/** Prints the sets in a cluster, of all programs, as JSON. */
export function setsQuery(context: string): Command {
  return kubectl(context).get(PLURAL, '-o', 'json');
}

/** Whether an API server has sets: it serves the kind of their parents. */
export function hasSets(resources: readonly ApiResource[]): boolean {
  return resourceOf(resources, { group: GROUP, kind: 'ApplySet' }) !== undefined;
}

/** The sets in the output of `setsQuery`. */
export function readSets(parents: readonly any[]): RecordedSet[] {
  return parents.flatMap(({ metadata }) => {
    const id = metadata.labels?.['applyset.kubernetes.io/id'];
    const text: string = metadata.annotations?.[GROUP_KINDS] ?? '';
    return id === undefined ? [] : [{ id, name: metadata.name, kinds: text.split(',').filter(each => each !== '') }];
  });
}

/** Prints the members of all sets, of all programs, as JSON. */
export function membersQuery(context: string, kinds: readonly string[]): Command {
  return kubectl(context).get(kinds.join(','), '--all-namespaces', '-l', PART_OF, '-o', 'json');
}
