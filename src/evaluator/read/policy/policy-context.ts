import { Refusal } from './field-reader';
import { PolicyEntry } from '../../engine/entry';
import { PolicySettings } from '../../engine/settings';

/** What of a cluster decides what its policies mean. */
export interface PolicyContext {
  readonly settings: PolicySettings;
  /** The cluster's own Services, which `toServices` may refer to. */
  readonly services: readonly PolicyService[];
  /** The cluster's CiliumCIDRGroups. Only old versions need them to read policies: see `PeerIdentity.groups`. */
  readonly cidrGroups?: readonly CidrGroup[];
}

/** A Service, as far as policies can refer to it. */
export interface PolicyService {
  readonly namespace: string;
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  readonly selector?: { readonly [key: string]: string };
  /** Addresses of its backends; they count for a Service without selector only. */
  readonly addresses: readonly string[];
}

/** A CiliumCIDRGroup. */
export interface CidrGroup {
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  readonly cidrs: readonly string[];
}

/**
 * What a policy says, or why it is refused; a refused policy enforces nothing, one with `unmodelled` refusals alone is
 * not refused.
 */
export interface ParsedPolicy {
  readonly entries: readonly PolicyEntry[];
  readonly refusals: readonly Refusal[];
}
