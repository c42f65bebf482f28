import { Workload } from '../../evaluator/read/workload';

/** The characters of random names (SafeEncodeString, k8s.io/apimachinery/pkg/util/rand). */
const RANDOM = '[bcdfghjklmnpqrstvwxz2456789]';

/** What follows the name of a workload in the names of its pods, by kind. */
const SUFFIXES: { readonly [kind: string]: RegExp } = {
  Pod: /^$/,
  Deployment: new RegExp(`^-${RANDOM}{1,10}-${RANDOM}{5}$`),
  Rollout: new RegExp(`^-${RANDOM}{1,10}-${RANDOM}{5}$`),
  StatefulSet: /^-\d+$/,
  DaemonSet: new RegExp(`^-${RANDOM}{5}$`),
  ReplicaSet: new RegExp(`^-${RANDOM}{5}$`),
  ReplicationController: new RegExp(`^-${RANDOM}{5}$`),
  Job: new RegExp(`^(-\\d+)?-${RANDOM}{5}$`),
  CronJob: new RegExp(`^-\\d+(-\\d+)?-${RANDOM}{5}$`),
};

/** Finds the workload of a pod by the pod's name, as controllers of Kubernetes name pods. */
export class PodOwners {
  private readonly byName = new Map<string, Workload[]>();

  constructor(workloads: readonly Workload[]) {
    for (const workload of workloads.filter(({ hostNetwork }) => !hostNetwork)) {
      const key = `${workload.cluster}/${workload.namespace}/${workload.name}`;
      this.byName.set(key, [...(this.byName.get(key) ?? []), workload]);
    }
  }

  /** The workload of a name, of the kind if there are several. */
  public named(
    { kind, name }: { readonly kind: string; readonly name: string },
    cluster: string,
    namespace: string,
  ): Workload | undefined {
    const named = this.byName.get(`${cluster}/${namespace}/${name}`) ?? [];
    return named.find(each => each.kind === kind) ?? (named.length === 1 ? named[0] : undefined);
  }

  /** The only workload whose pods may have the name; undefined if there are none or several. */
  public find(pod: string, cluster: string, namespace: string): Workload | undefined {
    const found: Workload[] = [];
    for (let end = pod.length, parts = 0; end > 0 && parts < 4; end = pod.lastIndexOf('-', end - 1), parts++) {
      const [name, suffix] = [pod.slice(0, end), pod.slice(end)];
      const named = this.byName.get(`${cluster}/${namespace}/${name}`) ?? [];
      found.push(...named.filter(({ kind }) => (SUFFIXES[kind] ?? ANY_SUFFIX).test(suffix)));
    }
    return found.length === 1 ? found[0] : undefined;
  }
}

/** Controllers of other projects name their pods as they like. */
const ANY_SUFFIX = /^-[a-z0-9-]+$/;
