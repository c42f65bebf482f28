/** A kind of Kubernetes' own objects that run pods, and where it says what of them. */
export interface WorkloadKind {
  /** The API group; the core group is the empty text. */
  readonly group: string;
  /** The pods' template; the empty text where the object is the pod itself. */
  readonly template: string;
  /** How many pods there are; one where it is not said. */
  readonly replicas?: string;
  /** Labels by which it selects its pods, where the API server asks the template to have them. */
  readonly matchLabels?: string;
  /** `spec.suspend` stops its pods. */
  readonly suspends?: true;
}

const TEMPLATE = { template: 'spec.template' };
const REPLICATED = { ...TEMPLATE, replicas: 'spec.replicas', matchLabels: 'spec.selector.matchLabels' };

/** The kinds of workloads, by their names. */
export const WORKLOAD_KINDS: { readonly [kind: string]: WorkloadKind } = {
  Pod: { group: '', template: '' },
  Deployment: { group: 'apps', ...REPLICATED },
  StatefulSet: { group: 'apps', ...REPLICATED },
  ReplicaSet: { group: 'apps', ...REPLICATED },
  DaemonSet: { group: 'apps', ...TEMPLATE, matchLabels: 'spec.selector.matchLabels' },
  ReplicationController: { group: '', ...TEMPLATE, replicas: 'spec.replicas', matchLabels: 'spec.selector' },
  Job: { group: 'batch', ...TEMPLATE, replicas: 'spec.parallelism', suspends: true },
  CronJob: {
    group: 'batch',
    template: 'spec.jobTemplate.spec.template',
    replicas: 'spec.jobTemplate.spec.parallelism',
    suspends: true,
  },
};

/** The kind of an object by its name and group, whichever version it is written in; undefined where it runs no pods. */
export function workloadKindOf(object: { readonly kind: string; readonly apiVersion: string }) {
  const { kind: name, apiVersion } = object;
  const kind = Object.prototype.hasOwnProperty.call(WORKLOAD_KINDS, name) ? WORKLOAD_KINDS[name] : undefined;
  const isOfGroup = kind?.group === '' ? apiVersion === 'v1' : apiVersion.startsWith(`${kind?.group}/`);
  return isOfGroup ? kind : undefined;
}
