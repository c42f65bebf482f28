import { Refusal } from './field-reader';
import { PolicyEntry } from '../../engine/entry';
import { PolicySettings } from '../../engine/settings';

/** The parts of a cluster that its policies depend on. */
export interface PolicyContext {
  readonly settings: PolicySettings;
  /** The cluster's own Services, for `toServices`. */
  readonly services: readonly PolicyService[];
  /** Whether the manifests know a namespace. Of others, absent Services are unknown. By default they know all. */
  readonly hasNamespace?: (name: string) => boolean;
  /** The cluster's CiliumCIDRGroups. Only old versions read policies with them: see `PeerIdentity.groups`. */
  readonly cidrGroups?: readonly CidrGroup[];
  /** Whether the manifests hold no nodes, so selectors of nodes by their labels match nothing. By default they do. */
  readonly nodesAreUnknown?: boolean;
  /** The channel of the CRD of ClusterNetworkPolicies. By default the standard one. */
  readonly channel?: PolicyChannel;
}

/** The channel of a CRD of the network-policy-api; `unknown` without the CRD among the manifests. */
export type PolicyChannel = 'standard' | 'experimental' | 'unknown';

/** A Service, as policies refer to it. */
export interface PolicyService {
  readonly namespace: string;
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  readonly selector?: { readonly [key: string]: string };
  /** The addresses of its backends. They count only for a Service without a selector. */
  readonly addresses: readonly string[];
}

/** A CiliumCIDRGroup. */
export interface CidrGroup {
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  readonly cidrs: readonly string[];
}

/**
 * The entries of a policy, or its refusals. A refused policy enforces nothing. A policy with only `unmodelled` refusals
 * is not refused.
 */
export interface ParsedPolicy {
  readonly entries: readonly PolicyEntry[];
  readonly refusals: readonly Refusal[];
}
