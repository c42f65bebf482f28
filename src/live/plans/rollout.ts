import { Command } from './command';
import { kubectl, kubeSystem } from './kube';
import { WAIT, WaitLimit, withLimit } from './limits';
import { LiveWorkload } from './live-mesh';

/** Waits until all pods of a workload run its current specification. */
export function waitFor(context: string, { kind, namespace, name }: LiveWorkload, limit: WaitLimit = WAIT): Command {
  const namespaced = kubectl(context, namespace);
  const timeout = `--timeout=${limit.text}`;
  return withLimit(
    limit,
    kind === 'Pod'
      ? namespaced.run('wait', '--for=condition=Ready', `pod/${name}`, timeout)
      : namespaced.run('rollout', 'status', `${kind.toLowerCase()}/${name}`, timeout),
  );
}

const AGENTS: LiveWorkload = { kind: 'DaemonSet', namespace: 'kube-system', name: 'cilium' };
const OPERATOR: LiveWorkload = { kind: 'Deployment', namespace: 'kube-system', name: 'cilium-operator' };

/** Waits for the agents and the operator. */
export function waitForCilium(context: string, limit: WaitLimit = WAIT): Command[] {
  return [AGENTS, OPERATOR].map(each => waitFor(context, each, limit));
}

/**
 * Restarts agents and operator, and waits for them: they read their ConfigMap and the names of hosts only at their
 * start.
 */
export function restartCilium(context: string, limit: WaitLimit = WAIT): Command[] {
  return [
    kubeSystem(context).run('rollout', 'restart', 'daemonset/cilium', 'deployment/cilium-operator'),
    ...waitForCilium(context, limit),
  ];
}
