import { EvaluatedNamespace, texts } from './namespace';
import { CLUSTER_LABEL, isIdentityLabel, NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX, SERVICE_ACCOUNT_LABEL } from '../../cilium/labels';
import { Manifest } from '../../manifests/manifest';
import { LabelSet } from '../engine/label-set';

/** A port that a container declares. */
export interface DeclaredPort {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
  readonly name?: string;
}

/** What runs pods: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob, or a Pod itself. All of its pods have one identity. */
export interface Workload {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** The labels of its pods, all of them: what Services select by. */
  readonly podLabels: { readonly [key: string]: string };
  /** The labels of its pods' identity: what policies select by. */
  readonly labels: LabelSet;
  /** Ports by the names that containers give them, `name/PROTOCOL`, names in lower case. Of two ports with one name the last counts. */
  readonly namedPorts: ReadonlyMap<string, number>;
  readonly ports: readonly DeclaredPort[];
  /** Pods that run; of a DaemonSet one, since the number of nodes is not known. */
  readonly replicas: number;
  /** Its pods have the addresses of their nodes, so that Cilium takes them for nodes: no policy of pods is enforced on them. */
  readonly hostNetwork: boolean;
  readonly manifest: Manifest;
  /** Where the labels of the pods stand in the manifest. */
  readonly labelsPath: string;
}

/** Where each kind has its pods' template. */
const TEMPLATES: { readonly [kind: string]: string } = {
  Pod: '', Deployment: 'spec.template', StatefulSet: 'spec.template', DaemonSet: 'spec.template', ReplicaSet: 'spec.template', ReplicationController: 'spec.template',
  Job: 'spec.template', CronJob: 'spec.jobTemplate.spec.template',
};

const GROUPS: { readonly [kind: string]: RegExp } = {
  Pod: /^v1$/, ReplicationController: /^v1$/, Job: /^batch\//, CronJob: /^batch\//, Deployment: /^apps\//, StatefulSet: /^apps\//, DaemonSet: /^apps\//, ReplicaSet: /^apps\//,
};

/** Whether an object is a workload. */
export function isWorkload(object: any): boolean {
  return GROUPS[object.kind]?.test(object.apiVersion) ?? false;
}

/** What of a workload cannot be read: where in it, and why. */
export interface WorkloadProblem {
  readonly path: string;
  readonly message: string;
}

/**
 * Reads a workload.
 *
 * Labels of the identity: the pod's, without those that Cilium ignores and those that are Cilium's own, then the namespace's and Cilium's
 * (pkg/k8s/utils SanitizePodLabels and pkg/labelsfilter, v1.20.2).
 */
export function workloadOf(manifest: Manifest, cluster: string, namespace: EvaluatedNamespace): { readonly workload?: Workload; readonly problems: readonly WorkloadProblem[] } {
  const { object } = manifest;
  const templatePath = TEMPLATES[object.kind];
  const template = at(object, templatePath);
  const spec = template?.spec;
  if (!isMap(spec)) {
    return { problems: [{ path: templatePath === '' ? 'spec' : `${templatePath}.spec`, message: `a ${object.kind} needs ${templatePath === '' ? 'spec' : `${templatePath}.spec`} with the pods' containers` }] };
  }
  const prefix = templatePath === '' ? '' : `${templatePath}.`;
  const problems: WorkloadProblem[] = [];
  const podLabels = texts(template.metadata?.labels);
  for (const [key, value] of Object.entries(isMap(template.metadata?.labels) ? template.metadata.labels : {})) {
    if (typeof value !== 'string') {
      problems.push({ path: `${prefix}metadata.labels[${JSON.stringify(key)}]`, message: `the label ${key} must be a text, not ${JSON.stringify(value)}: put key and value in quotes (kubectl reads y, n, yes, no, on and off as true and false)` });
    }
  }
  const { ports, problems: portProblems } = declaredPorts(spec, prefix);
  problems.push(...portProblems, ...selectorProblems(object, podLabels, templatePath));
  const serviceAccount = [spec.serviceAccountName, spec.serviceAccount].find(each => typeof each === 'string' && each !== '') ?? 'default';
  return {
    problems,
    workload: {
      cluster,
      namespace: namespace.name,
      kind: object.kind,
      name: object.metadata.name,
      podLabels,
      labels: identityLabels(cluster, namespace, podLabels, serviceAccount),
      namedPorts: new Map(ports.filter(each => each.name !== undefined).map(each => [`${each.name!.toLowerCase()}/${each.protocol}`, each.port])),
      ports,
      replicas: replicasOf(object),
      hostNetwork: spec.hostNetwork === true,
      manifest,
      labelsPath: `${prefix}metadata.labels`,
    },
  };
}

/** The labels of an identity of pods. */
export function identityLabels(cluster: string, namespace: Pick<EvaluatedNamespace, 'name' | 'labels'>, podLabels: { readonly [key: string]: string }, serviceAccount: string): LabelSet {
  const labels: { [key: string]: string } = {
    ...Object.fromEntries(Object.entries(podLabels).filter(([key]) => isIdentityLabel(key) && !isCiliumsOwn(key))),
    ...Object.fromEntries(Object.entries(namespace.labels).map(([key, value]) => [`${NAMESPACE_LABELS_PREFIX}.${key}`, value])),
    [NAMESPACE_LABEL]: namespace.name,
    [CLUSTER_LABEL]: cluster,
    [SERVICE_ACCOUNT_LABEL]: serviceAccount,
  };
  return new LabelSet(Object.entries(labels).map(([key, value]) => ({ source: 'k8s', key, value })));
}

/** Labels that pods cannot give themselves: Cilium's values take their place. */
export function isCiliumsOwn(key: string): boolean {
  return key.startsWith('io.cilium.k8s');
}

/** How a person names a workload: the namespace only where it is not `default`. */
export function shownWorkload({ namespace, name, cluster }: Pick<Workload, 'namespace' | 'name' | 'cluster'>): string {
  return `${namespace === 'default' ? '' : `${namespace}/`}${name}@${cluster}`;
}

/** An order that only depends on the names. */
export function compareWorkloads(one: Workload, other: Workload): number {
  return compareTexts([one.cluster, one.namespace, one.kind, one.name], [other.cluster, other.namespace, other.kind, other.name]);
}

/** Compares lists of texts item by item, by code unit. */
export function compareTexts(one: readonly string[], other: readonly string[]): number {
  const index = one.findIndex((text, each) => text !== other[each]);
  return index < 0 ? 0 : one[index] < other[index] ? -1 : 1;
}

/** Cilium reads the ports of containers, not those of init containers (pkg/k8s/slim_corev1.go and watchers/pod.go, v1.20.2). */
function declaredPorts(spec: any, prefix: string): { ports: DeclaredPort[]; problems: WorkloadProblem[] } {
  const problems: WorkloadProblem[] = [];
  const ports = list(spec.containers).flatMap((container, index) => list(container?.ports).flatMap((port, which) => {
    const number = port?.containerPort;
    const protocol = port?.protocol ?? 'TCP';
    if (!Number.isInteger(number) || number < 1 || number > 65535 || !['TCP', 'UDP', 'SCTP'].includes(protocol)) {
      problems.push({
        path: `${prefix}spec.containers[${index}].ports[${which}]`,
        message: `a port needs containerPort from 1 to 65535 and protocol TCP, UDP or SCTP, not ${JSON.stringify(number)} and ${JSON.stringify(protocol)}`,
      });
      return [];
    }
    return [{ protocol, port: number, ...typeof port.name === 'string' ? { name: port.name } : {} }];
  }));
  return { ports, problems };
}

/** The API server refuses templates that their own selector does not select. */
function selectorProblems(object: any, podLabels: { readonly [key: string]: string }, templatePath: string): WorkloadProblem[] {
  const matchLabels = object.kind === 'ReplicationController' ? object.spec?.selector : object.spec?.selector?.matchLabels;
  if (!templatePath || !isMap(matchLabels) || ['Job', 'CronJob'].includes(object.kind)) {
    return [];
  }
  const path = object.kind === 'ReplicationController' ? 'spec.selector' : 'spec.selector.matchLabels';
  return Object.entries(matchLabels).filter(([key, value]) => podLabels[key] !== value).map(([key, value]) => ({
    path: `${path}[${JSON.stringify(key)}]`,
    message: `selects ${key}=${String(value)}, but the pods' template has ${podLabels[key] === undefined ? 'no such label' : `${key}=${podLabels[key]}`}`,
  }));
}

function replicasOf(object: any): number {
  const count = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 ? value as number : 1;
  switch (object.kind) {
    case 'Deployment': case 'StatefulSet': case 'ReplicaSet': case 'ReplicationController': return count(object.spec?.replicas);
    case 'Job': return object.spec?.suspend === true ? 0 : count(object.spec?.parallelism);
    case 'CronJob': return object.spec?.suspend === true ? 0 : count(object.spec?.jobTemplate?.spec?.parallelism);
    case 'Pod': return ['Succeeded', 'Failed'].includes(object.status?.phase) ? 0 : 1;
    default: return 1;
  }
}

function at(object: any, path: string): any {
  return path === '' ? object : path.split('.').reduce<any>((each, key) => each?.[key], object);
}

function list(value: unknown): any[] {
  return Array.isArray(value) ? value : [];
}

function isMap(value: unknown): value is { [key: string]: any } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
