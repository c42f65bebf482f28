/** Addresses and ports on both sides of every border that the policies of a case draw. */
import { Cidr } from '../../src/cilium/cidr';
import { FlowProtocol } from '../../src/evaluator/engine/entry';
import { CaseEndpoint, Port } from '../judge';

const MAPPED = /^::ffff:/;

/** The first and the last address of every block in the documents, and their neighbours outside of it. */
export function addressBorders(documents: readonly unknown[]): string[] {
  const blocks = documents.flatMap(strings).flatMap(text => {
    const block = Cidr.masked(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`);
    return block && !MAPPED.test(text) ? [block] : [];
  });
  const addresses = blocks.flatMap(({ family, first, last }) =>
    [first - 1n, first, last, last + 1n]
      .filter(address => address >= 0n && address < 2n ** (family === 'IPv4' ? 32n : 128n))
      .map(address => Cidr.ofAddress(family, address).text.replace(/\/\d+$/, '')),
  );
  return [...new Set(addresses)].sort();
}

const PROTOCOLS: readonly FlowProtocol[] = ['TCP', 'UDP', 'SCTP'];
const ICMP: readonly FlowProtocol[] = ['ICMP', 'ICMPv6'];
const LAST_PORT = 65535;
const LAST_TYPE = 255;

/** Fields that hold the first or the last port of a range. */
const PORT_FIELDS = ['port', 'endPort', 'number', 'start', 'end'];

/** Types of messages by the names that policies may write. */
const ICMP_TYPES: { readonly [name: string]: readonly number[] } = {
  EchoReply: [0, 129],
  EchoRequest: [8, 128],
  Redirect: [5, 137],
  PacketTooBig: [2],
};

/**
 * Every port in the documents and its neighbours, for each protocol that may have it, and the numbers of named ports.
 * For ICMP it is the type.
 */
export function portBorders(documents: readonly unknown[], endpoints: readonly CaseEndpoint[]): Port[] {
  const borders = new Map<string, Port>();
  const add = (number: number, protocols: readonly FlowProtocol[], last: number) => {
    for (const port of [number - 1, number, number + 1].filter(each => each >= 0 && each <= last)) {
      protocols.forEach(protocol => borders.set(`${protocol}/${port}`, { port, protocol }));
    }
  };
  for (const object of documents.flatMap(objects)) {
    for (const value of PORT_FIELDS.flatMap(field => numberOf(object[field]))) {
      add(value, protocolsOf(object.protocol), LAST_PORT);
    }
    if ('type' in object || 'family' in object) {
      const types = ICMP_TYPES[object.type as string] ?? numberOf(object.type);
      types.forEach(type => add(type, ICMP, LAST_TYPE));
    }
  }
  for (const { port, protocol } of endpoints.flatMap(({ namedPorts }) => Object.values(namedPorts ?? {}))) {
    add(port, protocolsOf(protocol), LAST_PORT);
  }
  return [...borders.values()];
}

/** At most `count` of the items, evenly spread, beginning with the item at `start`. */
export function spread<T>(items: readonly T[], count: number, start: number): T[] {
  const step = Math.max(1, Math.ceil(items.length / count));
  return items.filter((_, index) => (index + start) % step === 0);
}

function protocolsOf(written: unknown): readonly FlowProtocol[] {
  return PROTOCOLS.includes(written as FlowProtocol) ? [written as FlowProtocol] : PROTOCOLS;
}

function numberOf(value: unknown): number[] {
  return /^\d{1,5}$/.test(String(value)) ? [Number(value)] : [];
}

function objects(value: unknown): Array<{ readonly [key: string]: unknown }> {
  return typeof value !== 'object' || value === null
    ? []
    : [
      ...(Array.isArray(value) ? [] : [value as { [key: string]: unknown }]),
      ...Object.values(value).flatMap(objects),
    ];
}

function strings(value: unknown): string[] {
  return typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(strings)
      : [];
}
