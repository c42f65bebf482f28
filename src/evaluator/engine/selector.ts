import { LabelSet } from './label-set';
import { Cidr } from '../../cilium/cidr';
import { normalizedName } from '../../cilium/dns-names';

/** One requirement on a label. */
export interface Requirement {
  readonly source: string;
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** Selects peers of a rule. Equal selectors have equal ids, because Cilium merges rules on one port and selector. */
export type PeerSelector =
  | {
    readonly kind: 'labels';
    readonly id: string;
    readonly requirements: readonly Requirement[];
    /** The selector with `policy-default-local-cluster` inverted, if it names no cluster. */
    readonly withOtherDefault?: () => PeerSelector;
    /**
     * An empty selector of CIDR groups, which Cilium 1.20 takes for the selector of all peers. Where Cilium looks up
     * named ports by peer, it selects only peers outside of the mesh, and those have no named ports.
     */
    readonly ofCidrGroups?: true;
  }
  | { readonly kind: 'cidr'; readonly id: string; readonly cidr: Cidr; readonly except: readonly Cidr[] }
  /** A CIDR of length 0: all peers outside of the mesh, also those without a known address. */
  | { readonly kind: 'world'; readonly id: string; readonly label: string; readonly except: readonly Cidr[] }
  | { readonly kind: 'cidrGroup'; readonly id: string; readonly group: string; readonly except: readonly Cidr[] }
  /**
   * CIDR groups by their labels. A selector of only `NotIn` and `DoesNotExist` selects all peers outside of the mesh,
   * and with `nodes` the nodes.
   *
   * Up to 1.19 Cilium reads it as a selector of any labels, so it selects pods as well (`anyIdentity`).
   */
  | {
    readonly kind: 'cidrGroupLabels';
    readonly id: string;
    readonly requirements: readonly Requirement[];
    readonly except: readonly Cidr[];
    readonly nodes: boolean;
    readonly anyIdentity: boolean;
  }
  | {
    readonly kind: 'fqdn';
    readonly id: string;
    /** The name or pattern as written. */
    readonly fqdn: { readonly matchName?: string; readonly matchPattern?: string };
    readonly matches: (name: string) => boolean;
  };

/** The other endpoint of a flow, as the policies of one cluster see it. */
export interface PeerIdentity {
  /** For an address in CIDR groups these include the groups' labels: see `cidrGroupsOf`. */
  readonly labels: LabelSet;
  /** The address of a peer outside of the mesh. Nodes have one where CIDRs select them (`cidrMatchesNodes`). */
  readonly address?: Cidr;
  /** The DNS names that resolved to the address. */
  readonly names: readonly string[];
  /** Names of the CIDR groups of the evaluating cluster that hold the address. */
  readonly groups: readonly string[];
  /**
   * The aggregate of the identity, in Cilium 1.20 and later. A selector that selects an aggregate selects all its
   * members.
   *
   * Aggregates have no labels of pods, so a selector of only `NotIn` and `DoesNotExist` selects them
   * (pkg/policy/aggregate.go, v1.20.2).
   */
  readonly aggregate?: Aggregate;
  /**
   * The peer is one IP family of the world, without a known address. Up to 1.17, with both families enabled, selectors
   * of the world select it too (L4Filter.toMapState, pkg/policy/l4.go, v1.17.15).
   */
  readonly halfOfWorld?: boolean;
}

/** The pods of this cluster, the pods of other clusters, addresses outside of the mesh, and other nodes. */
export type Aggregate = 'aggregate-cluster' | 'aggregate-cluster-mesh' | 'aggregate-world' | 'aggregate-remote-node';

function reservedIdentity(name: string): PeerIdentity {
  return { labels: new LabelSet([{ source: 'reserved', key: name, value: '' }]), names: [], groups: [] };
}

/** The identities of aggregates. */
export const AGGREGATES: { readonly [name in Aggregate]: PeerIdentity } = {
  'aggregate-cluster': reservedIdentity('aggregate-cluster'),
  'aggregate-cluster-mesh': reservedIdentity('aggregate-cluster-mesh'),
  'aggregate-world': reservedIdentity('aggregate-world'),
  'aggregate-remote-node': reservedIdentity('aggregate-remote-node'),
};

const WORLD = reservedIdentity('world');

/** Whether the labels meet all requirements (pkg/policy/types/requirements.go, v1.20.2). */
export function meets(requirements: readonly Requirement[], labels: LabelSet): boolean {
  return requirements.every(({ source, key, operator, values }) => {
    const value = labels.get(source, key);
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
    }
  });
}

/**
 * Whether a selector selects a peer.
 *
 * CIDRs select addresses outside of the mesh, never pods. They select nodes only with `policy-cidr-match-mode: nodes`
 * (pkg/policy/types/selector.go, v1.20.2).
 */
export function selects(selector: PeerSelector, peer: PeerIdentity): boolean {
  return (
    selectsItself(selector, peer) ||
    (peer.aggregate !== undefined && selectsItself(selector, AGGREGATES[peer.aggregate])) ||
    (peer.halfOfWorld === true && selectsItself(selector, WORLD))
  );
}

/** Whether a selector selects a peer by its own labels and address, without its aggregate. */
export function selectsItself(selector: PeerSelector, peer: PeerIdentity): boolean {
  switch (selector.kind) {
    case 'labels':
      return meets(selector.requirements, peer.labels);
    case 'cidr':
      return (
        peer.address !== undefined && within(peer.address, selector.cidr) && !within(peer.address, ...selector.except)
      );
    case 'world':
      return peer.labels.isReserved(selector.label) && !(peer.address && within(peer.address, ...selector.except));
    case 'cidrGroup':
      return (
        peer.address !== undefined && peer.groups.includes(selector.group) && !within(peer.address, ...selector.except)
      );
    case 'cidrGroupLabels':
      return (
        !(peer.address && within(peer.address, ...selector.except)) &&
        (selector.anyIdentity
          ? meets(selector.requirements, peer.labels)
          : isOutside(peer.labels, selector.nodes) && meetsOfGroups(selector.requirements, peer.labels))
      );
    case 'fqdn':
      return peer.names.some(name => selector.matches(normalizedName(name)));
  }
}

/** Whether a selector of all peers is an empty selector of CIDR groups. */
export function isOfCidrGroups(selector: PeerSelector): boolean {
  return selector.kind === 'labels' && selector.ofCidrGroups === true;
}

const OUTSIDE = ['world', 'world-ipv4', 'world-ipv6'];

function isOutside(labels: LabelSet, nodes: boolean): boolean {
  return [...OUTSIDE, ...(nodes ? ['host', 'remote-node'] : [])].some(name => labels.isReserved(name));
}

/**
 * Keys of groups' labels contain their values, because an address may be in several groups
 * (pkg/policy/types/requirements.go, v1.20.2).
 */
function meetsOfGroups(requirements: readonly Requirement[], labels: LabelSet): boolean {
  return requirements.every(requirement => {
    const { source, key, operator, values } = requirement;
    const any = values.some(value => labels.get(source, `${key}+${value}`) !== undefined);
    return operator === 'In' ? any : operator === 'NotIn' ? !any : meets([requirement], labels);
  });
}

/** Whether one of the blocks holds an address. IPv4-mapped blocks hold no IPv4 address (netip.Prefix.Contains). */
export function within(address: Cidr, ...blocks: ReadonlyArray<Cidr | undefined>): boolean {
  return blocks.some(block => block !== undefined && block.family === address.family && block.covers(address));
}
