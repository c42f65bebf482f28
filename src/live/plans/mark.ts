import { Command } from './command';
import { kubeSystem } from './kube';

/**
 * The mark of clusters that `up` created: a ConfigMap in the cluster itself. It disappears with the cluster, so a later
 * cluster of the same name does not have it. `down` deletes only clusters with the mark.
 */
const NAME = 'created-by-cilium-mesh';

/** The name of the record of a run that creates a kind cluster. */
export function kindIntent(cluster: string): string {
  return `kind cluster ${cluster}`;
}

/** Marks a cluster. */
export function markCluster(context: string): Command {
  return { ...kubeSystem(context).run('create', 'configmap', NAME), isHousekeeping: true };
}

/** Prints the mark, or nothing. */
export function markQuery(context: string): Command {
  return kubeSystem(context).get('configmap', NAME, '--ignore-not-found', '-o', 'name');
}
