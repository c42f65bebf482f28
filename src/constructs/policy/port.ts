import { isContainerPortName, isPort } from '../../cilium/ports';
import { ConstructCode } from '../../diagnostics/codes/constructs';
import { MeshError } from '../../diagnostics/fault';
import { publicClass } from '../checks/classes';
import { formatGot } from '../checks/values';
import { callError } from '../faults';
import { checkCall } from '../property-refusals';
import { refusal } from '../refusal';

/** Transport protocols of Cilium's policies. */
export enum Protocol {
  TCP = 'TCP',
  UDP = 'UDP',
  SCTP = 'SCTP',
  /** TCP, UDP and SCTP; never ICMP. */
  ANY = 'ANY',
}

/** A port, a range of ports, a named port, or a type of ICMP messages in a rule. */
export class Port {
  /** All ports of all protocols, and ICMP. */
  public static all(): Port {
    return new Port('all', 'all');
  }

  /** One TCP port, 1 to 65535. */
  public static tcp(port: number): Port {
    checkCall('Port.tcp', { port }, Port.tcp);
    return Port.number(port, Protocol.TCP);
  }

  /** One UDP port, 1 to 65535. */
  public static udp(port: number): Port {
    checkCall('Port.udp', { port }, Port.udp);
    return Port.number(port, Protocol.UDP);
  }

  /** One SCTP port, 1 to 65535. SCTP must be enabled in the clusters (Helm `sctp.enabled`). */
  public static sctp(port: number): Port {
    checkCall('Port.sctp', { port }, Port.sctp);
    return Port.number(port, Protocol.SCTP);
  }

  /** One port of TCP, UDP and SCTP. */
  public static any(port: number): Port {
    checkCall('Port.any', { port }, Port.any);
    return Port.number(port, Protocol.ANY);
  }

  /** TCP ports from the first to the last. Known to Cilium since 1.16. */
  public static tcpRange(first: number, last: number): Port {
    checkCall('Port.tcpRange', { first, last }, Port.tcpRange);
    return Port.range(first, last, Protocol.TCP);
  }

  /** UDP ports from the first to the last. Known to Cilium since 1.16. */
  public static udpRange(first: number, last: number): Port {
    checkCall('Port.udpRange', { first, last }, Port.udpRange);
    return Port.range(first, last, Protocol.UDP);
  }

  /** SCTP ports from the first to the last. Known to Cilium since 1.16. */
  public static sctpRange(first: number, last: number): Port {
    checkCall('Port.sctpRange', { first, last }, Port.sctpRange);
    return Port.range(first, last, Protocol.SCTP);
  }

  /**
   * A port by its name in the containers of the destination: 1 to 15 lower-case letters, digits and dashes, with at
   * least one letter. For flows to pods. Cilium before 1.20 knows names of destinations on ingress only.
   * @param protocol default TCP
   */
  public static named(name: string, protocol?: Protocol): Port {
    checkCall('Port.named', { name, protocol }, Port.named);
    if (!isContainerPortName(name)) {
      throw refused(
        'port-name-invalid',
        'invalid port name',
        name,
        '1 to 15 lower-case letters, digits and single dashes, with at least one letter',
        Port.named,
      );
    }
    return new Port('port', `${(protocol ?? Protocol.TCP).toLowerCase()}-${name}`, {
      port: name,
      protocol: protocol ?? Protocol.TCP,
    });
  }

  /** ICMPv4 messages of a type, for example 8 for echo requests. */
  public static icmp(icmpType: number): Port {
    checkCall('Port.icmp', { icmpType }, Port.icmp);
    return Port.icmpOf(icmpType, 'IPv4', 'icmp');
  }

  /** ICMPv6 messages of a type, for example 128 for echo requests. */
  public static icmpv6(icmpType: number): Port {
    checkCall('Port.icmpv6', { icmpType }, Port.icmpv6);
    return Port.icmpOf(icmpType, 'IPv6', 'icmpv6');
  }

  private static number(port: number, protocol: Protocol): Port {
    return new Port('port', `${protocol.toLowerCase()}-${port}`, { port: String(checked(port)), protocol });
  }

  private static range(first: number, last: number, protocol: Protocol): Port {
    if (checked(last) < checked(first)) {
      throw refused(
        'port-range-reversed',
        'the range ends before it begins; Cilium would match only its first port',
        [first, last],
        `a last port of at least ${first}`,
        Port.range,
      );
    }
    return new Port('port', `${protocol.toLowerCase()}-${first}-${last}`, {
      port: String(first),
      endPort: last,
      protocol,
    });
  }

  private static icmpOf(type: number, family: 'IPv4' | 'IPv6', name: string): Port {
    if (!Number.isInteger(type) || type < 0 || type > 255) {
      throw refused('icmp-type-invalid', 'invalid ICMP type', type, 'a whole number from 0 to 255', Port.icmpOf);
    }
    if (family === 'IPv4' && type === 0) {
      throw refused(
        'icmp-type-zero',
        'Cilium reads type 0 of ICMPv4 as every type',
        type,
        'a whole number from 1 to 255; replies to allowed requests need no rule',
        Port.icmpOf,
      );
    }
    return new Port('icmp', `${name}-${type}`, undefined, { family, type });
  }

  /** @internal */
  public get _isNamed(): boolean {
    return this._port !== undefined && !/^\d+$/.test(this._port.port);
  }

  private constructor(
    /** @internal */
    public readonly _kind: 'all' | 'port' | 'icmp',
    /** A short text for names, for example `tcp-80`. */
    public readonly label: string,
    /** @internal */
    public readonly _port?: { readonly port: string; readonly endPort?: number; readonly protocol: Protocol },
    /** @internal */
    public readonly _icmp?: { readonly family: string; readonly type: number },
  ) {}
}

publicClass('Port', value => value instanceof Port, 'Port.tcp(80)');

function checked(port: number): number {
  if (!isPort(port)) {
    throw refused(
      'port-invalid',
      'invalid port',
      port,
      'a whole number from 1 to 65535; Port.all() for every port',
      checked,
    );
  }
  return port;
}

function refused(code: ConstructCode, message: string, got: unknown, allowed: string, caller: Function): MeshError {
  return callError(
    [refusal(code, { path: 'Port', message, got: formatGot(got), allowed, fix: 'correct the port' })],
    caller,
  );
}
