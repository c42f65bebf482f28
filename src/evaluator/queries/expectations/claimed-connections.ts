import { Claim } from './claims';
import { commonRange } from './port-ranges';
import { rulesOf } from './request-rules';
import { ConnectionsId, NO_CONNECTIONS } from '../../flows/connections';
import { hasAuthentication } from '../../flows/flow';
import { FlowSpace } from '../../flows/flow-space';
import { PortRange } from '../../flows/port-range';

/** The connections between classes, and whether they are as claims say. */
export class ClaimedConnections {
  private reached?: { readonly source: number; readonly byClass: readonly ConnectionsId[] };

  /** An undetermined verdict is in no connection, and not denied either. */
  private readonly isDetermined: boolean;

  constructor(private readonly space: FlowSpace) {
    this.isDetermined = !hasAuthentication(space.mesh);
  }

  /** Whether connections alone tell if a claim holds: it is not about the verdict of one end or about one request. */
  public decide({ topic, entry: { verdict, egress, ingress } }: Claim): boolean {
    return (
      topic === 'requests' ||
      (topic === 'verdict' &&
        egress === undefined &&
        ingress === undefined &&
        (verdict === 'allowed' || (verdict === 'denied' && this.isDetermined)))
    );
  }

  /** Fastest for one source after the other. */
  public between(source: number, destination: number): ConnectionsId {
    if (this.reached?.source !== source) {
      const byClass: ConnectionsId[] = [];
      this.space.from(source).forEach((classes, id) => classes.forEach(number => (byClass[number] = id)));
      this.reached = { source, byClass };
    }
    return this.reached!.byClass[destination] ?? NO_CONNECTIONS;
  }

  /** Whether connections are as a claim about connections says, on the ports that it decides. */
  public areAsClaimed(
    id: ConnectionsId,
    { claim, ranges }: { readonly claim: Claim; readonly ranges: readonly PortRange[] },
  ): boolean {
    if (!claim.compared) {
      return true;
    }
    const connections = this.space.table.get(id);
    return ranges.every(range => {
      const common = connections.filter(each => commonRange(each, range));
      if (claim.topic === 'requests') {
        return common.every(({ requests }) => rulesOf(requests).join('\n') === claim.entry.requests!.join('\n'));
      }
      return claim.entry.verdict === 'denied' ? common.length === 0 : portCount(common, range) === portCount([range], range);
    });
  }
}

function portCount(ranges: readonly PortRange[], within: PortRange): number {
  return ranges.reduce((sum, range) => {
    const common = commonRange(range, within);
    return common ? sum + common.last - common.first + 1 : sum;
  }, 0);
}
