import { at, list } from './object-fields';
import { Workload } from './workload';
import { Manifest } from '../../manifests/manifest';

/** A controller as a pod refers to it. */
interface Owner {
  readonly kind: string;
  readonly name: string;
}

/**
 * Removes the objects of controllers among the manifests, for example the ReplicaSets and Pods that `kubectl get`
 * prints for a Deployment.
 */
export function withoutOwned(manifests: readonly Manifest[]): Manifest[] {
  const key = (object: any, { kind, name }: Owner) => `${object.metadata.namespace ?? 'default'}/${kind}/${name}`;
  const keys = new Set(
    manifests.map(({ object }) => key(object, { kind: object.kind, name: object.metadata.name })),
  );
  return manifests.filter(({ object }) => {
    const owner = ownerOf(object);
    return !owner || !keys.has(key(object, owner));
  });
}

/** Whether an object is a pod that has ended: it has no endpoint and no address any more. */
export function isFinishedPod(object: any): boolean {
  return object.kind === 'Pod' && ['Succeeded', 'Failed'].includes(object.status?.phase);
}

/** Labels that controllers give each pod. */
const PER_POD = [
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/job-completion-index',
];

/**
 * Joins pods of a controller that the manifests do not hold to one workload with the controller's name. Pods of one
 * controller that differ stay apart.
 */
export function groupedByOwner(workloads: readonly Workload[]): Workload[] {
  const groups = new Map<string, Workload[]>();
  for (const workload of workloads) {
    const owner = workload.kind === 'Pod' ? topOwnerOf(workload.manifest.object) : undefined;
    const key = owner
      ? JSON.stringify([owner.kind, workload.namespace, owner.name])
      : JSON.stringify([workload.kind, workload.namespace, workload.name, '']);
    const group = groups.get(key);
    if (group) {
      group.push(workload);
    } else {
      groups.set(key, [workload]);
    }
  }
  return [...groups.values()].flatMap(group => {
    const [first] = group;
    const owner = first.kind === 'Pod' ? topOwnerOf(first.manifest.object) : undefined;
    if (!owner || group.some(each => likeness(each) !== likeness(first))) {
      return group;
    }
    const replicas = group.reduce((sum, each) => sum + each.replicas, 0);
    return [{ ...first, ...owner, podLabels: commonLabels(first.podLabels, group.length), replicas }];
  });
}

function ownerOf(object: any): Owner | undefined {
  const owner = list(object.metadata?.ownerReferences).find(each => each?.controller === true);
  return owner && typeof owner.kind === 'string' && typeof owner.name === 'string'
    ? { kind: owner.kind, name: owner.name }
    : undefined;
}

/**
 * The controller that a person created: a Deployment names its ReplicaSets by itself and by `pod-template-hash`. Static
 * pods belong to their node, and stay what they are.
 */
function topOwnerOf(pod: any): Owner | undefined {
  const owner = ownerOf(pod);
  const hash: unknown = at(pod, 'metadata.labels')?.['pod-template-hash'];
  const end = `-${String(hash)}`;
  return owner?.kind === 'Node'
    ? undefined
    : owner?.kind === 'ReplicaSet' && typeof hash === 'string' && owner.name.endsWith(end)
      ? { kind: 'Deployment', name: owner.name.slice(0, -end.length) }
      : owner;
}

function likeness({ podLabels, labels, ports, hostNetwork }: Workload): string {
  const sorted = (texts: readonly string[]) => [...texts].sort();
  return JSON.stringify([
    sorted(labels.labels.map(({ key, value }) => `${key}=${value}`)),
    sorted(Object.entries(podLabels).flatMap(([key, value]) => (PER_POD.includes(key) ? [] : [`${key}=${value}`]))),
    ports,
    hostNetwork,
  ]);
}

function commonLabels(podLabels: Workload['podLabels'], pods: number): Workload['podLabels'] {
  return pods === 1
    ? podLabels
    : Object.fromEntries(Object.entries(podLabels).filter(([key]) => !PER_POD.includes(key)));
}
