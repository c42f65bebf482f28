import { decide, Decision } from '../../evaluator/engine/decide';
import { DirectionPolicy, Peer } from '../../evaluator/engine/direction-policy';
import { Direction } from '../../evaluator/engine/entry';
import { ClusterRules } from '../../evaluator/flows/cluster-rules';
import { Endpoint, peerOf } from '../../evaluator/flows/endpoint';
import {
  decideEndpoint,
  EndpointDecision,
  FlowDecision,
  FlowPort,
  flowVerdict,
  policiesOf,
} from '../../evaluator/flows/flow';
import { IdentityIndex } from '../../evaluator/flows/identity-index';
import { EvaluatedCluster } from '../../evaluator/read/cluster';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { Workload } from '../../evaluator/read/workload';
import { isAssumed } from '../flows/assumed-dns';

/**
 * Decides many single flows of a mesh. The decisions equal those of `decideFlow`, which looks for the rules of each
 * workload among all rules of its cluster; here an index of labels finds them for all workloads at once. Of DNS servers
 * that the manifests lack, policies are not known.
 *
 * Ends are the same objects wherever the same end is asked about. None of them is a name without an address.
 */
export class MeshJudge {
  private readonly index: IdentityIndex;
  private readonly rules = new Map<string, ClusterRules>();
  /** The policies of classes of workloads, by their numbers. */
  private readonly policies: { readonly [direction in Direction]: Array<WorkloadPolicy | undefined> } = {
    egress: [],
    ingress: [],
  };
  private readonly decisions = new Map<DirectionPolicy, readonly EndpointDecision[]>();
  private readonly unenforcedIn = new Map<string, EndpointDecision>();
  private readonly peers: { readonly [direction in Direction]: Map<EvaluatedCluster, WeakMap<Endpoint, Peer>> } = {
    egress: new Map(),
    ingress: new Map(),
  };

  constructor(public readonly mesh: EvaluatedMesh) {
    this.index = new IdentityIndex(mesh);
  }

  public decide(source: Endpoint, destination: Endpoint, port: FlowPort): FlowDecision {
    const egress = this.decideEnd(source, destination, 'egress', port);
    const ingress = this.decideEnd(destination, source, 'ingress', port);
    return { egress, ingress, verdict: flowVerdict(egress.verdict, ingress.verdict) };
  }

  /**
   * The policy of an endpoint in one direction, as its cluster enforces it. Undefined where none is enforced, or where
   * it cannot be computed.
   */
  public policyAt(self: Endpoint, direction: Direction): DirectionPolicy | undefined {
    if (self.kind !== 'workload' || self.workload.hostNetwork || isAssumed(self.workload)) {
      return policiesOf(this.mesh, self)?.[direction];
    }
    const policy = this.policyOf(self.workload, this.mesh.cluster(self.workload.cluster)!, direction);
    return typeof policy === 'string' ? undefined : policy;
  }

  private decideEnd(self: Endpoint, other: Endpoint, direction: Direction, port: FlowPort): EndpointDecision {
    if (self.kind === 'workload' && isAssumed(self.workload)) {
      return OUTSIDE;
    }
    if (self.kind !== 'workload' || self.workload.hostNetwork) {
      return decideEndpoint(this.mesh, self, other, direction, port);
    }
    const cluster = this.mesh.cluster(self.workload.cluster)!;
    const policy = this.policyOf(self.workload, cluster, direction);
    return policy === 'failed'
      ? decideEndpoint(this.mesh, self, other, direction, port)
      : policy === 'unenforced'
        ? this.unenforced(cluster.name)
        : this.shared(policy, decide(policy, { peer: this.peerOf(other, cluster, direction), ...port }), cluster.name);
  }

  /** A decision of a policy, once: many flows have the same. */
  private shared(policy: DirectionPolicy, decision: Decision, cluster: string): EndpointDecision {
    const { verdict, entries, ...rest } = decision;
    const all = this.decisions.get(policy) ?? [];
    const canShare = Object.keys(rest).length === 0;
    const same = canShare ? all.find(each => each.verdict === verdict && isSameList(each.entries, entries)) : undefined;
    if (same) {
      return same;
    }
    const own: EndpointDecision = { cluster, ...decision };
    if (canShare && all.length < MOST_SHARED) {
      this.decisions.set(policy, [...all, own]);
    }
    return own;
  }

  private unenforced(cluster: string): EndpointDecision {
    const known = this.unenforcedIn.get(cluster) ?? { verdict: 'unenforced', entries: [], cluster };
    this.unenforcedIn.set(cluster, known);
    return known;
  }

  /** The policy of a workload; or the verdict on all of its flows, if its policy decides none. */
  private policyOf(
    workload: Workload,
    cluster: EvaluatedCluster,
    direction: Direction,
  ): WorkloadPolicy {
    const number = this.index.classOf(workload);
    const known = this.policies[direction][number];
    if (known) {
      return known;
    }
    const rules = this.rules.get(cluster.name) ?? new ClusterRules(this.mesh, cluster, this.index);
    this.rules.set(cluster.name, rules);
    const uniform = rules.uniformRow(number)?.verdict(0) as 'unenforced' | 'failed' | undefined;
    const indexed = uniform ?? rules.policy(number, direction);
    // up to 1.18 rules may narrow each other
    const policy =
      typeof indexed !== 'string' && indexed.entries.some(({ requires }) => requires)
        ? policiesOf(this.mesh, { kind: 'workload', workload })![direction]
        : indexed;
    this.policies[direction][number] = policy;
    return policy;
  }

  private peerOf(endpoint: Endpoint, cluster: EvaluatedCluster, direction: Direction): Peer {
    let peers = this.peers[direction].get(cluster);
    if (!peers) {
      peers = new WeakMap();
      this.peers[direction].set(cluster, peers);
    }
    let peer = peers.get(endpoint);
    if (!peer) {
      peer = peerOf(endpoint, cluster, this.mesh, direction);
      peers.set(endpoint, peer);
    }
    return peer;
  }
}

/** The policy of a workload in one direction; or the verdict on all of its flows, if its policy decides none. */
type WorkloadPolicy = DirectionPolicy | 'unenforced' | 'failed';

/** What other manifests than those of the mesh decide. */
const OUTSIDE: EndpointDecision = { verdict: 'outside', entries: [] };

/** The most decisions of a policy that are shared. */
const MOST_SHARED = 100;

function isSameList<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}
