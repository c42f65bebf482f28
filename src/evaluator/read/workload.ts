import { DeclaredPort, readDeclaredPorts, readSidecarPorts } from './declared-ports';
import { identityLabels } from './identity-labels';
import { EvaluatedNamespace, texts } from './namespace';
import { at } from './object-fields';
import { ObjectProblem } from './object-problem';
import { timeProblems } from './object-times';
import { isPresent } from './policy/field-reader';
import { compareTexts } from './text-order';
import { LabelFilter } from '../../cilium/identity-labels';
import { JOB_NAME_LABELS, workloadKindOf, WorkloadPaths } from '../../cilium/workload-kinds';
import { isMap } from '../../diagnostics/is-map';
import { formatValue } from '../../diagnostics/texts';
import { Manifest } from '../../manifests/manifest';
import { LabelSet } from '../engine/label-set';

/**
 * A controller of pods (Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob) or a Pod. All of its pods have
 * one identity.
 */
export interface Workload {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** All labels of its pods. Services select by them. */
  readonly podLabels: { readonly [key: string]: string };
  /** The labels of its pods' identity. Policies select by them. */
  readonly labels: LabelSet;
  /**
   * Port numbers by the names that containers declare, `name/PROTOCOL`, names in lower case. Of two ports with one name
   * the last counts.
   */
  readonly namedPorts: ReadonlyMap<string, number>;
  readonly ports: readonly DeclaredPort[];
  /** The ports of native sidecars. Only Services know them by name. */
  readonly sidecarPorts: readonly DeclaredPort[];
  /** The number of running pods; 1 for a DaemonSet, because the number of nodes is unknown. */
  readonly replicas: number;
  /**
   * Its pods have the addresses of their nodes, so Cilium takes them for nodes and enforces no policies for pods on
   * them.
   */
  readonly hostNetwork: boolean;
  /** The name of the node that its pods run on, if the manifest names one. */
  readonly node?: string;
  readonly manifest: Manifest;
  /** The path of the pods' labels in the manifest. */
  readonly labelsPath: string;
}

type Labels = { readonly [key: string]: string };

export function isWorkload(object: any): boolean {
  return workloadKindOf(object) !== undefined;
}

/**
 * Reads a workload.
 *
 * Its identity has the pods' labels, without those that Cilium ignores or reserves, plus the namespace's labels and
 * Cilium's own (pkg/k8s/utils SanitizePodLabels and pkg/labelsfilter, v1.20.2).
 */
export function workloadOf(
  manifest: Manifest,
  cluster: string,
  namespace: EvaluatedNamespace,
  filter: LabelFilter,
): { readonly workload?: Workload; readonly problems: readonly ObjectProblem[] } {
  const { object } = manifest;
  const kind = workloadKindOf(object)!;
  const { template: templatePath } = kind;
  const template = at(object, templatePath);
  const spec = template?.spec;
  if (!isMap(spec)) {
    const path = templatePath === '' ? 'spec' : `${templatePath}.spec`;
    return {
      problems: [
        {
          path,
          message: `${path} must be an object, got ${formatValue(spec)}`,
          fix: `write ${path} with the containers of the pods`,
        },
      ],
    };
  }
  const prefix = templatePath === '' ? '' : `${templatePath}.`;
  const problems: ObjectProblem[] = [];
  const podLabels = { ...texts(template.metadata?.labels), ...jobLabels(object, kind) };
  for (const [key, value] of Object.entries(isMap(template.metadata?.labels) ? template.metadata.labels : {})) {
    if (typeof value !== 'string') {
      problems.push({
        path: `${prefix}metadata.labels[${JSON.stringify(key)}]`,
        message: `the label ${key} must be a text, got ${formatValue(value)}`,
        // kubectl reads y, n, yes, no, on and off as true and false, as keys too
        fix: `write the key and the value in quotes: ${formatValue(key)}: ${formatValue(String(value))}`,
      });
    }
  }
  const { ports, problems: portProblems } = readDeclaredPorts(spec, prefix);
  const { ports: sidecarPorts, problems: sidecarProblems } = readSidecarPorts(spec, prefix);
  problems.push(...portProblems, ...sidecarProblems, ...selectorProblems(object, kind, podLabels));
  problems.push(...replicasProblems(object, kind), ...timeProblems(object));
  const serviceAccount =
    [spec.serviceAccountName, spec.serviceAccount].find(each => typeof each === 'string' && each !== '') ?? 'default';
  return {
    problems,
    workload: {
      cluster,
      namespace: namespace.name,
      kind: object.kind,
      name: object.metadata.name,
      podLabels,
      labels: identityLabels(cluster, namespace, podLabels, serviceAccount, filter),
      namedPorts: new Map(
        ports
          .filter(each => each.name !== undefined)
          .map(each => [`${each.name!.toLowerCase()}/${each.protocol}`, each.port]),
      ),
      ports,
      sidecarPorts,
      replicas: replicasOf(object, kind),
      hostNetwork: spec.hostNetwork === true,
      ...nodeOf(spec),
      manifest,
      labelsPath: `${prefix}metadata.labels`,
    },
  };
}

/** The reference of a workload, as commands take it. The namespace `default` is left out. */
export function formatWorkload({ namespace, name, cluster }: Pick<Workload, 'namespace' | 'name' | 'cluster'>): string {
  return `${namespace === 'default' ? '' : `${namespace}/`}${name}@${cluster}`;
}

/** The node of pods: with `nodeName` the scheduler is not asked, and a kubelet labels its node with the host name. */
function nodeOf({ nodeName, nodeSelector }: any): { readonly node?: string } {
  const name = [nodeName, nodeSelector?.['kubernetes.io/hostname']].find(
    each => typeof each === 'string' && each !== '',
  );
  return name === undefined ? {} : { node: name };
}

/** An order that depends only on the names. */
export function compareWorkloads(one: Workload, other: Workload): number {
  return compareTexts(
    [one.cluster, one.namespace, one.kind, one.name],
    [other.cluster, other.namespace, other.kind, other.name],
  );
}

/** Jobs with a selector of their own get no labels. */
function jobLabels(object: any, { job, template }: WorkloadPaths): Labels {
  return job && at(object, template.replace(/template$/, 'manualSelector')) !== true
    ? Object.fromEntries(JOB_NAME_LABELS.map(key => [key, job(object.metadata.name)]))
    : {};
}

/** The API server refuses templates that their own selector does not select. */
function selectorProblems(object: any, { matchLabels: path }: WorkloadPaths, podLabels: Labels): ObjectProblem[] {
  const matchLabels = path === undefined ? undefined : at(object, path);
  return !isMap(matchLabels)
    ? []
    : Object.entries(matchLabels)
      .filter(([key, value]) => podLabels[key] !== value)
      .map(([key, value]) => ({
        path: `${path}[${JSON.stringify(key)}]`,
        ...(typeof value === 'string'
          ? {
            message:
                `the selector wants ${key}=${value}, but the pod template has ` +
                `${Object.hasOwn(podLabels, key) ? `${key}=${podLabels[key]}` : 'no such label'}`,
            fix: `write ${key}: ${value} in the labels of the pod template, or correct the selector`,
          }
          : {
            message: `the selector's value of ${key} must be a text, got ${formatValue(value)}`,
            fix: Object.hasOwn(podLabels, key)
              ? `write the text of the pod template: ${formatValue(key)}: ${formatValue(podLabels[key])}`
              : 'write the text of a label of the pod template, in quotes',
          }),
      }));
}

function replicasProblems(object: any, { replicas: path }: WorkloadPaths): ObjectProblem[] {
  const count = path === undefined ? undefined : at(object, path);
  return !isPresent(count) || (Number.isInteger(count) && count >= 0)
    ? []
    : [
      {
        path: path!,
        message: `${path} must be a number from 0, got ${formatValue(count)}`,
        fix: 'write the number of pods',
      },
    ];
}

function replicasOf(object: any, { template, replicas, suspends }: WorkloadPaths): number {
  const count = replicas === undefined ? undefined : at(object, replicas);
  const stopped = suspends
    ? object.spec?.suspend === true
    : template === '' && ['Succeeded', 'Failed'].includes(object.status?.phase);
  return stopped ? 0 : Number.isInteger(count) && count >= 0 ? count : 1;
}
