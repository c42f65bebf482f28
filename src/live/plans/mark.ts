import { Command } from './command';
import { kubeSystem } from './kube';

/**
 * The mark of clusters that `up` created: a ConfigMap in the cluster itself, so that it goes when the cluster goes, and a cluster of the same name
 * that somebody else makes later has none. Only what has it is ever deleted.
 */
const NAME = 'created-by-cilium-mesh';

/** Marks a cluster. */
export function mark(context: string): Command {
  return kubeSystem(context, 'create', 'configmap', NAME);
}

/** Prints the mark, or nothing. */
export function markQuery(context: string): Command {
  return kubeSystem(context, 'get', 'configmap', NAME, '--ignore-not-found', '-o', 'name');
}
