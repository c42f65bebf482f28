import { Command } from './command';
import { kubectl, kubeSystem } from './kube';
import { LiveWorkload } from './live-mesh';

/** How long each wait may take. */
export const WAIT = '10m';

/** Waits until all pods of a workload run as it says now. */
export function waitFor(context: string, { kind, namespace, name }: LiveWorkload): Command {
  return kind === 'Pod'
    ? kubectl(context, '-n', namespace, 'wait', '--for=condition=Ready', `pod/${name}`, `--timeout=${WAIT}`)
    : kubectl(context, '-n', namespace, 'rollout', 'status', `${kind.toLowerCase()}/${name}`, `--timeout=${WAIT}`);
}

const AGENTS: LiveWorkload = { kind: 'DaemonSet', namespace: 'kube-system', name: 'cilium' };
const OPERATOR: LiveWorkload = { kind: 'Deployment', namespace: 'kube-system', name: 'cilium-operator' };

/** Waits for Cilium itself. */
export function waitForCilium(context: string): Command[] {
  return [AGENTS, OPERATOR].map(each => waitFor(context, each));
}

/** Starts agents and operator anew, and waits for them: they read their ConfigMap and the names of hosts only when they start. */
export function restartCilium(context: string): Command[] {
  return [kubeSystem(context, 'rollout', 'restart', 'daemonset/cilium', 'deployment/cilium-operator'), ...waitForCilium(context)];
}
