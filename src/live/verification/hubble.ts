import { isMap } from '../../diagnostics/is-map';
import { parseJson } from '../observations/answers';
import { Command, command } from '../plans/command';

/** What Hubble recorded about one packet. */
interface SeenPacket {
  readonly source: string;
  readonly destination: string;
  readonly protocol?: string;
  /** Of the source. */
  readonly sourcePort?: number;
  /** Of the destination; undefined for ICMP. */
  readonly port?: number;
  /** When, in milliseconds of the node's clock; undefined where the record does not tell. */
  readonly time?: number;
}

/** A packet that Cilium dropped. */
export interface Drop extends SeenPacket {
  readonly reason: string;
  /** Cilium dropped it because of a policy. */
  readonly byPolicy: boolean;
  /** Policies that denied it, where Hubble knows them. */
  readonly policies: readonly string[];
}

/** A packet that Cilium forwarded. */
export interface Forwarded extends SeenPacket {
  /** The packet reached the pod: `TO_ENDPOINT` in the record. */
  readonly arrived: boolean;
}

/** The records of Hubble Relay in one cluster, as far as it was asked for them. */
export interface Records {
  readonly drops?: readonly Drop[];
  readonly forwarded?: readonly Forwarded[];
}

/** How many records of a node Hubble may print. It keeps the last 4,095 by default. */
const LAST = 10_000;

/** More addresses than this are not named: all packets are printed then, and those of others left out here. */
const MOST_ADDRESSES = 50;

/** Prints the packets of clients in the last seconds from Hubble Relay; the CLI forwards the port. */
export function recordsQuery(
  context: string,
  verdict: 'DROPPED' | 'FORWARDED',
  clients: readonly string[],
  seconds: number,
): Command {
  return {
    ...command(
      'hubble',
      'observe',
      '--port-forward',
      // any free port, since several queries run at once (hubble/cmd/common/config/flags.go, v1.20.2)
      '--port-forward-port',
      '0',
      '--kube-context',
      context,
      '--verdict',
      verdict,
      '--since',
      `${Math.ceil(seconds)}s`,
      '--last',
      String(LAST),
      ...(clients.length > MOST_ADDRESSES ? [] : clients.flatMap(address => ['--from-ip', address])),
      '--output',
      'jsonpb',
    ),
    context,
  };
}

/** Reads the drops of Hubble's records, one JSON document on a line; skips all other lines. */
export function readDrops(output: string): Drop[] {
  return packetsOf(output, 'DROPPED').map(({ flow, packet }) => {
    const reason = String(flow.drop_reason_desc ?? 'unknown');
    const denials = [...listOf(flow.egress_denied_by), ...listOf(flow.ingress_denied_by)].filter(isMap);
    return {
      ...packet,
      reason,
      // POLICY_DENIED, POLICY_DENY (api/v1/flow/flow.proto, v1.20.2)
      byPolicy: reason.startsWith('POLICY_DEN'),
      policies: denials.map(
        ({ kind, namespace, name }) => `${kind ?? 'policy'} ${namespace ? `${namespace}/` : ''}${name}`,
      ),
    };
  });
}

/** Reads the forwarded packets of requests, without those of answers. */
export function readForwarded(output: string): Forwarded[] {
  return packetsOf(output, 'FORWARDED')
    .filter(({ flow }) => flow.is_reply !== true)
    .map(({ flow, packet }) => ({ ...packet, arrived: flow.trace_observation_point === 'TO_ENDPOINT' }));
}

function packetsOf(output: string, verdict: string): Array<{ readonly flow: any; readonly packet: SeenPacket }> {
  return output.split('\n').flatMap(line => {
    const { flow, time }: any = parseJson(line) ?? {};
    if (typeof flow?.IP?.source !== 'string' || typeof flow.IP.destination !== 'string' || flow.verdict !== verdict) {
      return [];
    }
    const [protocol, ports] = Object.entries<any>(flow.l4 ?? {})[0] ?? [];
    const milliseconds = Date.parse(flow.time ?? time);
    const packet = {
      source: flow.IP.source,
      destination: flow.IP.destination,
      ...(protocol === undefined ? {} : { protocol }),
      ...(Number.isInteger(ports?.source_port) ? { sourcePort: ports.source_port } : {}),
      ...(Number.isInteger(ports?.destination_port) ? { port: ports.destination_port } : {}),
      ...(Number.isNaN(milliseconds) ? {} : { time: milliseconds }),
    };
    return [{ flow, packet }];
  });
}

function listOf(value: unknown): any[] {
  return Array.isArray(value) ? value : [];
}
