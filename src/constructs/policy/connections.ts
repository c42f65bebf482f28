import { Construct } from 'constructs';
import { CrossClusterAllow } from './cross-cluster-allow';
import { CrossClusterDeny } from './cross-cluster-deny';
import { AuthenticationMode } from './cross-cluster-props';
import { DnsRule, HttpRule } from './l7';
import { IPeer } from './peer';
import { Port } from './port';

/** A workload or service, whose connections can be allowed and denied. */
export interface IConnectable extends IPeer {
  /** Allows and denies flows to and from the pods. */
  readonly connections: Connections;
}

/** Options of all methods of `Connections`. */
export interface ConnectionOptions {
  /**
   * Name of the construct. The policies are named `<name>-egress` and `<name>-ingress`.
   * @default - the names of both sides and the ports, for example `x-wing-to-rebel-base-tcp-80`
   */
  readonly name?: string;

  /**
   * Description of the policies.
   * @default - none
   */
  readonly description?: string;
}

/** Options of `Connections.allowTo` and `Connections.allowFrom`. */
export interface AllowOptions extends ConnectionOptions {
  /**
   * Allowed HTTP requests.
   * @default - every request
   */
  readonly http?: HttpRule[];

  /**
   * DNS names whose queries are allowed.
   * @default - every name
   */
  readonly dns?: DnsRule[];

  /**
   * Mutual authentication.
   * @default - the mode of other rules
   */
  readonly authentication?: AuthenticationMode;

  /**
   * Whether the egress policy enables default deny for the sources.
   * @default true
   */
  readonly defaultDenyEgress?: boolean;

  /**
   * Whether the ingress policy enables default deny for the destinations.
   * @default true
   */
  readonly defaultDenyIngress?: boolean;
}

/**
 * Allows and denies the flows of one workload or service: `xWing.connections.allowTo(rebelBase, [Port.tcp(80)])`.
 *
 * Each call creates a `CrossClusterAllow` or `CrossClusterDeny`: an egress policy in the clusters of the sources, and
 * an ingress policy in the clusters of the destinations.
 */
export class Connections {
  /** @internal */
  public static _of(owner: Construct, peer: IPeer): Connections {
    return new Connections(owner, peer);
  }

  private constructor(
    private readonly owner: Construct,
    private readonly self: IPeer,
  ) {}

  /**
   * Allows flows to a destination.
   * @param ports default: the ports of the destination's pods, when it is a global service
   */
  public allowTo(destination: IPeer, ports?: Port[], options: AllowOptions = {}): CrossClusterAllow {
    return this.allow(this.self, destination, ports, options);
  }

  /**
   * Allows flows from a source.
   * @param ports default: the ports of the pods, when this is a global service
   */
  public allowFrom(source: IPeer, ports?: Port[], options: AllowOptions = {}): CrossClusterAllow {
    return this.allow(source, this.self, ports, options);
  }

  /** Allows flows between these pods, in one cluster and between clusters. */
  public allowInternally(ports: Port[], options: AllowOptions = {}): CrossClusterAllow {
    return this.allow(this.self, this.self, ports, options);
  }

  /** Denies flows to a destination, even if other policies allow them. Other flows are not affected. */
  public denyTo(destination: IPeer, ports?: Port[], options: ConnectionOptions = {}): CrossClusterDeny {
    return this.deny(this.self, destination, ports, options);
  }

  /** Denies flows from a source, even if other policies allow them. Other flows are not affected. */
  public denyFrom(source: IPeer, ports?: Port[], options: ConnectionOptions = {}): CrossClusterDeny {
    return this.deny(source, this.self, ports, options);
  }

  private allow(
    source: IPeer,
    destination: IPeer,
    ports: Port[] | undefined,
    { name, ...options }: AllowOptions,
  ): CrossClusterAllow {
    return new CrossClusterAllow(this.owner, name ?? sentence(source, 'to', destination, ports), {
      ...options,
      sources: [source],
      destinations: [destination],
      ports,
    });
  }

  private deny(
    source: IPeer,
    destination: IPeer,
    ports: Port[] | undefined,
    { name, ...options }: ConnectionOptions,
  ): CrossClusterDeny {
    return new CrossClusterDeny(this.owner, name ?? sentence(source, 'not-to', destination, ports), {
      ...options,
      sources: [source],
      destinations: [destination],
      ports,
    });
  }
}

/** The name of a construct: both sides and the ports. */
function sentence(source: IPeer, verb: string, destination: IPeer, ports: Port[] | undefined): string {
  const name = (peer: IPeer) => peer?.asPeer?._spec.name ?? 'unknown';
  const spec = destination?.asPeer?._spec;
  const meant = ports ?? (spec?.kind === 'endpoints' ? spec.defaultPorts : undefined) ?? [];
  return [name(source), verb, name(destination), ...meant.map(port => port.label)]
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-');
}
