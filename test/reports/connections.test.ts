import { Connections } from '../../src/evaluator/flows/connections';
import { allPorts, PROTOCOLS } from '../../src/evaluator/flows/port-range';
import { formatConnections } from '../../src/reports/connections';

const tcp = (first: number, last: number = first) => ({ protocol: 'TCP', first, last, requests: [] }) as const;
const everything: Connections = PROTOCOLS.map(protocol => ({ ...allPorts(protocol), requests: [] }));
const rules = (protocol: 'http' | 'dns', text: string) => [{ key: text, protocol, rules: [text], unknown: [] }];

test.each<[string, Connections, Array<[protocol: 'TCP' | 'UDP', port: number]>, string]>([
  ['nothing', [], [['TCP', 80]], 'none'],
  ['everything', everything, [], 'all ports'],
  [
    'everything, and something listens',
    everything,
    [['TCP', 80], ['TCP', 443], ['UDP', 53]],
    'all ports (TCP 80*,443*; UDP 53*)',
  ],
  ['some ports', [tcp(80), tcp(443), tcp(8000, 8099)], [['TCP', 80]], 'TCP 80*,443,8000-8099; all others denied'],
  [
    'a range in which something listens',
    [tcp(8000, 8099)],
    [['TCP', 8080]],
    'TCP 8000-8099 (8080*); all others denied',
  ],
  ['a whole protocol', [everything[0]], [['UDP', 53]], 'TCP; all others denied'],
  [
    'everything but a port',
    [tcp(1, 21), tcp(23, 65535), ...everything.slice(1)],
    [],
    'TCP 1-21,23-65535; UDP; SCTP; ICMP; ICMPv6; all others denied',
  ],
  [
    'requests',
    [
      { ...tcp(80), requests: rules('http', 'GET /api/.*') },
      tcp(443),
      { protocol: 'UDP', first: 53, last: 53, requests: rules('dns', '*.example.org') },
    ],
    [['TCP', 80]],
    'TCP 80* (HTTP GET /api/.*); TCP 443; UDP 53 (DNS *.example.org); all others denied',
  ],
])('%s', (_, connections, listening, text) => {
  const ports = listening.map(([protocol, port]) => ({ protocol, port }));
  expect(formatConnections(connections, ports, PROTOCOLS)).toBe(text);
});
