import { changedWorkloads, DiffLayout, renamedParts, summaryLines } from './diff';
import { DiffGroup } from './diff-group';
import { pageLink } from './page/links';
import { diffPicture } from './picture/diff-picture';
import { PictureMaker } from './picture/picture';
import { formatRanges } from './port-ranges';
import { Part, Report } from './report';
import { EndpointClass, formatMembers, isPods } from '../evaluator/flows/endpoint-classes';
import { mergeRanges, PortRange } from '../evaluator/flows/port-range';
import { DiffEndpoints, MeshDiff } from '../evaluator/queries/diff/diff';
import { ChangeKind } from '../evaluator/queries/diff/range-changes';
import { formatWorkload, Workload } from '../evaluator/read/workload';

/** The changes between two groups. */
interface GroupedChange {
  readonly change: ChangeKind;
  readonly source: string;
  readonly destination: string;
  /** How many pairs of endpoints change in this way. */
  readonly pairs: number;
  readonly ranges: readonly PortRange[];
}

/** `cilium-mesh diff --group-by`: how many flows change between which groups of endpoints, and on which ports. */
export function groupedDiffReport(diff: MeshDiff, by: DiffGroup, whole: Report, layout: DiffLayout = {}): Report {
  const groups = groupedChanges(diff, by);
  const picture: PictureMaker = most => diffPicture(diff, most, by);
  return {
    ...whole,
    title: `diff --group-by ${by}`,
    picture,
    changes: picture,
    parts: () => [
      ...changedWorkloads(diff),
      ...renamedParts(diff, layout),
      ...table(groups),
      ...reportLink(layout),
      ...summaryLines(diff),
    ],
  };
}

/** The page of the changes, if there is one. */
function reportLink({ report }: DiffLayout): Part[] {
  return report === undefined
    ? []
    : [{ kind: 'link', text: 'the changes in the report', address: `${report}${pageLink('map', [['view', 'changes']])}` }];
}

function table(groups: readonly GroupedChange[]): Part[] {
  return groups.length === 0
    ? []
    : [
      {
        kind: 'table',
        columns: [
          { title: 'change', type: 'text' },
          { title: 'from', type: 'endpoint' },
          { title: 'to', type: 'endpoint' },
          { title: 'pairs', type: 'number' },
          { title: 'ports', type: 'port' },
        ],
        rows: groups.map(({ change, source, destination, pairs, ranges }) => [
          change,
          source,
          destination,
          String(pairs),
          formatRanges(ranges),
        ]),
      },
    ];
}

function groupedChanges({ flows, endpoints }: MeshDiff, by: DiffGroup): GroupedChange[] {
  const groups = new Map<string, GroupedChange>();
  const movable = new Set(endpoints.flatMap(each => each.endpoints.placed ?? []));
  for (const { change, sources, destinations, ranges } of flows) {
    for (const [source, from] of membersBy(sources, by, movable)) {
      for (const [destination, to] of membersBy(destinations, by, movable)) {
        const key = JSON.stringify([change, source, destination]);
        const known = groups.get(key) ?? { change, source, destination, pairs: 0, ranges: [] };
        groups.set(key, {
          ...known,
          pairs: known.pairs + from * to,
          ranges: mergeRanges([...known.ranges, ...ranges]),
        });
      }
    }
  }
  return [...groups.values()];
}

/** How many endpoints of each group are in a set. Pods that change on their own node and on others count once. */
function membersBy(
  endpoints: readonly DiffEndpoints[],
  by: DiffGroup,
  movable: ReadonlySet<Workload>,
): Map<string, number> {
  const classes = endpoints.map(each => each.endpoints);
  const far = new Set(classes.flatMap(({ workloads }) => workloads));
  const near = new Set(classes.flatMap(({ placed = [] }) => placed));
  const placeOf = (workload: Workload) =>
    far.has(workload) === near.has(workload) || !movable.has(workload)
      ? ''
      : near.has(workload)
        ? ' on the same node'
        : ' on another node';
  const names = [
    ...[...new Set([...far, ...near])].map(workload =>
      by === 'workload'
        ? `${formatWorkload(workload)}${placeOf(workload)}`
        : by === 'cluster'
          ? workload.cluster
          : `${workload.namespace}@${workload.cluster}`,
    ),
    ...classes.filter(each => !isPods(each)).flatMap(otherNames),
  ];
  const counts = new Map<string, number>();
  names.forEach(name => counts.set(name, (counts.get(name) ?? 0) + 1));
  return counts;
}

/** The names of endpoints that are not pods. */
function otherNames(endpoints: EndpointClass): string[] {
  switch (endpoints.kind) {
    case 'node':
      return [`nodes@${endpoints.cluster}`];
    case 'entity':
      return formatMembers(endpoints);
    default:
      return ['world'];
  }
}
