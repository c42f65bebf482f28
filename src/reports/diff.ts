import { bySeverity } from './change-severity';
import { exampleLine, exampleParts, sideJson, sideText } from './diff-example';
import { serviceChangeJson, serviceRecord, serviceSection } from './diff-service';
import { endpointNames, formatEndpoints } from './endpoint-names';
import { flowLink } from './page/links';
import { diffPicture } from './picture/diff-picture';
import { PictureMaker } from './picture/picture';
import { formatRanges, formatRequests } from './port-ranges';
import { Part, Report, Tone } from './report';
import type { FlowChangeJson } from './schemas/diff';
import { counted } from './words';
import { workloadJson } from './workload-json';
import { Cidr } from '../cilium/cidr';
import { formatList } from '../diagnostics/texts';
import { formatEndpoint } from '../evaluator/flows/endpoint';
import { EndpointClass, formatMembers, isPods } from '../evaluator/flows/endpoint-classes';
import { formatPort } from '../evaluator/flows/flow';
import { RequestRules } from '../evaluator/flows/requests';
import { DiffEndpoints, FlowChange, FlowExample, MeshDiff, RenamedPlaces } from '../evaluator/queries/diff/diff';
import { CHANGE_KINDS, ChangeKind } from '../evaluator/queries/diff/range-changes';
import { formatWorkload, Workload } from '../evaluator/read/workload';

const TONES: { readonly [change in ChangeKind]: Tone } = {
  'gained': 'good',
  'possibly-gained': 'doubtful',
  'widened': 'good',
  'changed': 'doubtful',
  'narrowed': 'bad',
  'possibly-lost': 'doubtful',
  'lost': 'bad',
};

/** How to print a diff. */
export interface DiffLayout {
  /** The address of a report of the same meshes, without a fragment: each change links into it. */
  readonly report?: string;
}

/**
 * `cilium-mesh diff`: what changes for which flows, by which rule, and for which services. Text has the changes that
 * matter most first.
 */
export function diffReport(diff: MeshDiff, layout: DiffLayout = {}): Report {
  const all = diff.endpoints.map(({ endpoints }) => endpoints);
  const items = () => diff.flows.map(flowChangeJson);
  const picture: PictureMaker = most => diffPicture(diff, most);
  const placeColumns = diff.flows.some(({ example }) => example.placement) ? ['placement'] : [];
  return {
    title: 'diff',
    // as parts that are not compared
    namesGaps: true,
    picture,
    changes: picture,
    parts: () => [
      ...changedWorkloads(diff),
      ...renamedParts(diff, layout),
      ...bySeverity(diff.flows).map(change => flowSection(change, all, diff.meshAddresses, layout)),
      ...diff.services.map(serviceSection),
      ...summaryLines(diff),
    ],
    document: {
      field: 'flows',
      items,
      more: {
        addedWorkloads: diff.addedWorkloads.map(workloadJson),
        removedWorkloads: diff.removedWorkloads.map(workloadJson),
        renamedWorkloads: diff.renamedWorkloads.map(({ before, after }) => ({
          before: workloadJson(before),
          after: workloadJson(after),
        })),
        ...(diff.renamed ? { renamedPlaces: renamedJson(diff.renamed) } : {}),
        comparedAsNodes: diff.comparedAsNodes.map(workloadJson),
        services: diff.services.map(serviceChangeJson),
        compared: diff.compared,
        unknown: diff.unknown,
      },
    },
    records: {
      columns: [
        'change',
        'sources',
        'destinations',
        'ports',
        ...['source', 'destination', 'protocol', 'port', ...placeColumns].map(field => `example.${field}`),
        ...['before', 'after'].flatMap(side => ['egress', 'ingress', 'verdict'].map(each => `example.${side}.${each}`)),
        'before',
        'after',
        'causes',
      ],
      items: () => [
        ...diff.flows.map(change => ({
          ...flowChangeJson(change),
          sources: endpointNames(classesOf(change.sources), all, diff.meshAddresses).join('; '),
          destinations: endpointNames(classesOf(change.destinations), all, diff.meshAddresses).join('; '),
          ports: formatRanges(change.ranges),
          before: sideText(change.example.before),
          after: sideText(change.example.after),
        })),
        ...diff.services.map(serviceRecord),
      ],
    },
  };
}

/** The classes of endpoints. */
export function classesOf(endpoints: readonly DiffEndpoints[]): EndpointClass[] {
  return endpoints.map(each => each.endpoints);
}

/** The workloads that only one of the meshes has, and the renamed ones. */
export function changedWorkloads(diff: MeshDiff): Part[] {
  return [
    ...workloadsLine('workloads added', diff.addedWorkloads.map(formatWorkload)),
    ...workloadsLine('workloads removed', diff.removedWorkloads.map(formatWorkload)),
    ...workloadsLine(
      'workloads renamed',
      diff.renamedWorkloads.map(({ before, after }) => `${formatWorkload(before)} to ${formatWorkload(after)}`),
    ),
  ];
}

/** The clusters and namespaces with another name, and what changes apart from the names. */
export function renamedParts({ renamed, meshAddresses }: MeshDiff, layout: DiffLayout): Part[] {
  if (!renamed) {
    return [];
  }
  const { clusters, namespaces } = renamedJson(renamed);
  const names = [
    ...clusters.map(({ before, after }) => `cluster ${before} to ${after}`),
    ...namespaces.map(({ cluster, before, after }) => `namespace ${before}@${cluster} to ${after}`),
  ];
  const all = renamed.endpoints.map(({ endpoints }) => endpoints);
  const { length } = renamed.flows;
  const what = length === 0 ? 'no flow changes' : `${counted(length, 'change')} of flows`;
  return [
    {
      kind: 'section',
      title: [{ text: 'renamed', tone: 'strong' }, `  ${names.join(', ')}, with the same workloads`],
      parts: [
        { kind: 'line', text: `apart from the names, ${what}${length === 0 ? '' : ':'}` },
        ...bySeverity(renamed.flows).map(change => flowSection(change, all, meshAddresses, layout)),
      ],
    },
  ];
}

function renamedJson({ renames, flows }: RenamedPlaces) {
  const pairs = (names: ReadonlyMap<string, string>) =>
    [...names].sort().map(([before, after]) => ({ before, after }));
  return {
    clusters: pairs(renames.clusters),
    namespaces: [...renames.namespaces].sort().flatMap(([cluster, names]) =>
      pairs(names).map(each => ({ cluster, ...each })),
    ),
    flows: flows.map(flowChangeJson),
  };
}

function workloadsLine(title: string, workloads: readonly string[]): Part[] {
  return workloads.length === 0 ? [] : [{ kind: 'line', text: `${title}: ${workloads.join(', ')}` }];
}

function flowSection(
  { change, sources, destinations, ranges, example }: FlowChange,
  all: readonly EndpointClass[],
  ofMesh: readonly Cidr[],
  { report }: DiffLayout,
): Part {
  const names = [sources, destinations].map(each => formatEndpoints(classesOf(each), all, ofMesh));
  const isOne = [sources, destinations].every(each => classesOf(each).flatMap(formatMembers).length === 1);
  return {
    kind: 'section',
    title: [
      { text: change, tone: TONES[change] },
      '  ',
      { text: `${names[0]} -> ${names[1]}`, tone: 'strong' },
      `  ${formatRanges(ranges)}`,
    ],
    parts: [
      ...requestLines(ranges),
      ...(isOne && ranges.length === 1 && ranges[0].first === ranges[0].last ? [] : [exampleLine(example)]),
      ...exampleParts(example, sources, destinations),
      ...(report === undefined ? [] : [flowLinkPart(report, example)]),
    ],
  };
}

function flowLinkPart(report: string, { source, destination, port }: FlowExample): Part {
  const [from, to] = [source, destination].map(formatEndpoint);
  return { kind: 'link', text: 'why', address: `${report}${flowLink({ from, to, port: formatPort(port) })}` };
}

function requestLines(ranges: FlowChange['ranges']): Part[] {
  const text = (sets: readonly RequestRules[] | undefined) =>
    sets === undefined ? undefined : formatRequests(sets, true);
  const lines = ranges
    .filter(({ before, after }) => (before?.length ?? 0) + (after?.length ?? 0) > 0)
    .map(({ before, after }) => [text(before), text(after)].map(each => each ?? 'nothing').join(' => '));
  return [...new Set(lines)].map(line => ({ kind: 'line', text: `requests: ${line}` }));
}

/** The counts, what was compared, and what could not be. */
export function summaryLines({ flows, services, comparedAsNodes, compared, unknown, isEmpty }: MeshDiff): Part[] {
  const counts = CHANGE_KINDS.map(kind => [kind, flows.filter(({ change }) => change === kind).length] as const)
    .filter(([kind, count]) => count > 0 || kind === 'gained' || kind === 'lost')
    .map(([kind, count]) => `${count} ${kind}`);
  const { clusters, workloads, nodes, addresses, names } = compared;
  const what = [
    counted(workloads, 'workload'),
    counted(nodes, 'set of nodes', 'sets of nodes'),
    counted(addresses, 'set of addresses', 'sets of addresses'),
    counted(names, 'set of names', 'sets of names'),
    counted(compared.services, 'service'),
  ];
  const ports = compared.ports ? compared.ports.map(formatPort).join(', ') : 'all ports';
  return [
    { kind: 'line', text: `flows: ${counts.join(', ')}; services: ${services.length} changed` },
    { kind: 'line', text: `compared ${what.join(', ')} in ${counted(clusters, 'cluster')} on ${ports}` },
    ...asNodesLine(comparedAsNodes),
    ...(isEmpty ? [NOTHING_COMPARED] : []),
    ...unknown.map((text): Part => ({ kind: 'line', text: [{ text: 'not compared: ', tone: 'doubtful' }, text] })),
  ];
}

function asNodesLine(workloads: readonly Workload[]): Part[] {
  return workloads.length === 0
    ? []
    : [
      {
        kind: 'line',
        text: `the pods of ${formatList(workloads.map(formatWorkload))} are compared as the nodes whose network they use`,
      },
    ];
}

const NOTHING_COMPARED: Part = {
  kind: 'line',
  text: [
    { text: 'no flow was compared: ', tone: 'bad' },
    'neither mesh contains workloads. Add the manifests of the applications',
  ],
};

/** A change of flows in JSON. */
export function flowChangeJson({ change, sources, destinations, ranges, example }: FlowChange): FlowChangeJson {
  return {
    change,
    sources: sources.map(endpointsJson),
    destinations: destinations.map(endpointsJson),
    ports: ranges.map(({ protocol, first, last, before, after, undetermined }) => ({
      protocol,
      first,
      last,
      ...(before ? { before: before.map(requestsJson) } : {}),
      ...(after ? { after: after.map(requestsJson) } : {}),
      ...(undetermined ? { undetermined: [...undetermined] } : {}),
    })),
    example: {
      source: formatEndpoint(example.source),
      destination: formatEndpoint(example.destination),
      protocol: example.port.protocol,
      port: example.port.port,
      ...(example.placement ? { placement: example.placement } : {}),
      before: sideJson(example.before),
      after: sideJson(example.after),
    },
  };
}

function requestsJson({ protocol, rules, unknown }: RequestRules) {
  return { protocol, rules: [...rules], unknown: [...unknown] };
}

function endpointsJson({ endpoints, state }: DiffEndpoints) {
  const { kind, workloads, placed, hostNetwork } = endpoints;
  const arePods = isPods(endpoints);
  return {
    kind: arePods ? 'pods' : kind,
    state,
    names: formatMembers(endpoints),
    ...(placed ? { placement: 'same-node' as const } : hostNetwork ? { placement: 'other-node' as const } : {}),
    ...(arePods ? { workloads: (placed ?? workloads).map((each: Workload) => workloadJson(each)) } : {}),
  };
}
