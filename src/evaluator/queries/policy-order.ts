import { Manifest } from '../../manifests/manifest';
import { PolicyEntry } from '../engine/entry';
import { meets } from '../engine/selector';
import { EvaluatedCluster, EvaluatedPolicy } from '../read/cluster';
import { compareTexts } from '../read/text-order';
import { Workload } from '../read/workload';

/** The rank of a policy in a change. */
export interface PolicyRank {
  readonly manifest: Manifest;
  /** The policy only denies, by its rules or by default deny. */
  readonly onlyDenies: boolean;
  /** The number of workloads of its cluster that it selects. */
  readonly subjects: number;
}

/**
 * The policies of a cluster in an order to apply them in which Cilium drops no flow before the policy that allows it
 * arrives. Removal uses the reverse order.
 *
 * - First come policies that allow something, the narrowest first. Then come those that only deny.
 * - A policy that selects all pods of a namespace, and allows them DNS, denies everything else. Policies for fewer pods
 *   are its exceptions.
 * - For two policies that select the same pods no order helps. Each turns default deny on for flows that the other
 *   allows.
 */
export function policyOrder(cluster: EvaluatedCluster): PolicyRank[] {
  return cluster.policies
    .map(policy => ({ policy, rank: rankOf(policy, cluster.workloads) }))
    .sort(
      (one, other) =>
        Number(one.rank.onlyDenies) - Number(other.rank.onlyDenies) ||
        one.rank.subjects - other.rank.subjects ||
        // among policies that select no pods yet, those with more requirements are narrower
        requirements(other.policy) - requirements(one.policy) ||
        compareTexts(keyOf(one.policy), keyOf(other.policy)),
    )
    .map(({ rank }) => rank);
}

function rankOf({ manifest, entries }: EvaluatedPolicy, workloads: readonly Workload[]): PolicyRank {
  return {
    manifest,
    // a refused policy has no entries, so its place does not matter
    onlyDenies: entries.length > 0 && !entries.some(allowsSomething),
    subjects: workloads.filter(
      ({ labels, hostNetwork }) => !hostNetwork && entries.some(({ node, subject }) => !node && meets(subject, labels)),
    ).length,
  };
}

/** A rule without peers allows all peers if it has ports, else none. */
function allowsSomething({ verdict, peers, hasPorts }: PolicyEntry): boolean {
  return verdict !== 'deny' && peers !== 'none' && (peers.length > 0 || hasPorts);
}

function requirements({ entries }: EvaluatedPolicy): number {
  return Math.min(...entries.map(({ subject }) => subject.length), Number.MAX_SAFE_INTEGER);
}

function keyOf({
  manifest: {
    object: { kind, metadata },
  },
}: EvaluatedPolicy): string[] {
  return [kind, metadata.namespace ?? '', metadata.name];
}
