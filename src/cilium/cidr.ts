/* eslint-disable no-bitwise -- addresses are numbers of 32 and 128 bits */
import { Family, formatIpAddress, parseIpAddress } from './ip-address';

/**
 * A CIDR as the closed interval of its addresses.
 *
 * IPv4-mapped IPv6 blocks (`::ffff:0:0/96` and longer) hold the same addresses as the IPv4 block, and compare equal to
 * it.
 */
export class Cidr {
  /** Parses a CIDR; returns the problem as text if it is invalid. */
  public static parse(text: unknown): Cidr | string {
    const read = Cidr.read(text);
    if (typeof read === 'string') {
      return read;
    }
    const { network, exact } = read;
    return exact ? network : `has address bits set beyond its prefix (the network is ${network.text})`;
  }

  /** Parses a CIDR and masks its address, as Go's netip does; undefined if it is invalid. */
  public static masked(text: string): Cidr | undefined {
    const read = Cidr.read(text);
    return typeof read === 'string' ? undefined : read.network;
  }

  /** The CIDR of one address, from its number. */
  public static ofAddress(family: Family, address: bigint): Cidr {
    const bits = family === 'IPv4' ? 32 : 128;
    const text = `${formatIpAddress({ family, value: address })}/${bits}`;
    return new Cidr(text, family, bits, address, address);
  }

  /** The network of an address with a prefix length, and whether the text is the network itself. */
  private static read(text: unknown): { network: Cidr; exact: boolean } | string {
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
    const ip = parseIpAddress(address);
    if (!ip) {
      return 'is not an IPv4 or IPv6 address with a prefix length';
    }
    const { family, value } = ip;
    const bits = family === 'IPv4' ? 32 : 128;
    const prefix = Number(length);
    if (prefix > bits) {
      return `has a prefix length above ${bits}`;
    }
    const size = 1n << BigInt(bits - prefix);
    const first = value - (value % size);
    const exact = first === value;
    const network = exact ? text : `${formatIpAddress({ family, value: first })}/${prefix}`;
    return { network: new Cidr(network, family, prefix, first, first + size - 1n), exact };
  }

  private readonly range: Range;
  /** The range of its IPv4 addresses, also for an IPv4-mapped IPv6 block. */
  private readonly ipv4?: Range;

  private constructor(
    public readonly text: string,
    public readonly family: Family,
    public readonly prefix: number,
    first: bigint,
    last: bigint,
  ) {
    this.range = [first, last];
    const mapped = family === 'IPv6' && first >> 32n === 0xffffn && last >> 32n === 0xffffn;
    this.ipv4 = family === 'IPv4' ? this.range : mapped ? [first & 0xffffffffn, last & 0xffffffffn] : undefined;
  }

  /** The number of its first address. */
  public get first(): bigint {
    return this.range[0];
  }

  /** The number of its last address. */
  public get last(): bigint {
    return this.range[1];
  }

  /** Whether both hold a common address. */
  public overlaps(other: Cidr): boolean {
    return this.compares(other, (one, two) => one[0] <= two[1] && two[0] <= one[1]);
  }

  /** Whether it holds all addresses of the other. */
  public covers(other: Cidr): boolean {
    return this.compares(other, (one, two) => one[0] <= two[0] && two[1] <= one[1]);
  }

  /** Whether the others together hold all of its addresses. */
  public isCoveredBy(others: readonly Cidr[]): boolean {
    const parts = others
      .filter(({ family }) => family === this.family)
      .map(({ range }) => range)
      .sort(([one], [other]) => (one < other ? -1 : 1));
    let [next, last] = this.range;
    for (const [first, end] of parts) {
      if (first <= next && next <= end) {
        next = end + 1n;
      }
    }
    return next > last;
  }

  private compares(other: Cidr, holds: (one: Range, two: Range) => boolean): boolean {
    return (
      (this.family === other.family && holds(this.range, other.range)) ||
      (this.ipv4 !== undefined && other.ipv4 !== undefined && holds(this.ipv4, other.ipv4))
    );
  }
}

/** The first and last address. */
type Range = readonly [bigint, bigint];
