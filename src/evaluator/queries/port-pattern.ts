import { parsePort } from './matrix';
import { allPorts, EXTENDED_PROTOCOLS, PortRange, PROTOCOLS } from '../flows/port-range';

/**
 * Parses ports: `80`, `TCP/80`, `TCP/80,443`, `TCP/8000-8099`, or `TCP` for all of a protocol. Without a protocol they
 * are of TCP. Undefined if they are invalid.
 */
export function parsePortPattern(text: string): PortRange[] | undefined {
  const [, name, numbers] = /^(?:([a-z][a-z0-9]*)(?:\/|$))?([-\d,]*)$/i.exec(text) ?? [];
  const protocol =
    name === undefined
      ? 'TCP'
      : [...PROTOCOLS, ...EXTENDED_PROTOCOLS].find(each => each.toUpperCase() === name.toUpperCase());
  if (
    protocol === undefined ||
    numbers === undefined ||
    (numbers === '' && (name === undefined || text.endsWith('/')))
  ) {
    return undefined;
  }
  if (numbers === '') {
    return [allPorts(protocol)];
  }
  const ranges = numbers.split(',').map(part => {
    const [first, last = first, ...more] = part.split('-').map(number => parsePort(`${protocol}/${number}`)?.port);
    return more.length === 0 && first !== undefined && last !== undefined && first <= last
      ? { protocol, first, last }
      : undefined;
  });
  return ranges.includes(undefined) ? undefined : (ranges as PortRange[]);
}
