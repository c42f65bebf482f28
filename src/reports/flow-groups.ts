import { grouped } from '../diagnostics/grouped';
import { Side } from '../observed/flows/observed-flow';
import { ReplayedFlow } from '../observed/judging/replay';

/** Flows between the same workloads of several clusters: each of the sources to each of the destinations. */
export interface FlowGroup {
  readonly flows: readonly ReplayedFlow[];
  /** `shop/cart@paris`, or `shop/cart in lyon, paris`. */
  readonly source: string;
  readonly destination: string;
}

/** Flows on the same port with the same details, in the order of the first of each group. */
export function groupClusters(
  flows: readonly ReplayedFlow[],
  detailsOf: (flow: ReplayedFlow) => string,
): FlowGroup[] {
  const single = flows.map(each => ({ flows: [each], source: endOf(each, 'source'), destination: endOf(each, 'destination') }));
  const key = ({ flows: [each] }: Members) =>
    JSON.stringify([each.flow.protocol, each.flow.port, each.change, detailsOf(each)]);
  return mergeSide(mergeSide(single, 'source', key), 'destination', key).map(({ source, destination, ...rest }) => ({
    ...rest,
    source: endText(source),
    destination: endText(destination),
  }));
}

/** An end of flows, in the clusters of a workload. */
interface End {
  readonly name: string;
  readonly clusters: readonly string[];
}

interface Members {
  readonly flows: readonly ReplayedFlow[];
  readonly source: End;
  readonly destination: End;
}

function endOf({ flow }: ReplayedFlow, side: Side): End {
  const { text, matches: [match] } = flow[side];
  const cluster = 'endpoint' in match && match.endpoint.kind === 'workload' ? match.endpoint.workload.cluster : undefined;
  return cluster !== undefined && text.endsWith(`@${cluster}`)
    ? { name: text.slice(0, -cluster.length - 1), clusters: [cluster] }
    : { name: text, clusters: [] };
}

/** One group for those that differ only in the clusters of one side. */
function mergeSide(groups: readonly Members[], side: Side, keyOf: (members: Members) => string): Members[] {
  const other = side === 'source' ? 'destination' : 'source';
  const same = grouped(groups, each => JSON.stringify([each[side].name, each[other], keyOf(each)]));
  return [...same.values()].map(members => ({
    ...members[0],
    flows: members.flatMap(each => each.flows),
    [side]: {
      name: members[0][side].name,
      clusters: [...new Set(members.flatMap(each => each[side].clusters))].sort(),
    },
  }));
}

function endText({ name, clusters }: End): string {
  return clusters.length === 0
    ? name
    : clusters.length === 1
      ? `${name}@${clusters[0]}`
      : `${name} in ${clusters.join(', ')}`;
}
