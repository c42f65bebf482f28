import { ExpectedEndpoint } from './endpoints';
import { commonRange } from './port-ranges';
import { rulesOf } from './request-rules';
import { Direction } from '../../engine/entry';
import { decideFlow, EndpointVerdict, FlowVerdict, flowVerdict } from '../../flows/flow';
import { FlowSpace } from '../../flows/flow-space';
import { PortRange } from '../../flows/port-range';
import { PortRow } from '../../flows/port-rows';
import { decideFlowRequest, Request } from '../../flows/request';
import { RequestRules } from '../../flows/requests';
import { Row } from '../../flows/row';

/** The verdicts on some ports, or on a request on them. */
export interface RangeVerdict extends PortRange {
  readonly egress: EndpointVerdict;
  readonly ingress: EndpointVerdict;
  /** `unknown` also for requests. */
  readonly verdict: FlowVerdict;
  /** The rules of each proxy, see `rulesOf`; none if every request passes. */
  readonly rules: readonly string[];
}

interface RangeRow extends PortRange {
  readonly row: Row;
  readonly requests: PortRow['requests'];
}

/** The verdicts on flows between endpoints, port range by port range. */
export class Verdicts {
  private readonly rangeRows = new Map<readonly PortRow[], Map<string, readonly RangeRow[]>>();

  constructor(private readonly space: FlowSpace) {}

  /** The verdicts on all ports of a range; ports with one verdict are one range. */
  public on(
    source: ExpectedEndpoint,
    destination: ExpectedEndpoint,
    range: PortRange,
    request: Request | undefined,
  ): RangeVerdict[] {
    const merged: RangeVerdict[] = [];
    for (const own of this.rows(source.number, 'egress', range)) {
      const sent = commonRange(own, range);
      for (const other of sent ? this.rows(destination.number, 'ingress', range) : []) {
        const ports = commonRange(sent!, other);
        if (ports) {
          const [egress, ingress] = [own.row.verdict(destination.number), other.row.verdict(source.number)];
          const rules = commonRules(rulesFor(own, destination), rulesFor(other, source));
          const next = { ...ports, egress, ingress, verdict: flowVerdict(egress, ingress), rules };
          const decided = request ? this.withRequest(next, source, destination, request) : next;
          const last = merged.at(-1);
          if (last && isContinued(last, decided)) {
            merged[merged.length - 1] = { ...last, last: decided.last };
          } else {
            merged.push(decided);
          }
        }
      }
    }
    return merged;
  }

  private withRequest(
    verdict: RangeVerdict,
    source: ExpectedEndpoint,
    destination: ExpectedEndpoint,
    request: Request,
  ): RangeVerdict {
    if (verdict.verdict === 'denied' || ![verdict.egress, verdict.ingress].includes('redirected')) {
      return verdict;
    }
    const port = { protocol: verdict.protocol, port: verdict.first };
    const decision = decideFlow(this.space.mesh, source.endpoint, destination.endpoint, port);
    return { ...verdict, verdict: decideFlowRequest(decision, request) ?? verdict.verdict };
  }

  /** The rows of a class on the ports of one protocol, sorted. */
  private rows(number: number, direction: Direction, { protocol }: PortRange): readonly RangeRow[] {
    const rows = this.space.rows(number, direction);
    const byProtocol = this.rangeRows.get(rows) ?? new Map<string, readonly RangeRow[]>();
    this.rangeRows.set(rows, byProtocol);
    const known =
      byProtocol.get(protocol) ??
      rows
        .flatMap(({ ranges, row, requests }) => ranges.map(range => ({ ...range, row, requests })))
        .filter(each => each.protocol === protocol)
        .sort((one, other) => one.first - other.first);
    byProtocol.set(protocol, known);
    return known;
  }
}

/** What the proxy of one end lets through of its flows with another one. */
function rulesFor({ requests }: RangeRow, { number }: ExpectedEndpoint): RequestRules | undefined {
  return requests.find(({ peers }) => peers.has(number))?.rules;
}

const EVERY: readonly string[] = [];

/** The rules of both proxies; equal ones count once. */
function commonRules(one: RequestRules | undefined, other: RequestRules | undefined): readonly string[] {
  return one || other
    ? rulesOf([one, other].flatMap((each, index) => (each && (index === 0 || each.key !== one?.key) ? [each] : [])))
    : EVERY;
}

function isContinued(one: RangeVerdict, other: RangeVerdict): boolean {
  return (
    one.protocol === other.protocol &&
    one.last + 1 === other.first &&
    one.verdict === other.verdict &&
    one.egress === other.egress &&
    one.ingress === other.ingress &&
    one.rules.join('\n') === other.rules.join('\n')
  );
}
