import { Manifest } from '../../manifests/manifest';
import { LiveWorkload } from '../plans/live-mesh';

/** A workload that the plan can wait for. With the update strategy OnDelete, kubectl has no status of a rollout. */
export function waitableWorkload({ object: { kind, metadata, spec } }: Manifest): LiveWorkload[] {
  const hasStatus =
    ['Deployment', 'DaemonSet', 'StatefulSet', 'Pod'].includes(kind) &&
    spec?.updateStrategy?.type !== 'OnDelete' &&
    spec?.paused !== true;
  return hasStatus ? [{ kind, namespace: metadata.namespace ?? 'default', name: metadata.name }] : [];
}

const WITH_TEMPLATE = ['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'Job'];

/** The images of a workload, with the names of their registries, without those that have a digest. */
export function imagesOf({ object }: Manifest): string[] {
  const pods = podSpec(object);
  return [pods?.initContainers, pods?.containers]
    .flatMap(list => (Array.isArray(list) ? list : []))
    .map(container => container?.image)
    .filter(image => typeof image === 'string' && !image.includes('@'))
    .map(withRegistry);
}

function podSpec({ kind, spec }: any): any {
  switch (kind) {
    case 'Pod':
      return spec;
    case 'CronJob':
      return spec?.jobTemplate?.spec?.template?.spec;
    default:
      return WITH_TEMPLATE.includes(kind) ? spec?.template?.spec : undefined;
  }
}

/** Adds the default registry of Kubernetes, docker.io: podman asks for the registry, or refuses the name. */
function withRegistry(image: string): string {
  const [first, ...rest] = image.split('/');
  const hasRegistry = rest.length > 0 && /[.:]|^localhost$/.test(first);
  return hasRegistry ? image : `docker.io/${rest.length > 0 ? '' : 'library/'}${image}`;
}
