import { FlowProtocol } from '../engine/entry';

/** Ports of one protocol, from the first to the last; types for ICMP and ICMPv6. */
export interface PortRange {
  readonly protocol: FlowProtocol;
  readonly first: number;
  readonly last: number;
}

/** The protocols that flows are decided for, in the order of output. */
export const PROTOCOLS: readonly FlowProtocol[] = ['TCP', 'UDP', 'SCTP', 'ICMP', 'ICMPv6'];

/** Protocols without ports, which rules may name. */
export const EXTENDED_PROTOCOLS: readonly FlowProtocol[] = ['VRRP', 'IGMP', 'GRE', 'IPIP', 'IPV6', 'ESP', 'AH'];

/** All ports of a protocol. Protocols without ports have the single number 0. */
export function allPorts(protocol: FlowProtocol): PortRange {
  switch (protocol) {
    case 'TCP':
    case 'UDP':
    case 'SCTP':
      return { protocol, first: 1, last: 65535 };
    case 'ICMP':
    case 'ICMPv6':
      return { protocol, first: 0, last: 255 };
    default:
      return { protocol, first: 0, last: 0 };
  }
}

/** Orders ranges by protocol, in the order of `PROTOCOLS`, and by their first port. */
export function compareRanges(one: PortRange, other: PortRange): number {
  return (
    rankOf(one.protocol) - rankOf(other.protocol) ||
    compareText(one.protocol, other.protocol) ||
    one.first - other.first
  );
}

function rankOf(protocol: FlowProtocol): number {
  const rank = PROTOCOLS.indexOf(protocol);
  return rank < 0 ? PROTOCOLS.length : rank;
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The ranges between breakpoints: a range starts at each of them, and together they are all ports of the protocol. */
export function rangesBetween(protocol: FlowProtocol, breakpoints: Iterable<number>): PortRange[] {
  const { first, last } = allPorts(protocol);
  const starts = [...new Set([first, ...breakpoints])]
    .filter(port => first <= port && port <= last)
    .sort((one, other) => one - other);
  return starts.map((start, index) => ({
    protocol,
    first: start,
    last: index + 1 < starts.length ? starts[index + 1] - 1 : last,
  }));
}

/** The ports of all ranges, as few ranges as possible, sorted. */
export function mergeRanges(ranges: readonly PortRange[]): PortRange[] {
  const merged: PortRange[] = [];
  for (const { protocol, first, last } of [...ranges].sort(compareRanges)) {
    const previous = merged.at(-1);
    if (previous && previous.protocol === protocol && first <= previous.last + 1) {
      merged[merged.length - 1] = { ...previous, last: Math.max(previous.last, last) };
    } else {
      merged.push({ protocol, first, last });
    }
  }
  return merged;
}

/** Whether a range is all ports of its protocol. */
export function isWhole({ protocol, first, last }: PortRange): boolean {
  const all = allPorts(protocol);
  return first === all.first && last === all.last;
}

/** `80`, `8000-8099`. */
export function formatNumbers({ first, last }: PortRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

/** `TCP/80`, `TCP/8000-8099`, `ICMP/8`; the protocol alone for all its ports. */
export function formatRange(range: PortRange): string {
  return formatRangesOf(range.protocol, [range]);
}

/** The ranges of one protocol: `TCP/80,8000-8099`; the protocol alone for all its ports. */
export function formatRangesOf(protocol: FlowProtocol, ranges: readonly PortRange[]): string {
  return ranges.some(isWhole) ? protocol : `${protocol}/${ranges.map(formatNumbers).join()}`;
}

/** Whether a range holds the port of a flow. */
export function holdsFlow(
  { protocol, first, last }: PortRange,
  flow: { readonly protocol: FlowProtocol; readonly port: number },
): boolean {
  return protocol === flow.protocol && first <= flow.port && flow.port <= last;
}
