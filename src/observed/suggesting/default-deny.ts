import { PodSelection } from './pod-selection';
import { Statement } from './statement';
import { isDnsLabel } from '../../cilium/kubernetes-names';
import { Direction } from '../../evaluator/engine/entry';
import { learnedNames } from '../../evaluator/flows/learned-names';
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
  /**
   * Whether it only sends the DNS of pods that are denied the rest already through the proxy, so that they learn the
   * addresses of the names in their rules.
   */
  readonly onlyDns: boolean;
}

export const DIRECTIONS: readonly Direction[] = ['egress', 'ingress'];

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
    .map(each => ({ ...each, clusters: [...each.clusters].sort(), onlyDns: false }))
    .sort((one, other) => compareTexts(orderOf(one), orderOf(other)));
}

/**
 * DNS through the proxy for sources of statements about DNS names whose policies have no rule for it. `judge` has the
 * statements. Of pods that only their service account tells apart, no default deny can select them.
 */
export function dnsAccess(judge: MeshJudge, statements: readonly Statement[]): DefaultDeny[] {
  const found = new Map<PodSelection, Set<string>>();
  for (const { sources, destinations } of statements) {
    const names = destinations.flatMap(({ peer }) => (peer.kind === 'fqdn' ? [peer.name] : []));
    for (const { peer, clusters } of sources) {
      const pods = peer.kind === 'pods' && peer.pods.serviceAccount === undefined ? peer.pods : undefined;
      const deaf = (pods?.workloads ?? []).filter(
        workload => clusters.includes(workload.cluster) && !names.every(name => learns(judge, workload, name)),
      );
      if (pods && deaf.length > 0) {
        const known = found.get(pods) ?? new Set();
        found.set(pods, known);
        deaf.forEach(({ cluster }) => known.add(cluster));
      }
    }
  }
  return [...found]
    .map(([pods, clusters]) => ({
      namespace: pods.namespace,
      pods,
      clusters: [...clusters].sort(),
      hasDns: true,
      onlyDns: true,
    }))
    .sort((one, other) => compareTexts(orderOf(one), orderOf(other)));
}

/** Whether the DNS rules of pods let them learn the addresses of a name. Without a policy they need none. */
export function learns(judge: MeshJudge, workload: Workload, name: string): boolean {
  const { mesh } = judge;
  const policy = judge.policyAt({ kind: 'workload', workload }, 'egress');
  return !policy || learnedNames(policy, mesh.cluster(workload.cluster)!, mesh).has(name);
}

function orderOf({ namespace, pods, hasDns }: DefaultDeny): string[] {
  return [namespace, pods?.key ?? '', String(!hasDns)];
}

/** Whether the policies of a workload contradict each other, which no further policy changes. */
export function isFailing(judge: MeshJudge, workload: Workload): boolean {
  const end = { kind: 'workload', workload } as const;
  return judge.decide(end, end, { protocol: 'TCP', port: 1 }).egress.verdict === 'failed';
}
