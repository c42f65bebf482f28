import { FlowProtocol } from './entry';

/** The ports that one key of the datapath's map holds: those with common leading bits. */
export interface PortBlock {
  /** Undefined for every protocol. */
  readonly protocol?: FlowProtocol;
  readonly first: number;
  readonly last: number;
  /** The number of leading bits of protocol and port that a packet must share. */
  readonly length: number;
}

const PROTOCOL_BITS = 8;
const PORT_BITS = 16;
const LAST_PORT = 2 ** PORT_BITS - 1;

/** The key of every protocol and port. */
export const EVERY_BLOCK: PortBlock = { first: 0, last: LAST_PORT, length: 0 };

/** The key of every port of a protocol. */
export function protocolBlock(protocol: FlowProtocol): PortBlock {
  return { protocol, first: 0, last: LAST_PORT, length: PROTOCOL_BITS };
}

/**
 * The blocks of a range of ports. Cilium splits it into the fewest ones (PortRangeToMaskedPorts,
 * pkg/policy/portrange.go, v1.16.19).
 */
export function portBlocks(protocol: FlowProtocol, first: number, last: number): PortBlock[] {
  const blocks: PortBlock[] = [];
  for (let start = first; start <= last; ) {
    let bits = 0;
    while (bits < PORT_BITS && start % 2 ** (bits + 1) === 0 && start + 2 ** (bits + 1) - 1 <= last) {
      bits++;
    }
    const end = start + 2 ** bits - 1;
    blocks.push({ protocol, first: start, last: end, length: PROTOCOL_BITS + PORT_BITS - bits });
    start = end + 1;
  }
  return blocks;
}

/** Whether a block holds all ports of another one. */
export function covers(one: PortBlock, other: PortBlock): boolean {
  return (
    one.protocol === undefined ||
    (one.protocol === other.protocol && one.first <= other.first && other.last <= one.last)
  );
}

/** The length of the shortest block that holds a block and the port of a flow. */
export function commonLength({ protocol, first, length }: PortBlock, flow: { protocol: string; port: number }): number {
  if (protocol !== flow.protocol) {
    return 0;
  }
  let bits = PROTOCOL_BITS + PORT_BITS - length;
  while (Math.floor(first / 2 ** bits) !== Math.floor(flow.port / 2 ** bits)) {
    bits++;
  }
  return PROTOCOL_BITS + PORT_BITS - bits;
}

export function formatBlock({ protocol, first, length }: PortBlock): string {
  return `${protocol ?? '*'} ${first}/${length}`;
}
