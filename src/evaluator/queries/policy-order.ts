import { Manifest } from '../../manifests/manifest';
import { PolicyEntry } from '../engine/entry';
import { meets } from '../engine/selector';
import { EvaluatedCluster, EvaluatedPolicy } from '../read/cluster';
import { compareTexts, Workload } from '../read/workload';

/** How a policy takes part in a change. */
export interface PolicyRank {
  readonly manifest: Manifest;
  /** It allows nothing: all that it does is to deny, by its rules or by default. */
  readonly onlyDenies: boolean;
  /** Workloads of its cluster that it is about. */
  readonly subjects: number;
}

/**
 * The policies of a cluster in an order in which no allow comes after the deny that it belongs to: those that allow something, the narrowest
 * first, then those that only deny. (A policy that is about every pod of a namespace, and allows them DNS, is a deny for all that it does not
 * name; those with fewer pods are the exceptions from it.) Removal goes the other way round.
 *
 * Between two policies about the same pods no order helps: each turns default deny on for what the other one allows.
 */
export function policyOrder(cluster: EvaluatedCluster): PolicyRank[] {
  return cluster.policies
    .map(policy => ({ policy, rank: rankOf(policy, cluster.workloads) }))
    .sort((one, other) => Number(one.rank.onlyDenies) - Number(other.rank.onlyDenies) || one.rank.subjects - other.rank.subjects
      // of those that are about no pods yet, the ones that ask for more are narrower
      || requirements(other.policy) - requirements(one.policy) || compareTexts(keyOf(one.policy), keyOf(other.policy)))
    .map(({ rank }) => rank);
}

function rankOf({ manifest, entries }: EvaluatedPolicy, workloads: readonly Workload[]): PolicyRank {
  return {
    manifest,
    // what is refused says nothing: where it stands does not matter
    onlyDenies: entries.length > 0 && !entries.some(allowsSomething),
    subjects: workloads.filter(({ labels, hostNetwork }) => !hostNetwork && entries.some(({ node, subject }) => !node && meets(subject, labels))).length,
  };
}

/** A rule without peers means everybody where it names ports, and nobody where it does not. */
function allowsSomething({ verdict, peers, hasPorts }: PolicyEntry): boolean {
  return verdict !== 'deny' && peers !== 'none' && (peers.length > 0 || hasPorts);
}

function requirements({ entries }: EvaluatedPolicy): number {
  return Math.min(...entries.map(({ subject }) => subject.length), Number.MAX_SAFE_INTEGER);
}

function keyOf({ manifest: { object: { kind, metadata } } }: EvaluatedPolicy): string[] {
  return [kind, metadata.namespace ?? '', metadata.name];
}
