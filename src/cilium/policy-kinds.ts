import { FlagName } from './settings';
import { Traits } from './traits';

/** A kind of objects that contain or affect policies. */
export interface PolicyKind {
  readonly kind: PolicyKindName;
  readonly group: string;
  /** The versions of the group that serve it, the newest first. */
  readonly versions: (traits: Traits) => readonly string[];
  /** Whether its objects are namespaced. */
  readonly namespaced: boolean;
  /** The setting without which Cilium does not read it. */
  readonly enabledBy?: FlagName;
  /** The field of a spec that selects the pods that the policy applies to. */
  readonly subject?: string;
  /** Its name in Cilium's resource names. Cilium merges rules in their order (pkg/ipcache/types/types.go, v1.20.2). */
  readonly resource?: string;
}

export type PolicyKindName =
  | 'CiliumNetworkPolicy'
  | 'CiliumClusterwideNetworkPolicy'
  | 'NetworkPolicy'
  | 'ClusterNetworkPolicy'
  | 'CiliumCIDRGroup';

/** All kinds that policies depend on, by name. */
export const POLICY_KINDS: { readonly [name in PolicyKindName]: PolicyKind & { readonly kind: name } } = {
  CiliumNetworkPolicy: {
    kind: 'CiliumNetworkPolicy',
    group: 'cilium.io',
    versions: () => ['v2'],
    namespaced: true,
    subject: 'endpointSelector',
    resource: 'cnp',
  },
  CiliumClusterwideNetworkPolicy: {
    kind: 'CiliumClusterwideNetworkPolicy',
    group: 'cilium.io',
    versions: () => ['v2'],
    namespaced: false,
    subject: 'endpointSelector',
    resource: 'ccnp',
  },
  NetworkPolicy: {
    kind: 'NetworkPolicy',
    group: 'networking.k8s.io',
    versions: () => ['v1'],
    namespaced: true,
    enabledBy: 'networkPolicies',
    subject: 'podSelector',
    resource: 'netpol',
  },
  ClusterNetworkPolicy: {
    kind: 'ClusterNetworkPolicy',
    group: 'policy.networking.k8s.io',
    versions: () => ['v1alpha2'],
    namespaced: false,
    enabledBy: 'clusterNetworkPolicies',
    subject: 'subject',
    resource: 'kcnp',
  },
  /** Policies refer to it; it is not a policy. */
  CiliumCIDRGroup: {
    kind: 'CiliumCIDRGroup',
    group: 'cilium.io',
    versions: ({ cidrGroupV2 }) => (cidrGroupV2 ? ['v2', 'v2alpha1'] : ['v2alpha1']),
    namespaced: false,
  },
};

/** The cluster-scoped kinds. */
export const CLUSTERWIDE_POLICY_KINDS: readonly string[] = Object.values(POLICY_KINDS)
  .filter(({ namespaced }) => !namespaced)
  .map(({ kind }) => kind);

/** The kind of an object by its name and group, in any version; undefined for other objects. */
export function policyKindOf(object: { readonly kind: string; readonly apiVersion: string }): PolicyKind | undefined {
  const { kind, apiVersion } = object;
  const isKnown = Object.prototype.hasOwnProperty.call(POLICY_KINDS, kind);
  const policyKind = isKnown ? POLICY_KINDS[kind as PolicyKindName] : undefined;
  return policyKind && apiVersion.startsWith(`${policyKind.group}/`) ? policyKind : undefined;
}

/** The API versions of a kind that a version of Cilium serves, the newest first. */
export function servedVersions({ group, versions }: PolicyKind, traits: Traits): string[] {
  return versions(traits).map(version => `${group}/${version}`);
}
