import { createHash } from 'crypto';
import { Command } from './command';
import { kubectl } from './kube';

/**
 * Apply sets: kubectl records what it applied, and removes members that are not applied any more.
 *
 * Each set has a parent object of a separate kind, on which kubectl records the kinds of the members. A Secret or
 * ConfigMap as parent would serve members of one namespace only: kubectl requires `--namespace` with it, and then
 * refuses all other namespaces.
 *
 * Every mesh has three sets in each cluster, applied in this order:
 *
 * - `objects`: everything else, and the policies that allow something;
 * - `denies`: the policies that only deny, and Endpoints;
 * - `backends`: workloads, whose pods then start under their policies, and EndpointSlices.
 *
 * Kubernetes copies the labels of a Service to its Endpoints and EndpointSlices, and those of Endpoints to the
 * EndpointSlices that mirror them. In one set with their originals, the copies would look like members that were not
 * applied, and kubectl would remove them.
 *
 * Source: the ApplySet specification, KEP-3659; kubectl's pkg/cmd/apply/applyset.go and applyset_pruner.go, v0.36.3.
 */
export const APPLY_SETS = ['objects', 'denies', 'backends'] as const;
export type ApplySetName = (typeof APPLY_SETS)[number];

const GROUP = 'cdk8s-cilium-mesh.github.io';
const PLURAL = `applysets.${GROUP}`;

/** The label of every member. */
export const PART_OF = 'applyset.kubernetes.io/part-of';

/** The annotation in which kubectl records the kinds of the members. */
const GROUP_KINDS = 'applyset.kubernetes.io/contains-group-kinds';

/** The default name of the apply sets of a mesh. */
export const DEFAULT_APPLY_SET = 'cilium-mesh';

/** The name of the parent of a set. */
export function parentName(mesh: string, set: ApplySetName): string {
  return `${mesh}-${set}`;
}

/** The value of `--applyset` for a set. */
export function parentReference(mesh: string, set: ApplySetName): string {
  return `${PLURAL}/${parentName(mesh, set)}`;
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

/** The parents of a mesh, as they are before the first apply. */
export function parentObjects(mesh: string): any[] {
  return APPLY_SETS.map(set => ({
    apiVersion: `${GROUP}/v1`,
    kind: 'ApplySet',
    metadata: {
      name: parentName(mesh, set),
      labels: { 'applyset.kubernetes.io/id': applySetId(mesh, set) },
      annotations: { 'applyset.kubernetes.io/tooling': 'kubectl/v1.27.0', [GROUP_KINDS]: '' },
    },
  }));
}

/** Prints the kind of the parents, or nothing before the first apply. */
export function definitionQuery(context: string): Command {
  return kubectl(context).get('customresourcedefinitions', PLURAL, '--ignore-not-found', '-o', 'name');
}

/** Prints the parents of a mesh, as JSON. */
export function parentsQuery(context: string, mesh: string): Command {
  return kubectl(context).get(PLURAL, '-l', `applyset.kubernetes.io/id in (${applySetIds(mesh)})`, '-o', 'json');
}

/** Succeeds when all parents exist. */
export function parentsCheck(context: string, mesh: string): Command {
  return kubectl(context).get(PLURAL, ...APPLY_SETS.map(set => parentName(mesh, set)), '-o', 'name');
}

/** The kinds of the members, as kubectl recorded them on the parents. */
export function readMemberKinds(list: any): string[] {
  const annotations = (list?.items ?? []).map((each: any) => each.metadata?.annotations?.[GROUP_KINDS] ?? '');
  const kinds: string[] = annotations.flatMap((text: string) => text.split(','));
  return [...new Set(kinds.filter(each => each !== ''))].sort();
}

/** Prints the members of all sets of a mesh, as JSON. */
export function membersQuery(context: string, mesh: string, kinds: readonly string[]): Command {
  const selector = `${PART_OF} in (${applySetIds(mesh)})`;
  return kubectl(context).get(kinds.join(','), '--all-namespaces', '-l', selector, '-o', 'json');
}

function applySetIds(mesh: string): string {
  return APPLY_SETS.map(set => applySetId(mesh, set)).join(',');
}
