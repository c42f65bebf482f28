/** Decisions that may be others than the evaluator's, because it does not model a policy or a setting. */
import { MeshJudge } from './mesh-judge';
import { Direction, PolicyEntry } from '../../evaluator/engine/entry';
import { holdsPort } from '../../evaluator/engine/matching';
import { clusterOf, Endpoint, peerOf } from '../../evaluator/flows/endpoint';
import { EndpointVerdict, FlowPort } from '../../evaluator/flows/flow';
import { EvaluatedCluster } from '../../evaluator/read/cluster';
import { Refusal } from '../../evaluator/read/policy/field-reader';
import { Manifest } from '../../manifests/manifest';

/**
 * Whether a rule or setting that is not modelled may let a flow pass that the policy of one end drops. Rules on other
 * ports do not, and none lets pass what a deny rule denies, except in the tiers of ClusterNetworkPolicy.
 */
export function mayAllowUnmodelled(
  judge: MeshJudge,
  self: Endpoint,
  other: Endpoint,
  direction: Direction,
  port: FlowPort,
  verdict: EndpointVerdict,
): boolean {
  const cluster = ownCluster(judge, self);
  if (!cluster) {
    return false;
  }
  const { hasSettings, policies } = unmodelledOf(cluster);
  if (hasSettings) {
    return true;
  }
  if (policies.size === 0) {
    return false;
  }
  const policy = judge.policyAt(self, direction);
  const holds = ({ hasPorts, ports }: PolicyEntry) =>
    !policy ||
    !hasPorts ||
    ports.some(match => holdsPort(policy, match, { peer: peerOf(other, cluster, judge.mesh, direction), ...port }));
  const allows = (entry: PolicyEntry) =>
    entry.verdict !== 'deny' &&
    (verdict === 'default-denied' || entry.origin.kind === 'ClusterNetworkPolicy') &&
    holds(entry);
  return (
    (policy?.entries ?? []).some(entry => isPartlyUnmodelled(entry, cluster) && allows(entry)) ||
    cluster.entries.some(entry => entry.direction === direction && mayApply(entry, self, cluster) && allows(entry))
  );
}

/** Whether any policy that selects an end, or may select it, is not modelled in part. */
export function hasUnmodelledPolicy(judge: MeshJudge, self: Endpoint, direction: Direction): boolean {
  const cluster = ownCluster(judge, self);
  if (!cluster) {
    return false;
  }
  const { hasSettings, policies } = unmodelledOf(cluster);
  if (hasSettings || policies.size === 0) {
    return hasSettings;
  }
  const applying = judge.policyAt(self, direction)?.entries ?? [];
  return (
    applying.some(({ origin }) => policies.has(cluster.manifestOf(origin))) ||
    cluster.entries.some(entry => entry.direction === direction && mayApply(entry, self, cluster))
  );
}

function ownCluster({ mesh }: MeshJudge, self: Endpoint): EvaluatedCluster | undefined {
  const name = clusterOf(self);
  return name === undefined ? undefined : mesh.cluster(name);
}

/** The rule itself contains what is not modelled. */
function isPartlyUnmodelled({ origin }: PolicyEntry, cluster: EvaluatedCluster): boolean {
  return (unmodelledOf(cluster).policies.get(cluster.manifestOf(origin)) ?? []).some(
    ({ path }) => path.startsWith(origin.path) && /^(?:$|[.[])/.test(path.slice(origin.path.length)),
  );
}

/** Which ends the rule's policy selects is not modelled, so this end may be one of them. */
function mayApply({ origin, node }: PolicyEntry, self: Endpoint, cluster: EvaluatedCluster): boolean {
  const isNode = self.kind !== 'workload' || self.workload.hostNetwork;
  return (
    node === isNode &&
    (unmodelledOf(cluster).policies.get(cluster.manifestOf(origin)) ?? []).some(({ path }) => SUBJECT.test(path))
  );
}

/** The fields that select the ends of a policy. */
const SUBJECT = /^specs?(\[\d+\])?\.(endpointSelector|nodeSelector|podSelector|subject)\b/;

/** What is not modelled of a cluster. */
interface UnmodelledParts {
  readonly hasSettings: boolean;
  /** What is not modelled of policies that Cilium enforces. */
  readonly policies: ReadonlyMap<Manifest | undefined, readonly Refusal[]>;
}

const PARTS = new WeakMap<EvaluatedCluster, UnmodelledParts>();

function unmodelledOf(cluster: EvaluatedCluster): UnmodelledParts {
  const known = PARTS.get(cluster) ?? {
    hasSettings: cluster.settings.unmodelled.length > 0,
    policies: new Map(
      cluster.policies
        // another refusal means that Cilium enforces nothing of the policy
        .filter(({ refusals }) => refusals.length > 0 && refusals.every(({ stage }) => stage === 'unmodelled'))
        .map(({ manifest, refusals }) => [manifest, refusals]),
    ),
  };
  PARTS.set(cluster, known);
  return known;
}
