import { formatRangesOf, PortRange, PROTOCOLS } from '../evaluator/flows/port-range';
import { RequestRules } from '../evaluator/flows/requests';

/** `TCP/80,443,8000-8099 UDP/53`; a protocol alone for all its ports, and `all ports` for those of all protocols. */
export function formatRanges(ranges: readonly PortRange[]): string {
  const protocols = [...new Set(ranges.map(({ protocol }) => protocol))];
  const texts = protocols.map(protocol =>
    formatRangesOf(
      protocol,
      ranges.filter(range => range.protocol === protocol),
    ),
  );
  return PROTOCOLS.every(protocol => texts.includes(protocol))
    ? ['all ports', ...texts.filter(text => text.includes('/'))].join(' ')
    : texts.join(' ');
}

/**
 * The requests that proxies let through: `HTTP GET /api`, `every request`. In detail, also the rules that only the
 * proxy knows.
 */
export function formatRequests(sets: readonly RequestRules[], inDetail: boolean = false): string {
  return sets.length === 0
    ? 'every request'
    : sets
      .map(({ protocol, rules, unknown }) => {
        const texts = [...rules, ...unknown.map(rule => `rules that only the proxy knows${inDetail ? ` (${rule})` : ''}`)];
        return `${protocol.toUpperCase()} ${texts.length === 0 ? 'nothing' : [...new Set(texts)].join(' or ')}`;
      })
      .join(', and ');
}
