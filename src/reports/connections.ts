import { formatRequests } from './port-ranges';
import { FlowProtocol } from '../evaluator/engine/entry';
import { AllowedRange, Connections, equalRequests } from '../evaluator/flows/connections';
import { FlowPort } from '../evaluator/flows/flow';
import { allPorts, formatNumbers, holdsFlow, isWhole, PortRange } from '../evaluator/flows/port-range';

/** Marks ports that something declares. */
export const LISTENING_MARK = '*';

/**
 * The allowed ports: `TCP 80*,443,8000-8099; UDP 53 (DNS *.example.org); all others denied`, `all ports (TCP 80*)`,
 * `none`. Ports that something declares are marked.
 */
export function formatConnections(
  connections: Connections,
  listening: readonly FlowPort[],
  protocols: readonly FlowProtocol[],
): string {
  if (connections.length === 0) {
    return 'none';
  }
  const isEverything = protocols.every(protocol =>
    connections.some(range => range.protocol === protocol && isWhole(range) && range.requests.length === 0),
  );
  if (isEverything) {
    const marked = [...new Set(listening.map(({ protocol }) => protocol))].map(
      protocol => `${protocol} ${markedPorts({ ...allPorts(protocol) }, listening).join()}`,
    );
    return marked.length === 0 ? 'all ports' : `all ports (${marked.join('; ')})`;
  }
  return [...protocolTexts(connections, listening), 'all others denied'].join('; ');
}

/** One text for the ranges of a protocol with the same requests. */
function protocolTexts(connections: Connections, listening: readonly FlowPort[]): string[] {
  const sets: AllowedRange[][] = [];
  for (const range of connections) {
    const known = sets.find(([first]) => first.protocol === range.protocol && equalRequests(first, range));
    if (known) {
      known.push(range);
    } else {
      sets.push([range]);
    }
  }
  return sets.map(ranges => {
    const [{ protocol, requests }] = ranges;
    const ports = isWhole(ranges[0])
      ? [protocol, ...marks(ranges[0], listening)].join(' ')
      : `${protocol} ${ranges.map(range => markedNumbers(range, listening)).join()}`;
    return requests.length === 0 ? ports : `${ports} (${formatRequests(requests)})`;
  });
}

function markedNumbers(range: PortRange, listening: readonly FlowPort[]): string {
  return range.first === range.last
    ? `${formatNumbers(range)}${markedPorts(range, listening).length > 0 ? LISTENING_MARK : ''}`
    : [formatNumbers(range), ...marks(range, listening)].join(' ');
}

/** `(80*,443*)` for a range of several ports; nothing if nothing listens there. */
function marks(range: PortRange, listening: readonly FlowPort[]): string[] {
  const marked = markedPorts(range, listening);
  return marked.length === 0 ? [] : [`(${marked.join()})`];
}

function markedPorts(range: PortRange, listening: readonly FlowPort[]): string[] {
  return listening.filter(each => holdsFlow(range, each)).map(({ port }) => `${port}${LISTENING_MARK}`);
}
