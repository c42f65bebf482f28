import { createHash } from 'crypto';
import { Command } from './command';
import { kubectl } from './kube';

/**
 * Apply sets: what kubectl knows to have applied, so that it can remove what is applied no more.
 *
 * Each set has a parent, an object of a kind of its own: kubectl keeps on it which kinds the members have. A Secret or ConfigMap as parent
 * would do for the members of one namespace only, because kubectl wants `--namespace` with it and refuses every other namespace then.
 *
 * Every mesh has three sets in each cluster, applied in this order:
 *
 * - `objects`: everything else, and the policies that allow something;
 * - `denies`: the policies that only deny, and Endpoints;
 * - `backends`: workloads, so that their pods start under their policies, and EndpointSlices.
 *
 * Kubernetes copies the labels of a Service to its Endpoints and EndpointSlices, and those of Endpoints to the EndpointSlices that mirror them: in
 * one set with what they are copied from, kubectl would take the copies for members that nobody applied, and remove them.
 *
 * Source: the ApplySet specification, KEP-3659; kubectl's pkg/cmd/apply/applyset.go and applyset_pruner.go, v0.36.3.
 */
export const APPLY_SETS = ['objects', 'denies', 'backends'] as const;
export type ApplySetName = typeof APPLY_SETS[number];

const GROUP = 'cdk8s-cilium-mesh.github.io';
const PLURAL = `applysets.${GROUP}`;

/** The label that every member carries. */
export const PART_OF = 'applyset.kubernetes.io/part-of';

/** The name under which a mesh is applied where none is given. */
export const DEFAULT_APPLY_SET = 'cilium-mesh';

/** Name of the parent of a set. */
export function parentName(mesh: string, set: ApplySetName): string {
  return `${mesh}-${set}`;
}

/** `--applyset` of a set. */
export function parentReference(mesh: string, set: ApplySetName): string {
  return `${PLURAL}/${parentName(mesh, set)}`;
}

/** The ID of a set, which its members carry: `base64(sha256(<name>.<namespace>.<kind>.<group>))`, as the specification says. */
export function applySetId(mesh: string, set: ApplySetName): string {
  return `applyset-${createHash('sha256').update(`${parentName(mesh, set)}..ApplySet.${GROUP}`).digest('base64url')}-v1`;
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
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', description: 'The parent of an apply set of kubectl: what cilium-mesh applied.' } } }],
  },
};

/** The parents of a mesh, as they are before anything was applied. */
export function parents(mesh: string): any[] {
  return APPLY_SETS.map(set => ({
    apiVersion: `${GROUP}/v1`,
    kind: 'ApplySet',
    metadata: {
      name: parentName(mesh, set),
      labels: { 'applyset.kubernetes.io/id': applySetId(mesh, set) },
      annotations: { 'applyset.kubernetes.io/tooling': 'kubectl/v1.27.0', 'applyset.kubernetes.io/contains-group-kinds': '' },
    },
  }));
}

/** Asks for the kind of the parents; prints nothing where nothing was ever applied. */
export function definitionQuery(context: string): Command {
  return kubectl(context, 'get', 'customresourcedefinitions', PLURAL, '--ignore-not-found', '-o', 'name');
}

/** Asks for the parents of a mesh, as JSON. */
export function parentsQuery(context: string, mesh: string): Command {
  return kubectl(context, 'get', PLURAL, '-l', `applyset.kubernetes.io/id in (${APPLY_SETS.map(set => applySetId(mesh, set)).join(',')})`, '-o', 'json');
}

/** Whether all parents are there. */
export function parentsExist(context: string, mesh: string): Command {
  return kubectl(context, 'get', PLURAL, ...APPLY_SETS.map(set => parentName(mesh, set)), '-o', 'name');
}

/** The kinds that the sets' members have, as kubectl noted them on the parents. */
export function kindsOf(list: any): string[] {
  const annotations = (list?.items ?? []).map((each: any) => each.metadata?.annotations?.['applyset.kubernetes.io/contains-group-kinds'] ?? '');
  return [...new Set<string>(annotations.flatMap((text: string) => text.split(',').filter(each => each !== '')))].sort();
}

/** Asks for the members of all sets of a mesh, as JSON. */
export function membersQuery(context: string, mesh: string, kinds: readonly string[]): Command {
  return kubectl(context, 'get', kinds.join(','), '--all-namespaces', '-l', `${PART_OF} in (${APPLY_SETS.map(set => applySetId(mesh, set)).join(',')})`, '-o', 'json');
}
