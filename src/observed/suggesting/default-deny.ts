import { PodSelection } from './pod-selection';
import { isDnsLabel } from '../../cilium/kubernetes-names';
import { Direction } from '../../evaluator/engine/entry';
import { compareTexts } from '../../evaluator/read/text-order';
import { Workload } from '../../evaluator/read/workload';
import { MeshJudge } from '../judging/mesh-judge';

/** What `DefaultDenyPolicy` says: pods of a namespace send and receive only what other policies allow, and DNS. */
export interface DefaultDeny {
  readonly namespace: string;
  /** Undefined for all pods of the namespace. */
  readonly pods?: PodSelection;
  /** Sorted. */
  readonly clusters: readonly string[];
  /** Whether DNS to the servers of the cluster passes, through the proxy. Cilium refuses such rules without a proxy. */
  readonly hasDns: boolean;
}

const DIRECTIONS: readonly Direction[] = ['egress', 'ingress'];

/** Whether policies deny what they do not allow, in a direction. Of contradicting policies none is in force. */
export function isIsolated(judge: MeshJudge, workload: Workload, direction: Direction): boolean {
  return judge.policyAt({ kind: 'workload', workload }, direction)?.defaultDeny ?? false;
}

/**
 * What denies the rest for workloads whose policies do not yet: for whole namespaces, or for each selection. Clusters
 * that enforce no policies are left out.
 */
export function defaultDenies(
  judge: MeshJudge,
  chosen: readonly Workload[],
  selections: ReadonlyMap<Workload, PodSelection> | undefined,
): DefaultDeny[] {
  const denies = new Map<string, { namespace: string; pods?: PodSelection; clusters: Set<string>; hasDns: boolean }>();
  for (const workload of chosen) {
    const { namespace, cluster } = workload;
    const pods = selections?.get(workload);
    // the constructs select pods of a default deny by labels
    const isSelectable = isDnsLabel(namespace) && (!selections || (pods && pods.serviceAccount === undefined));
    if (!isSelectable) {
      continue;
    }
    const { enforcement, l7Proxy: hasDns } = judge.mesh.cluster(cluster)!.settings.policy;
    if (enforcement === 'never' || isFailing(judge, workload) || DIRECTIONS.every(each => isIsolated(judge, workload, each))) {
      continue;
    }
    const key = `${hasDns} ${pods?.key ?? namespace}`;
    const known = denies.get(key) ?? { namespace, ...(pods ? { pods } : {}), clusters: new Set<string>(), hasDns };
    denies.set(key, known);
    known.clusters.add(cluster);
  }
  return [...denies.values()]
    .map(each => ({ ...each, clusters: [...each.clusters].sort() }))
    .sort((one, other) => compareTexts(orderOf(one), orderOf(other)));
}

function orderOf({ namespace, pods, hasDns }: DefaultDeny): string[] {
  return [namespace, pods?.key ?? '', String(!hasDns)];
}

/** Whether the policies of a workload contradict each other, which no further policy changes. */
export function isFailing(judge: MeshJudge, workload: Workload): boolean {
  const end = { kind: 'workload', workload } as const;
  return judge.decide(end, end, { protocol: 'TCP', port: 1 }).egress.verdict === 'failed';
}
