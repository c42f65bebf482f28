import { FlagName } from './settings';
import { Traits } from './traits';

/** A kind of objects that Cilium reads policies out of. */
export interface PolicyKind {
  readonly kind: PolicyKindName;
  readonly group: string;
  /** The versions of the group that serve it, the newest first. */
  readonly versions: (traits: Traits) => readonly string[];
  /** Whether its objects belong to a namespace. */
  readonly namespaced: boolean;
  /** The setting without which Cilium does not read it. */
  readonly enabledBy?: FlagName;
  /** Where a spec selects the pods that the policy is about. */
  readonly subject?: string;
  /**
   * What Cilium calls it in the names of resources, by which rules are merged (pkg/ipcache/types/types.go, v1.20.2).
   */
  readonly resource?: string;
}

export type PolicyKindName =
  'CiliumNetworkPolicy' | 'CiliumClusterwideNetworkPolicy' | 'NetworkPolicy' | 'ClusterNetworkPolicy'
  | 'CiliumCIDRGroup';

/** Every kind that decides over policies, by its name. */
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
  /** No policy itself: policies refer to it. */
  CiliumCIDRGroup: {
    kind: 'CiliumCIDRGroup',
    group: 'cilium.io',
    versions: ({ cidrGroupV2 }) => cidrGroupV2 ? ['v2', 'v2alpha1'] : ['v2alpha1'],
    namespaced: false,
  },
};

/** The kinds that belong to no namespace. */
export const CLUSTERWIDE_POLICY_KINDS: readonly string[] =
  Object.values(POLICY_KINDS).filter(({ namespaced }) => !namespaced).map(({ kind }) => kind);

/**
 * The kind of an object by its name and group, whichever version it is written in; undefined where it is none of them.
 */
export function policyKindOf(object: { readonly kind: string; readonly apiVersion: string }): PolicyKind | undefined {
  const { kind, apiVersion } = object;
  const isKnown = Object.prototype.hasOwnProperty.call(POLICY_KINDS, kind);
  const known = isKnown ? POLICY_KINDS[kind as PolicyKindName] : undefined;
  return known && apiVersion.startsWith(`${known.group}/`) ? known : undefined;
}

/** The API versions of a kind that a version of Cilium serves, the newest first. */
export function servedVersions({ group, versions }: PolicyKind, traits: Traits): string[] {
  return versions(traits).map(version => `${group}/${version}`);
}
