import type { InputJson } from './schemas/input';
import { counted } from './words';
import { policyKindOf } from '../cilium/policy-kinds';
import { workloadKindOf } from '../cilium/workload-kinds';
import { formatList, shorten } from '../diagnostics/texts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { isDelivered, isOfKubernetes } from '../evaluator/rules/shared/unrendered';

/** What a mesh was read from, as counts: also what is not rendered, left out, ignored or unknown. */
export function summarizeInput({ clusters, workloads }: EvaluatedMesh): InputJson {
  const sum = (count: (cluster: EvaluatedMesh['clusters'][number]) => number) =>
    clusters.reduce((total, each) => total + count(each), 0);
  const notes = clusters.flatMap(({ input }) => input.notes);
  const ofCode = (code: string) => notes.filter(each => each.code === code).length;
  const objects = clusters.flatMap(({ input }) => input.manifests.map(({ object }) => object));
  const delivered = countsByKind(objects.filter(isDelivered));
  const notRendered = [
    ...delivered.map(({ kind, count }) => ({ what: kind, count })),
    { what: 'kustomization', count: ofCode('kustomization') },
    { what: 'Helm chart', count: ofCode('helm-chart') },
    { what: 'template', count: ofCode('template-unrendered') },
    { what: 'object with Flux variables', count: ofCode('flux-variables') },
    { what: 'object with a placeholder', count: ofCode('placeholder') },
    { what: 'encrypted object', count: ofCode('sops-encrypted') },
  ].filter(({ count }) => count > 0);
  const files = clusters.some(({ input }) => input.files !== undefined)
    ? { files: sum(({ input }) => input.files?.read ?? 0), excluded: sum(({ input }) => input.files?.excluded ?? 0) }
    : {};
  return {
    clusters: clusters.length,
    workloads: workloads.length,
    policies: sum(({ policies: all }) => countObjects(all)),
    services: sum(each => each.services.length),
    ...files,
    invalid: ofCode('document-invalid'),
    ...(ofCode('link-ignored') === 0 ? {} : { notFollowed: ofCode('link-ignored') }),
    notRendered,
    ignoredKinds: countsByKind(objects.filter(isUnread)),
    gaps: clusters.flatMap(({ name, input }) =>
      (input.settings.gaps ?? []).map(({ what, reason }) => ({ cluster: name, what, reason })),
    ),
  };
}

/** `Read 2 clusters, 4 workloads, 6 policies, 2 Services from 2 files.`, with another first word for other meshes. */
export function formatInput(input: InputJson, intro: string = 'Read'): string {
  const { clusters, workloads, policies, services, files, notRendered, invalid, ignoredKinds } = input;
  const { excluded = 0, notFollowed = 0 } = input;
  const read = [
    counted(clusters, 'cluster'),
    counted(workloads, 'workload'),
    counted(policies, 'policy', 'policies'),
    counted(services, 'Service'),
  ].join(', ');
  const kinds = ignoredKinds.map(({ kind }) => kind);
  const parts = [
    `${intro} ${read}${files === undefined ? '' : ` from ${counted(files, 'file')}`}`,
    ...(notRendered.length === 0 ? [] : [`${conjunction(notRendered.map(countedThing))} not rendered`]),
    ...(invalid === 0 ? [] : [`${counted(invalid, 'invalid document')} left out`]),
    ...(notFollowed === 0 ? [] : [`${counted(notFollowed, 'linked folder')} not followed`]),
    ...(excluded === 0 ? [] : [`${counted(excluded, 'path')} excluded`]),
    ...(kinds.length === 0 ? [] : [`${counted(kinds.length, 'kind')} ignored: ${formatList(kinds, MOST_KINDS)}`]),
  ];
  return `${parts.join('; ')}.`;
}

/** What a snapshot could not read: `policies of paris (networkpolicies.networking.k8s.io: forbidden)`. */
export function formatGaps({ gaps }: InputJson): string[] {
  return gaps.map(
    ({ cluster, what, reason }) =>
      `the snapshot of ${shorten(cluster)} could not read ${shorten(what)} (${shorten(reason)})`,
  );
}

const MOST_KINDS = 3;

function countedThing({ what, count }: InputJson['notRendered'][number]): string {
  const [first, ...rest] = what.split(' with ');
  return `${counted(count, first)}${rest.map(each => ` with ${each}`).join('')}`;
}

/** `a, b and c`. */
function conjunction(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts[texts.length - 1]}`;
}

/** Groups of which this program reads or knows all kinds, besides those of Kubernetes itself. */
const KNOWN_GROUPS = ['cilium.io', 'isovalent.com', 'multicluster.x-k8s.io'];

/** An object of an extension of Kubernetes that this program does not read. What it does is unknown. */
function isUnread(object: any): boolean {
  const group = object.apiVersion.includes('/') ? object.apiVersion.slice(0, object.apiVersion.indexOf('/')) : '';
  return (
    // apps, batch and the like
    group.includes('.') &&
    !isOfKubernetes(group) &&
    !KNOWN_GROUPS.includes(group) &&
    !policyKindOf(object) &&
    !workloadKindOf(object) &&
    !isDelivered(object)
  );
}

/** The number of objects of each kind, from the most frequent kind. */
function countsByKind(objects: readonly any[]): Array<{ kind: string; count: number }> {
  const counts = new Map<string, number>();
  objects.forEach(({ kind }) => counts.set(shorten(kind), (counts.get(shorten(kind)) ?? 0) + 1));
  return [...counts]
    .map(([kind, count]) => ({ kind, count }))
    .sort((one, other) => other.count - one.count || (one.kind < other.kind ? -1 : 1));
}

/** Several documents of one object are one. */
function countObjects(policies: EvaluatedMesh['clusters'][number]['policies']): number {
  const keys = policies.map(({ manifest: { object } }) => {
    const { namespace, name } = object.metadata;
    return `${object.kind} ${namespace ?? 'default'} ${name}`;
  });
  return new Set(keys).size;
}
