import { PolicyEntry, PortMatch } from '../../engine/entry';
import { FlowPort } from '../../flows/flow';
import { RuleContext } from '../context';

/** A port that no rule names. */
export const NO_PORT: FlowPort = { protocol: 'TCP', port: 0 };

/**
 * The ports of a destination that a rule is about, a group for each item of `toPorts`: several where it is about a
 * range or every port. Without
 * any item, those that the destination declares, and where it declares none, a port that no rule names.
 */
export function portsOfRule(
  context: RuleContext,
  { hasPorts, ports }: PolicyEntry,
): (destination: number) => ReadonlyArray<readonly FlowPort[]> {
  if (hasPorts && ports.every(isSingle)) {
    const single = ports.map(({ protocol, number }) => [{ protocol, port: number }]);
    return () => single;
  }
  return destination => {
    const declared = context.portsOf(destination);
    return hasPorts
      ? ports.map(match => portsOfMatch(match, declared, context.index.classes[destination].namedPorts))
      : [declared.length > 0 ? declared : [NO_PORT]];
  };
}

function isIcmp({ protocol }: PortMatch): boolean {
  return protocol === 'ICMP' || protocol === 'ICMPv6';
}

function isSingle(match: PortMatch): boolean {
  return isIcmp(match) || (match.name === undefined && match.number > 0 && match.endPort <= match.number);
}

function portsOfMatch(
  match: PortMatch,
  declared: readonly FlowPort[],
  namedPorts: ReadonlyMap<string, number>,
): FlowPort[] {
  const { number, endPort, name, protocol } = match;
  if (name !== undefined) {
    const port = namedPorts.get(`${name}/${protocol}`);
    return port === undefined ? [] : [{ protocol, port }];
  }
  const within = isSingle(match)
    ? []
    : declared.filter(
      each => each.protocol === protocol && (number === 0 || (number <= each.port && each.port <= endPort)),
    );
  return within.length > 0 ? within : number > 0 || isIcmp(match) ? [{ protocol, port: number }] : [];
}
