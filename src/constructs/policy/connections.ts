import { Construct } from 'constructs';
import { CrossClusterAllow } from './cross-cluster-allow';
import { CrossClusterDeny } from './cross-cluster-deny';
import { AuthenticationMode } from './cross-cluster-props';
import { DnsRule, HttpRule } from './l7';
import { IPeer } from './peer';
import { Port } from './port';
import { isDnsSubdomain } from '../../cilium/kubernetes-names';
import { formatValue } from '../../diagnostics/texts';
import { unusedId } from '../checks/placed';
import { isInvalid, reportFaults } from '../faults';
import { reportArguments } from '../property-refusals';
import { refusal } from '../refusal';

/** Pods whose connections can be allowed and denied. */
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

  /**
   * Whether one selector stands for all clusters, where the policies name all clusters of the mesh: the label of the
   * cluster must exist. The policies do not grow with the number of clusters. They also name the pods of clusters that
   * join the mesh later.
   * @default false
   */
  readonly allClusters?: boolean;
}

/** Options of the methods of `Connections` that allow flows. */
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
 * Allows and denies the flows to a service: `rebelBase.connections.allowFrom(xWing)`. A Service opens no connections,
 * so it is never a source.
 *
 * Each call creates a `CrossClusterAllow` or `CrossClusterDeny`: an egress policy in the clusters of the sources, and
 * an ingress policy in the clusters of the destinations.
 */
export class InboundConnections {
  /** @internal */
  public static _to(owner: Construct, peer: IPeer): InboundConnections {
    return new InboundConnections(owner, peer);
  }

  /** @internal */
  protected constructor(
    /** @internal */
    protected readonly _owner: Construct,
    /** @internal */
    protected readonly _self: IPeer,
  ) {}

  /**
   * Allows flows from a source.
   * @param ports default: the ports of the pods, when this is a global service
   */
  public allowFrom(source: IPeer, ports?: Port[], options?: AllowOptions): CrossClusterAllow {
    return this._allow('InboundConnections.allowFrom', { source, ports, options }, source, this._self);
  }

  /** Denies flows from a source, even if other policies allow them. Other flows are not affected. */
  public denyFrom(source: IPeer, ports?: Port[], options?: ConnectionOptions): CrossClusterDeny {
    return this._deny('InboundConnections.denyFrom', { source, ports, options }, source, this._self);
  }

  /** @internal */
  protected _allow(method: string, given: Arguments, source: IPeer, destination: IPeer): CrossClusterAllow {
    const { ports, options } = given;
    if (reportArguments(this._owner, method, { ...given })) {
      return CrossClusterAllow._invalid(this._owner, unusedId(this._owner, method.split('.')[1]));
    }
    const { name, ...others }: AllowOptions = options ?? {};
    const id = this.idOf(name, sentence(source, 'to', destination, ports), method);
    if (id === undefined) {
      return CrossClusterAllow._invalid(this._owner, unusedId(this._owner, method.split('.')[1]));
    }
    return new CrossClusterAllow(this._owner, id, {
      ...others,
      sources: [source],
      destinations: [destination],
      ports,
    });
  }

  /** @internal */
  protected _deny(method: string, given: Arguments, source: IPeer, destination: IPeer): CrossClusterDeny {
    const { ports, options } = given;
    if (reportArguments(this._owner, method, { ...given })) {
      return CrossClusterDeny._invalid(this._owner, unusedId(this._owner, method.split('.')[1]));
    }
    const { name, ...others }: ConnectionOptions = options ?? {};
    const id = this.idOf(name, sentence(source, 'not-to', destination, ports), method);
    if (id === undefined) {
      return CrossClusterDeny._invalid(this._owner, unusedId(this._owner, method.split('.')[1]));
    }
    return new CrossClusterDeny(this._owner, id, {
      ...others,
      sources: [source],
      destinations: [destination],
      ports,
    });
  }

  /** The id of a statement; undefined, with a fault, if the name is invalid or another statement has it. */
  private idOf(given: string | undefined | null, byDefault: string, method: string): string | undefined {
    const short = method.split('.')[1];
    const name = given ?? byDefault;
    // ids have dashes for some characters, so the policies would have another name
    if (given !== undefined && given !== null && !isDnsSubdomain(given)) {
      reportFaults(this._owner, [
        refusal('object-name-invalid', {
          path: `${this._owner.node.path}.${short}.options.name`,
          message: 'the policies of the statement would have an invalid name',
          got: formatValue(given),
          allowed: 'lower-case letters, digits, dashes and dots, with a letter or digit at both ends',
          fix: 'correct the name',
        }),
      ]);
      return undefined;
    }
    const existing = this._owner.node.tryFindChild(name);
    if (existing === undefined) {
      return name;
    }
    if (isInvalid(existing)) {
      return unusedId(this._owner, name);
    }
    reportFaults(this._owner, [
      refusal('statement-name-taken', {
        path: `${this._owner.node.path}.${short}`,
        message: 'another construct has this name, so the policies of both would be the same objects',
        got: formatValue(name),
        allowed: 'a name for each statement',
        fix: 'set name in the options, or remove the statement if it says the same',
      }),
    ]);
    return undefined;
  }
}

/**
 * Allows and denies the flows of one workload: `xWing.connections.allowTo(rebelBase, [Port.tcp(80)])`.
 *
 * Each call creates a `CrossClusterAllow` or `CrossClusterDeny`: an egress policy in the clusters of the sources, and
 * an ingress policy in the clusters of the destinations.
 */
export class Connections extends InboundConnections {
  /** @internal */
  public static _of(owner: Construct, peer: IPeer): Connections {
    return new Connections(owner, peer);
  }

  private constructor(owner: Construct, peer: IPeer) {
    super(owner, peer);
  }

  /**
   * Allows flows to a destination.
   * @param ports default: the ports of the destination's pods, when it is a global service
   */
  public allowTo(destination: IPeer, ports?: Port[], options?: AllowOptions): CrossClusterAllow {
    return this._allow('Connections.allowTo', { destination, ports, options }, this._self, destination);
  }

  /** Allows flows between these pods, in one cluster and between clusters. */
  public allowInternally(ports: Port[], options?: AllowOptions): CrossClusterAllow {
    return this._allow('Connections.allowInternally', { ports, options }, this._self, this._self);
  }

  /** Denies flows to a destination, even if other policies allow them. Other flows are not affected. */
  public denyTo(destination: IPeer, ports?: Port[], options?: ConnectionOptions): CrossClusterDeny {
    return this._deny('Connections.denyTo', { destination, ports, options }, this._self, destination);
  }
}

/** The arguments of a method, by the names of its parameters. */
interface Arguments {
  readonly source?: IPeer;
  readonly destination?: IPeer;
  readonly ports?: Port[];
  readonly options?: AllowOptions;
}

/** The name of a construct: both sides and the ports. */
function sentence(source: IPeer, verb: string, destination: IPeer, ports: Port[] | undefined): string {
  const spec = destination.asPeer._spec;
  const meant = ports ?? (spec.kind === 'endpoints' ? spec.defaultPorts : undefined) ?? [];
  return [source.asPeer._spec.name, verb, spec.name, ...meant.map(port => port.label)]
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-');
}
