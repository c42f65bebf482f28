import { POLICY_KINDS } from '../cilium/policy-kinds';
import { CUSTOM_WORKLOAD_ANNOTATION, CUSTOM_WORKLOAD_KINDS, WORKLOAD_KINDS } from '../cilium/workload-kinds';

/**
 * Whether a text may contain an object that verdicts depend on: a workload, a policy, a Service, and so on.
 *
 * It must also answer for texts that are not valid YAML, so it looks for the kind of an object wherever it may be
 * written. A kind that a template writes may be any.
 */
export function mayMatter(text: string): boolean {
  return (
    !isOfAnotherProgram(text) &&
    (KIND.test(text) ||
      OTHERS.some(each => text.includes(each)) ||
      kindsIn(text).some(kind => /^(\{\{|\$)|List$/.test(kind)))
  );
}

/**
 * Whether a file is configuration of a program whose objects have a kind and no apiVersion: some programs have a
 * Service, a Namespace or a Policy of their own. A file with kinds of Kubernetes only may lack apiVersion by mistake.
 */
function isOfAnotherProgram(text: string): boolean {
  return !text.includes('apiVersion') && kindsIn(text).some(kind => FOREIGN_KIND.test(kind) && !BUILT_IN.has(kind));
}

function kindsIn(text: string): string[] {
  return [...text.matchAll(ANY_KIND)].map(([, kind]) => kind);
}

// settings of Cilium are read from its ConfigMap
const OTHERS = [CUSTOM_WORKLOAD_ANNOTATION, 'cilium-config'];

const KINDS = [
  ...Object.keys(WORKLOAD_KINDS),
  ...Object.keys(CUSTOM_WORKLOAD_KINDS),
  ...Object.keys(POLICY_KINDS),
  'AdminNetworkPolicy',
  'BaselineAdminNetworkPolicy',
  'CiliumClusterWideNetworkPolicy',
  'CiliumLocalRedirectPolicy',
  'Namespace',
  'Node',
  'Service',
  'Endpoints',
  'EndpointSlice',
  'ServiceExport',
  'ServiceImport',
  'Ingress',
  'Gateway',
  'HTTPRoute',
  'GRPCRoute',
  'TLSRoute',
  'TCPRoute',
  'UDPRoute',
];

const KIND = new RegExp(`\\bkind["']?\\s*:\\s*["']?(?:${KINDS.join('|')})(?![A-Za-z0-9])`);

const ANY_KIND = /\bkind["']?\s*:\s*["']?([^\s"',}]+)/g;

const FOREIGN_KIND = /^[A-Z][A-Za-z0-9]*$/;

/** Kinds of Kubernetes and Cilium in files of manifests. */
const BUILT_IN = new Set([
  ...KINDS,
  'ClusterRole',
  'ClusterRoleBinding',
  'ConfigMap',
  'CustomResourceDefinition',
  'HorizontalPodAutoscaler',
  'IngressClass',
  'LimitRange',
  'List',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'PodDisruptionBudget',
  'PodTemplate',
  'PriorityClass',
  'ResourceQuota',
  'Role',
  'RoleBinding',
  'Secret',
  'ServiceAccount',
  'StorageClass',
]);
