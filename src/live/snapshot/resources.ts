import { POLICY_KINDS } from '../../cilium/policy-kinds';
import { CiliumVersion } from '../../cilium/version';
import { WORKLOAD_KINDS } from '../../cilium/workload-kinds';

/** Objects of an API server that a snapshot lists. */
export interface Resource {
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  /** The first version that the server has is read. */
  readonly versions: readonly string[];
  readonly plural: string;
  /** Kubernetes itself serves it, so an API server without it is no answer. */
  readonly builtIn: boolean;
  /** Lists only the objects that it selects. */
  readonly labelSelector?: string;
}

const newest = CiliumVersion.parse(CiliumVersion.DEFAULT)!.traits;

const workloads = Object.entries(WORKLOAD_KINDS).map(([kind, { group }]) => builtIn(kind, group));

const policies = Object.values(POLICY_KINDS).map(({ kind, group, versions }) => ({
  ...custom(kind, group, ...versions(newest)),
  builtIn: group === 'networking.k8s.io',
}));

const GATEWAY = 'gateway.networking.k8s.io';
const MULTICLUSTER = 'multicluster.x-k8s.io';

/** The list of a snapshot, the slowest ones first. No Secrets and no ConfigMaps. */
export const RESOURCES: readonly Resource[] = [
  ...workloads,
  builtIn('Namespace'),
  builtIn('Node'),
  builtIn('Service'),
  {
    ...builtIn('EndpointSlice', 'discovery.k8s.io'),
    // Kubernetes derives the others from pods, and so does the evaluator
    labelSelector: 'endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io',
  },
  ...policies,
  custom('CiliumLocalRedirectPolicy', 'cilium.io', 'v2'),
  builtIn('Ingress', 'networking.k8s.io'),
  // Kubernetes 1.33
  custom('ServiceCIDR', 'networking.k8s.io', 'v1', 'v1beta1'),
  custom('GatewayClass', GATEWAY, 'v1', 'v1beta1'),
  custom('Gateway', GATEWAY, 'v1', 'v1beta1'),
  custom('HTTPRoute', GATEWAY, 'v1', 'v1beta1'),
  custom('GRPCRoute', GATEWAY, 'v1', 'v1alpha2'),
  custom('TLSRoute', GATEWAY, 'v1', 'v1alpha3', 'v1alpha2'),
  custom('TCPRoute', GATEWAY, 'v1', 'v1alpha2'),
  custom('UDPRoute', GATEWAY, 'v1', 'v1alpha2'),
  custom('ServiceExport', MULTICLUSTER, 'v1beta1', 'v1alpha1'),
  custom('ServiceImport', MULTICLUSTER, 'v1beta1', 'v1alpha1'),
];

/** `pods`, `networkpolicies.networking.k8s.io`: as kubectl and roles name a resource. */
export function formatResource({ plural, group }: Pick<Resource, 'plural' | 'group'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** The path of a page of a list. `after`: the token of the page before it. */
export function listPath(
  { group, plural, labelSelector }: Resource,
  version: string,
  limit: number,
  after: string | undefined,
): string {
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const query = [
    ['limit', String(limit)],
    ...(labelSelector === undefined ? [] : [['labelSelector', labelSelector]]),
    ...(after === undefined ? [] : [['continue', after]]),
  ];
  return `${base}/${plural}?${query.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')}`;
}

function builtIn(kind: string, group: string = ''): Resource {
  return { kind, group, versions: ['v1'], plural: pluralOf(kind), builtIn: true };
}

function custom(kind: string, group: string, ...versions: readonly string[]): Resource {
  return { kind, group, versions, plural: pluralOf(kind), builtIn: false };
}

function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : /(s|x|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}
