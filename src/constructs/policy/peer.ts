import { Port } from './port';
import { Selector, SelectorTerms } from './selector';
import { Cidr } from '../../cilium/cidr';
import { isFqdn, isFqdnPattern } from '../../cilium/dns-names';
import { isDnsSubdomain } from '../../cilium/kubernetes-names';
import { ConstructCode } from '../../diagnostics/codes/constructs';
import { MeshError } from '../../diagnostics/fault';
import { formatValue } from '../../diagnostics/texts';
import { publicClass } from '../checks/classes';
import { callError } from '../faults';
import { Cluster } from '../mesh/cluster';
import { checkCall } from '../property-refusals';
import { refusal } from '../refusal';

/** A source or destination of policies: workloads, global services, and the peers of `Peer`. */
export interface IPeer {
  /** The peer as the constructs see it. */
  readonly asPeer: Peer;
}

/**
 * Groups of endpoints that Cilium knows by name (Documentation/security/policy/language.rst, v1.20.2).
 */
export enum Entity {
  /** All endpoints and addresses. */
  ALL = 'all',
  /** All addresses outside of the clusters of the mesh. */
  WORLD = 'world',
  /** The pods, nodes and API server of the cluster that enforces the rule; not the pods of other clusters. */
  CLUSTER = 'cluster',
  /** CLUSTER, and the pods of all clusters. Known to Cilium since 1.20. */
  CLUSTER_MESH = 'cluster-mesh',
  /** The node on which the endpoint runs. */
  HOST = 'host',
  /** All other nodes, of all clusters. */
  REMOTE_NODE = 'remote-node',
  KUBE_APISERVER = 'kube-apiserver',
  /** The ingress of Cilium, of all clusters. */
  INGRESS = 'ingress',
  HEALTH = 'health',
  INIT = 'init',
  UNMANAGED = 'unmanaged',
}

/** Options of `Peer.nodes`. */
export interface NodeOptions {
  /**
   * The clusters of the nodes.
   * @default - all clusters of the mesh
   */
  readonly clusters?: Cluster[];
}

/** Options of `Peer.cidr`. */
export interface CidrOptions {
  /**
   * Parts of the CIDR that do not match. They must leave some of its addresses.
   * @default - none
   */
  readonly exceptCidrs?: string[];
}

/** Peers that are not workloads of the mesh. CIDRs never match pods, even if they contain the addresses of the pods. */
export class Peer implements IPeer {
  /** An entity. */
  public static entity(entity: Entity): Peer {
    checkCall('Peer.entity', { entity }, Peer.entity);
    return new Peer({ kind: 'entity', name: entity, entity });
  }

  /**
   * Nodes with these labels, other than the one on which a pod runs: `fromNodes` and `toNodes`, known to Cilium since
   * 1.16. The clusters with policies for them need the Helm value `nodeSelectorLabels: true`
   * (Documentation/security/policy/language.rst, v1.20.2).
   */
  public static nodes(selector: Selector, options?: NodeOptions): Peer {
    checkCall('Peer.nodes', { selector, options }, Peer.nodes);
    const clusters = options?.clusters ?? [];
    if (options?.clusters?.length === 0) {
      throw refused('clusters-empty', 'the list of clusters is empty', [], 'at least one cluster', Peer.nodes);
    }
    const { matchLabels, matchExpressions } = selector._terms;
    const keys = [...Object.entries(matchLabels).flat(), ...matchExpressions.map(({ key }) => key)].filter(Boolean);
    return new Peer({
      kind: 'nodes',
      name: ['nodes', ...keys].join('-').replace(/[^0-9a-z]+/gi, '-').replace(/-+$/, ''),
      terms: selector._terms,
      clusters: [...new Set(clusters)],
    });
  }

  /** Addresses outside of the mesh. */
  public static cidr(cidr: string, options?: CidrOptions): Peer {
    checkCall('Peer.cidr', { cidr, options }, Peer.cidr);
    const whole = parsed(cidr);
    const except = options?.exceptCidrs ?? [];
    if (options?.exceptCidrs?.length === 0) {
      throw refused('list-empty', 'an empty list of exceptions means nothing', [], 'at least one CIDR', Peer.cidr);
    }
    const parts = except.map(parsed);
    for (const part of except) {
      if (!whole.covers(parsed(part))) {
        throw refused(
          'cidr-except-outside',
          'the exception must be a part of the CIDR',
          part,
          `a part of ${cidr}`,
          Peer.cidr,
        );
      }
    }
    if (whole.isCoveredBy(parts)) {
      throw refused(
        'cidr-except-all',
        'the exceptions leave no address; Cilium 1.15 and 1.16 would open the ports to everyone',
        except,
        `parts of ${cidr} that leave some of it`,
        Peer.cidr,
      );
    }
    return new Peer({ kind: 'cidr', name: cidr.replace(/[^0-9a-f]+/gi, '-'), cidr, except: [...except] });
  }

  /**
   * The addresses of a CiliumCIDRGroup that exists in the clusters, with Cilium 1.16 or later. `CidrGroup` creates a
   * group, and works with older versions too.
   */
  public static cidrGroup(name: string): Peer {
    checkCall('Peer.cidrGroup', { name }, Peer.cidrGroup);
    if (!isDnsSubdomain(name)) {
      throw refused(
        'cidr-group-name-invalid',
        'invalid name of a CiliumCIDRGroup',
        name,
        'lower-case letters, digits, dashes and dots, with a letter or digit at both ends',
        Peer.cidrGroup,
      );
    }
    return new Peer({ kind: 'cidrGroup', name, group: name });
  }

  /**
   * The peer of an invalid construct. Policies with it are not written, and report no faults for it.
   * @internal
   */
  public static _invalid(name: string): Peer {
    return new Peer({ kind: 'endpoints', name, endpoints: [], sends: true }, true);
  }

  /** @internal */
  public static _group(spec: Omit<CidrGroupSpec, 'kind' | 'name'>): Peer {
    return new Peer({ kind: 'cidrGroup', name: spec.group, ...spec });
  }

  /**
   * The addresses that a DNS name resolves to. The DNS requests of the source must pass the DNS proxy of Cilium, by a
   * rule with DNS rules such as that of `DefaultDenyPolicy`. For destinations only.
   */
  public static fqdn(name: string): Peer {
    checkCall('Peer.fqdn', { name }, Peer.fqdn);
    if (!isFqdn(name)) {
      throw refused(
        'fqdn-invalid',
        'invalid DNS name',
        name,
        'letters, digits, dashes, underscores and dots; Peer.fqdnPattern for wildcards',
        Peer.fqdn,
      );
    }
    return new Peer({ kind: 'fqdn', name, selector: { matchName: name } });
  }

  /**
   * The addresses that the DNS names of a pattern resolve to: `*` matches any characters except a dot. For destinations
   * only.
   */
  public static fqdnPattern(pattern: string): Peer {
    checkCall('Peer.fqdnPattern', { pattern }, Peer.fqdnPattern);
    if (!isFqdnPattern(pattern)) {
      throw refused(
        'fqdn-invalid',
        'invalid pattern of DNS names',
        pattern,
        'letters, digits, dashes, underscores, dots and *',
        Peer.fqdnPattern,
      );
    }
    return new Peer({ kind: 'fqdn', name: pattern.replace(/\*/g, 'any'), selector: { matchPattern: pattern } });
  }

  /** @internal */
  public static _endpoints(spec: EndpointsSpec): Peer {
    return new Peer(spec);
  }

  private constructor(
    /** @internal */
    public readonly _spec: PeerSpec,
    /** @internal */
    public readonly _isInvalid: boolean = false,
  ) {}

  /** Itself. */
  public get asPeer(): Peer {
    return this;
  }
}

publicClass(
  'IPeer',
  value => typeof value === 'object' && value !== null && (value as IPeer).asPeer instanceof Peer,
  'a Workload, a GlobalService, or Peer.entity(Entity.WORLD)',
);

/** Pods of one cluster that have the same labels. */
export interface EndpointSet {
  readonly cluster: Cluster;
  /** The namespace; undefined for all namespaces. */
  readonly namespace?: string;
  readonly namespaceLabels: { readonly [key: string]: string };
  readonly terms: SelectorTerms;
  /** The service account that the pods run as; undefined for any. */
  readonly serviceAccount?: string;
}

/** Pods of the mesh as a peer. */
export interface EndpointsSpec {
  readonly kind: 'endpoints';
  readonly name: string;
  readonly endpoints: readonly EndpointSet[];
  /** Whether the pods can be sources; a Service only receives. */
  readonly sends: boolean;
  /** The ports of policies that name none. */
  readonly defaultPorts?: readonly Port[];
  /** Ports of a headless Service that are not those of its pods, such as `80 (targetPort 8080)`: none is a default. */
  readonly untranslatedPorts?: readonly string[];
  /** The Service of this program that the peer stands for. */
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    /** Whether it has a name of the Multi-Cluster Services API too. */
    readonly clusterset: boolean;
    /** Whether clients prefer the backends of some clusters. */
    readonly hasAffinity: boolean;
  };
  /** Labels by which a Service selects the pods and policies cannot. */
  readonly unselectable?: readonly string[];
  /** Whether the clients of one cluster reach the pods of another; undefined if all do. */
  readonly reaches?: (client: Cluster, backend: Cluster) => boolean;
}

/** The addresses of a CiliumCIDRGroup as a peer. */
export interface CidrGroupSpec {
  readonly kind: 'cidrGroup';
  readonly name: string;
  readonly group: string;
  /** The CIDRs, if a construct of this program writes the group. */
  readonly cidrs?: readonly string[];
  /** The clusters that have the group, if a construct of this program writes it. */
  readonly clusters?: readonly Cluster[];
}

/** Nodes of the mesh as a peer. */
export interface NodesSpec {
  readonly kind: 'nodes';
  readonly name: string;
  readonly terms: SelectorTerms;
  /** Empty in a peer for all clusters of the mesh, until a construct of the mesh uses it. */
  readonly clusters: readonly Cluster[];
}

export type PeerSpec =
  | EndpointsSpec
  | NodesSpec
  | { readonly kind: 'entity'; readonly name: string; readonly entity: Entity }
  | { readonly kind: 'cidr'; readonly name: string; readonly cidr: string; readonly except: readonly string[] }
  | CidrGroupSpec
  | {
    readonly kind: 'fqdn';
    readonly name: string;
    readonly selector: { readonly matchName?: string; readonly matchPattern?: string };
  };

function parsed(text: string): Cidr {
  const cidr = Cidr.parse(text);
  if (typeof cidr === 'string') {
    throw refused(
      'cidr-invalid',
      `the CIDR ${cidr}`,
      text,
      'a network with its prefix length, such as 192.0.2.0/24',
      Peer.cidr,
    );
  }
  return cidr;
}

function refused(code: ConstructCode, message: string, got: unknown, allowed: string, caller: Function): MeshError {
  return callError(
    [refusal(code, { path: 'Peer', message, got: formatValue(got), allowed, fix: 'correct the peer' })],
    caller,
  );
}
