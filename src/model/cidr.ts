/* eslint-disable no-bitwise -- addresses are numbers of 32 and 128 bits */
import * as ipaddr from 'ipaddr.js';

/** An IP family. */
export type Family = 'IPv4' | 'IPv6';

/**
 * A CIDR, as the closed interval of the addresses that it holds.
 *
 * IPv4-mapped IPv6 blocks (`::ffff:0:0/96` and longer) hold the same addresses as the IPv4 block, and are compared as such.
 */
export class Cidr {
  /** Reads a CIDR; the reason as text when it is none. */
  public static parse(text: unknown): Cidr | string {
    if (typeof text !== 'string') {
      return 'is not a string';
    }
    const slash = text.indexOf('/');
    if (slash < 0) {
      return 'has no prefix length';
    }
    const [address, length] = [text.slice(0, slash), text.slice(slash + 1)];
    if (!/^(0|[1-9]\d{0,2})$/.test(length)) {
      return 'has a prefix length that is not a number';
    }
    if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !(address.includes(':') && !address.includes('%') && ipaddr.IPv6.isValid(address))) {
      return 'is not an IPv4 or IPv6 address with a prefix length';
    }
    const ip = ipaddr.parse(address);
    const bits = ip.kind() === 'ipv4' ? 32 : 128;
    const prefix = Number(length);
    if (prefix > bits) {
      return `has a prefix length above ${bits}`;
    }
    const value = toBigInt(ip.toByteArray());
    const size = 1n << BigInt(bits - prefix);
    const first = value - (value % size);
    if (first !== value) {
      const network = ipaddr.fromByteArray(toBytes(first, bits / 8)).toString();
      return `has address bits set beyond its prefix (the network is ${network}/${prefix})`;
    }
    return new Cidr(text, ip.kind() === 'ipv4' ? 'IPv4' : 'IPv6', prefix, first, first + size - 1n);
  }

  /** Reads a CIDR whose address bits beyond the prefix are cut, as Go's netip does; undefined when it is none. */
  public static masked(text: string): Cidr | undefined {
    const cidr = Cidr.parse(text);
    if (typeof cidr !== 'string') {
      return cidr;
    }
    const network = /the network is (\S+)\)$/.exec(cidr)?.[1];
    const found = network === undefined ? undefined : Cidr.parse(network);
    return found instanceof Cidr ? found : undefined;
  }

  private readonly space: Family;
  private readonly low: bigint;
  private readonly high: bigint;

  private constructor(public readonly text: string, public readonly family: Family, public readonly prefix: number, first: bigint, last: bigint) {
    const mapped = family === 'IPv6' && first >> 32n === 0xffffn && last >> 32n === 0xffffn;
    this.space = mapped ? 'IPv4' : family;
    this.low = mapped ? first & 0xffffffffn : first;
    this.high = mapped ? last & 0xffffffffn : last;
  }

  /** Whether some address is in both. */
  public overlaps(other: Cidr): boolean {
    return this.space === other.space && this.low <= other.high && other.low <= this.high;
  }

  /** Whether every address of the other is in this one. */
  public covers(other: Cidr): boolean {
    return this.space === other.space && this.low <= other.low && other.high <= this.high;
  }
}

function toBigInt(bytes: number[]): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function toBytes(value: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Number((value >> BigInt(8 * (count - 1 - index))) & 0xffn));
}
