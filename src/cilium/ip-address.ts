/* eslint-disable no-bitwise -- addresses are numbers of 32 and 128 bits */

/** An IP family. */
export type Family = 'IPv4' | 'IPv6';

/** An address as its family and number. */
export interface IpAddress {
  readonly family: Family;
  readonly value: bigint;
}

/**
 * Parses an address as Go's netip.ParseAddr does, but without zones: no octal or hexadecimal numbers between dots, and
 * `::` stands for one group or more. Undefined if it is invalid.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (!text.includes(':')) {
    const value = parseIpv4(text);
    return value === undefined ? undefined : { family: 'IPv4', value: BigInt(value) };
  }
  const value = parseIpv6(text);
  return value === undefined ? undefined : { family: 'IPv6', value };
}

/** Whether a text is an address, see `parseIpAddress`. */
export function isAddress(text: string): boolean {
  return parseIpAddress(text) !== undefined;
}

/** The canonical text of an address: RFC 5952 for IPv6, in hexadecimal groups also for IPv4-mapped addresses. */
export function formatIpAddress({ family, value }: IpAddress): string {
  if (family === 'IPv4') {
    const address = Number(value);
    return [24, 16, 8, 0].map(shift => (address >>> shift) & 0xff).join('.');
  }
  const groups = groupsOf(value);
  const { start, length } = longestZeros(groups);
  const hexadecimal = (part: readonly number[]) => part.map(group => group.toString(16)).join(':');
  return length < 2
    ? hexadecimal(groups)
    : `${hexadecimal(groups.slice(0, start))}::${hexadecimal(groups.slice(start + length))}`;
}

const IPV4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

function parseIpv4(text: string): number | undefined {
  const match = IPV4.exec(text);
  if (!match) {
    return undefined;
  }
  let value = 0;
  for (let index = 1; index <= 4; index++) {
    const octet = Number(match[index]);
    if (octet > 255) {
      return undefined;
    }
    value = value * 256 + octet;
  }
  return value;
}

function parseIpv6(text: string): bigint | undefined {
  const gap = text.indexOf('::');
  if (gap < 0) {
    const groups = parseGroups(text, true);
    return groups?.length === 8 ? numberOf(groups) : undefined;
  }
  const head = parseGroups(text.slice(0, gap), false);
  const tail = parseGroups(text.slice(gap + 2), true);
  if (!head || !tail || head.length + tail.length > 7) {
    return undefined;
  }
  return numberOf([...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]);
}

const GROUP = /^[0-9a-fA-F]{1,4}$/;

/** The groups of 16 bits of a part of an address; the last may be two groups in dotted notation. */
function parseGroups(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') {
    return [];
  }
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(parseInt(part, 16));
      continue;
    }
    const dotted = atEnd && index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (dotted === undefined) {
      return undefined;
    }
    groups.push(dotted >>> 16, dotted & 0xffff);
  }
  return groups;
}

function numberOf(groups: readonly number[]): bigint {
  return BigInt(`0x${groups.map(group => group.toString(16).padStart(4, '0')).join('')}`);
}

function groupsOf(value: bigint): number[] {
  const text = value.toString(16).padStart(32, '0');
  return Array.from({ length: 8 }, (_, index) => parseInt(text.slice(4 * index, 4 * index + 4), 16));
}

/** The first of the longest runs of groups that are zero. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) {
      start = index + 1;
    } else if (index + 1 - start > longest.length) {
      longest = { start, length: index + 1 - start };
    }
  }
  return longest;
}
