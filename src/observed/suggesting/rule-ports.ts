import { FlowProtocol } from '../../evaluator/engine/entry';
import { compareRanges, PortRange } from '../../evaluator/flows/port-range';

/** Protocols whose ports rules name. */
export type RuleProtocol = 'TCP' | 'UDP' | 'SCTP' | 'ICMP' | 'ICMPv6';

/** Ports of a rule, or types of ICMP. A range is as long as at least three ports that follow each other. */
export interface RulePort extends PortRange {
  readonly protocol: RuleProtocol;
  /** The name of a single port in the pods of all destinations. */
  readonly name?: string;
}

const PROTOCOLS: readonly FlowProtocol[] = ['TCP', 'UDP', 'SCTP', 'ICMP', 'ICMPv6'];

/** Whether a rule can name a port: Cilium reads port 0, and type 0 of ICMPv4, as all of them. */
export function isRulePort(protocol: FlowProtocol, port: number): boolean {
  return PROTOCOLS.includes(protocol) && (port > 0 || protocol === 'ICMPv6');
}

/** Whether the ports of a protocol are types of ICMP. */
export function isIcmp(protocol: FlowProtocol): boolean {
  return protocol === 'ICMP' || protocol === 'ICMPv6';
}

/** The fewest ports that remain a range. */
const LEAST_RANGE = 3;

/** The name of a port in the pods of all destinations of a rule. */
export type PortName = (protocol: FlowProtocol, port: number) => string | undefined;

/** The ports as rules name them, sorted. `ranges` tells whether all clusters know ranges of ports. */
export function rulePorts(
  ports: ReadonlyArray<{ protocol: FlowProtocol; port: number }>,
  ranges: boolean,
  nameOf: PortName,
): RulePort[] {
  const single = ports
    .map(({ protocol, port }) => ({ protocol: protocol as RuleProtocol, first: port, last: port }))
    .sort(compareRanges);
  const merged: RulePort[] = [];
  for (const each of single) {
    const last = merged.at(-1);
    if (last && last.protocol === each.protocol && each.first <= last.last + 1) {
      merged[merged.length - 1] = { ...last, last: Math.max(last.last, each.last) };
    } else {
      merged.push(each);
    }
  }
  return merged.flatMap(range =>
    ranges && !isIcmp(range.protocol) && range.last - range.first + 1 >= LEAST_RANGE
      ? [range]
      : Array.from({ length: range.last - range.first + 1 }, (_, index): RulePort => {
        const port = range.first + index;
        const name = nameOf(range.protocol, port);
        return { ...range, first: port, last: port, ...(name === undefined ? {} : { name }) };
      }),
  );
}
