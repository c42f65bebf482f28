import { allPorts, PortRange } from '../evaluator/flows/port-range';
import { RequestRules } from '../evaluator/flows/requests';

/** `TCP/80,443,8000-8099 UDP/53`; a protocol alone for all its ports, and `all ports` for those of all protocols. */
export function formatRanges(ranges: readonly PortRange[]): string {
  const protocols = [...new Set(ranges.map(({ protocol }) => protocol))];
  const texts = protocols.map(protocol => {
    const own = ranges.filter(range => range.protocol === protocol);
    return isWhole(own) ? protocol : `${protocol}/${own.map(formatNumbers).join()}`;
  });
  const whole = ['TCP', 'UDP', 'SCTP', 'ICMP', 'ICMPv6'];
  return whole.every(protocol => texts.includes(protocol))
    ? ['all ports', ...texts.filter(text => text.includes('/'))].join(' ')
    : texts.join(' ');
}

function isWhole(ranges: readonly PortRange[]): boolean {
  const all = allPorts(ranges[0].protocol);
  return ranges.length === 1 && ranges[0].first === all.first && ranges[0].last === all.last;
}

function formatNumbers({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** The requests that proxies let through: `HTTP GET /api`, `every request`. */
export function formatRequests(sets: readonly RequestRules[]): string {
  return sets.length === 0
    ? 'every request'
    : sets
      .map(({ protocol, rules, unknown }) => {
        const texts = [...rules, ...unknown.map(() => 'rules that only the proxy knows')];
        return `${protocol.toUpperCase()} ${texts.length === 0 ? 'nothing' : [...new Set(texts)].join(' or ')}`;
      })
      .join(', and ');
}
