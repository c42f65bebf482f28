/** A kind of Kubernetes objects that run pods. */
export interface WorkloadKind extends WorkloadPaths {
  /** The API group; empty for the core group. */
  readonly group: string;
}

/** The paths of the fields of a workload. */
export interface WorkloadPaths {
  /** The pods' template; empty if the object is the pod itself. */
  readonly template: string;
  /** The number of pods (default: 1). */
  readonly replicas?: string;
  /** The labels that select its pods. The API server requires them in the template. */
  readonly matchLabels?: string;
  /** `spec.suspend` stops its pods. */
  readonly suspends?: true;
  /** The Job that runs its pods, by its own name. The API server gives pods of Jobs labels with it. */
  readonly job?: (name: string) => string;
}

const TEMPLATE = { template: 'spec.template' };
const REPLICATED = { ...TEMPLATE, replicas: 'spec.replicas', matchLabels: 'spec.selector.matchLabels' };

/**
 * Annotation of an object of any kind that runs pods like a ReplicaSet: `spec.replicas` of `spec.template`. Snapshots
 * write it on controllers that Kubernetes does not know.
 */
export const CUSTOM_WORKLOAD_ANNOTATION = 'cilium-mesh/workload';

/**
 * Names the controller of a Pod of a snapshot, as `Deployment/web`. Such a pod differs from the template of its
 * controller, so it counts as a workload of its own, and it goes when its controller is replaced or deleted.
 */
export const CONTROLLER_ANNOTATION = 'cilium-mesh/controller';

const CUSTOM: WorkloadPaths = { ...TEMPLATE, replicas: 'spec.replicas' };

/** The kinds of workloads, by their names. */
export const WORKLOAD_KINDS: { readonly [kind: string]: WorkloadKind } = {
  Pod: { group: '', template: '' },
  Deployment: { group: 'apps', ...REPLICATED },
  StatefulSet: { group: 'apps', ...REPLICATED },
  ReplicaSet: { group: 'apps', ...REPLICATED },
  DaemonSet: { group: 'apps', ...TEMPLATE, matchLabels: 'spec.selector.matchLabels' },
  ReplicationController: { group: '', ...TEMPLATE, replicas: 'spec.replicas', matchLabels: 'spec.selector' },
  Job: { group: 'batch', ...TEMPLATE, replicas: 'spec.parallelism', suspends: true, job: name => name },
  CronJob: {
    group: 'batch',
    template: 'spec.jobTemplate.spec.template',
    replicas: 'spec.jobTemplate.spec.parallelism',
    suspends: true,
    // the time of the run is unknown; no selector can name a value with these characters
    job: name => `${name}-<time>`,
  },
};

/**
 * Kinds of other projects that run pods like a Deployment. They may refer to the template of another object instead of
 * having their own, and then run no pods that are known here.
 */
export const CUSTOM_WORKLOAD_KINDS: { readonly [kind: string]: WorkloadKind } = {
  Rollout: { group: 'argoproj.io', ...REPLICATED },
  CloneSet: { group: 'apps.kruise.io', ...REPLICATED },
};

/** The labels with the name of the Job (generateSelector, pkg/registry/batch/job/strategy.go, Kubernetes 1.27). */
export const JOB_NAME_LABELS = ['batch.kubernetes.io/job-name', 'job-name'];

/** The kind of an object by its name and group, in any version; undefined if it runs no pods. */
export function workloadKindOf(object: {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata?: any;
  readonly spec?: any;
}): WorkloadPaths | undefined {
  const custom = object.spec?.template ? find(CUSTOM_WORKLOAD_KINDS, object) : undefined;
  const kind = find(WORKLOAD_KINDS, object) ?? custom;
  return kind ?? (object.metadata?.annotations?.[CUSTOM_WORKLOAD_ANNOTATION] === 'true' ? CUSTOM : undefined);
}

function find(
  kinds: { readonly [kind: string]: WorkloadKind },
  { kind: name, apiVersion }: { readonly kind: string; readonly apiVersion: string },
): WorkloadKind | undefined {
  const kind = Object.prototype.hasOwnProperty.call(kinds, name) ? kinds[name] : undefined;
  const isOfGroup =
    kind?.group === ''
      ? apiVersion === 'v1'
      : apiVersion.startsWith(`${kind?.group}/`) || (kind?.group === 'apps' && apiVersion === 'extensions/v1beta1');
  return isOfGroup ? kind : undefined;
}
