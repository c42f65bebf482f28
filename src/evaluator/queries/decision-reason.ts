import { SETTINGS } from '../../cilium/settings';
import { Direction } from '../engine/entry';
import { Endpoint } from '../flows/endpoint';
import { EndpointDecision, policiesOf } from '../flows/flow';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';

/**
 * Why an endpoint has a verdict that no rule makes.
 *
 * - `no-policy`: no policy selects the endpoint in this direction.
 * - `host-network`: policies of pods do not act on pods with host network.
 * - `host-firewall-off`: policies act on nodes only with the host firewall.
 * - `enforcement-never`, `enforcement-always`: `policyEnforcementMode`.
 * - `nothing-denied`: the policies that select the endpoint deny nothing else.
 * - `local-host`: the node of a pod is always let in.
 * - `conflict`: the policies contradict each other.
 */
export const DECISION_REASONS = [
  'no-policy',
  'host-network',
  'host-firewall-off',
  'enforcement-never',
  'enforcement-always',
  'nothing-denied',
  'local-host',
  'conflict',
] as const;

/** Why an endpoint has a verdict that no rule makes, and the setting that makes it, where Helm values have it. */
export interface DecisionReason {
  readonly kind: (typeof DECISION_REASONS)[number];
  readonly setting?: SettingReference;
  /** What the policies contradict each other in. */
  readonly failure?: string;
}

/** A Helm value of a cluster, with its place. */
export interface SettingReference {
  readonly path: string;
  readonly file?: string;
  readonly line?: number;
}

/** Why an endpoint has its verdict; undefined if rules decided, and where no policy of the mesh decides. */
export function decisionReason(
  mesh: EvaluatedMesh,
  self: Endpoint,
  direction: Direction,
  decision: EndpointDecision,
): DecisionReason | undefined {
  const cluster = decision.cluster === undefined ? undefined : mesh.cluster(decision.cluster);
  if (!cluster || decision.entries.length > 0) {
    return undefined;
  }
  switch (decision.verdict === 'audited' ? decision.audited : decision.verdict) {
    case 'failed':
      return { kind: 'conflict', failure: decision.failure! };
    case 'unenforced':
      return unenforcedReason(mesh, cluster, self);
    case 'default-denied':
      return { kind: 'enforcement-always', setting: enforcementSetting(cluster) };
    case 'allowed':
      return { kind: policiesOf(mesh, self)?.[direction].defaultDeny ? 'local-host' : 'nothing-denied' };
    default:
      return undefined;
  }
}

function unenforcedReason(mesh: EvaluatedMesh, cluster: EvaluatedCluster, self: Endpoint): DecisionReason {
  const isHostPod = self.kind === 'workload' && self.workload.hostNetwork;
  if (!policiesOf(mesh, self)) {
    return { kind: isHostPod ? 'host-network' : 'host-firewall-off' };
  }
  return cluster.settings.policy.enforcement === 'never'
    ? { kind: 'enforcement-never', setting: enforcementSetting(cluster) }
    : { kind: isHostPod ? 'host-network' : 'no-policy' };
}

function enforcementSetting({ input: { values } }: EvaluatedCluster): SettingReference {
  const [{ path }] = SETTINGS.policyEnforcementMode.helm;
  const line = values?.line(path);
  return {
    path,
    ...(values ? { file: values.file } : {}),
    ...(line === undefined ? {} : { line }),
  };
}
