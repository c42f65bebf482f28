import { Construct } from 'constructs';
import { CrossClusterAllow } from './cross-cluster-allow';
import { CrossClusterDeny } from './cross-cluster-deny';
import { AuthenticationMode } from './cross-cluster-policy';
import { DnsRule, HttpRule } from './l7';
import { IPeer } from './peer';
import { Port } from './port';

/** Something that has connections: workloads and global services. */
export interface IConnectable extends IPeer {
  /** What it may reach, and who may reach it. */
  readonly connections: Connections;
}

/** Options of `Connections.allowTo` and its sisters. */
export interface ConnectionOptions {
  /**
   * Name of the construct; the policies are called `<name>-egress` and `<name>-ingress`.
   * @default - made of the two names and the ports, for example `x-wing-to-rebel-base-tcp-80`
   */
  readonly name?: string;

  /**
   * What the policies are for.
   * @default - none
   */
  readonly description?: string;
}

/** Options of `Connections.allowTo` and `Connections.allowFrom`. */
export interface AllowOptions extends ConnectionOptions {
  /**
   * HTTP requests that are allowed.
   * @default - every request
   */
  readonly http?: HttpRule[];

  /**
   * DNS names that may be asked for.
   * @default - every name
   */
  readonly dns?: DnsRule[];

  /**
   * Mutual authentication.
   * @default - what other rules ask for
   */
  readonly authentication?: AuthenticationMode;

  /**
   * Whether the egress policy turns default deny on for the sources.
   * @default true
   */
  readonly defaultDenyEgress?: boolean;

  /**
   * Whether the ingress policy turns default deny on for the destinations.
   * @default true
   */
  readonly defaultDenyIngress?: boolean;
}

/**
 * The connections of one workload or service, as sentences: `xWing.connections.allowTo(rebelBase, [Port.tcp(80)])`.
 *
 * Each sentence is a `CrossClusterAllow` or `CrossClusterDeny`, with both halves in the clusters where they belong.
 */
export class Connections {
  /** @internal */
  public static _of(owner: Construct, peer: IPeer): Connections {
    return new Connections(owner, peer);
  }

  private constructor(private readonly owner: Construct, private readonly self: IPeer) {}

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

  /** Allows flows among the pods themselves, in one cluster and between clusters. */
  public allowInternally(ports: Port[], options: AllowOptions = {}): CrossClusterAllow {
    return this.allow(this.self, this.self, ports, options);
  }

  /** Denies flows to a destination, whatever is allowed elsewhere. Nothing else is taken away. */
  public denyTo(destination: IPeer, ports?: Port[], options: ConnectionOptions = {}): CrossClusterDeny {
    return this.deny(this.self, destination, ports, options);
  }

  /** Denies flows from a source, whatever is allowed elsewhere. Nothing else is taken away. */
  public denyFrom(source: IPeer, ports?: Port[], options: ConnectionOptions = {}): CrossClusterDeny {
    return this.deny(source, this.self, ports, options);
  }

  private allow(source: IPeer, destination: IPeer, ports: Port[] | undefined, { name, ...options }: AllowOptions): CrossClusterAllow {
    return new CrossClusterAllow(this.owner, name ?? sentence(source, 'to', destination, ports), { ...options, sources: [source], destinations: [destination], ports });
  }

  private deny(source: IPeer, destination: IPeer, ports: Port[] | undefined, { name, ...options }: ConnectionOptions): CrossClusterDeny {
    return new CrossClusterDeny(this.owner, name ?? sentence(source, 'not-to', destination, ports), { ...options, sources: [source], destinations: [destination], ports });
  }
}

/** Who, whom, on which ports, as the name of a construct. */
function sentence(source: IPeer, verb: string, destination: IPeer, ports: Port[] | undefined): string {
  const name = (peer: IPeer) => peer?.asPeer?._spec.name ?? 'unknown';
  const spec = destination?.asPeer?._spec;
  const meant = ports ?? (spec?.kind === 'endpoints' ? spec.defaultPorts : undefined) ?? [];
  return [name(source), verb, name(destination), ...meant.map(port => port.label)].join('-').toLowerCase().replace(/[^a-z0-9.-]/g, '-');
}
