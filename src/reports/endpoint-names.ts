import { addressNames } from './address-names';
import { Cidr } from '../cilium/cidr';
import { AddressBlock } from '../evaluator/flows/address-classes';
import { EndpointClass, formatMembers as formatReferences, isPods } from '../evaluator/flows/endpoint-classes';
import { FlowSpace } from '../evaluator/flows/flow-space';
import { addressesOfMesh } from '../evaluator/flows/mesh-addresses';
import { formatMember, Member } from '../evaluator/queries/members';
import { formatWorkload, Workload } from '../evaluator/read/workload';

/** How many names of endpoints a line shows, and a row of a table. */
const MOST_NAMES = 4;
const MOST_NAMES_OF_ROW = 12;

/**
 * The shortest name for a set of endpoints among all: `all of shop@paris, world except 192.0.2.0/24`. If names are left
 * out, what is outside of the mesh comes first: it matters most.
 */
export function formatEndpoints(
  set: readonly EndpointClass[],
  all: readonly EndpointClass[],
  ofMesh: readonly Cidr[],
): string {
  const { pods, outside, others } = namesByKind(set, all, ofMesh);
  const names = [...pods, ...outside, ...others];
  return shortened(names.length > MOST_NAMES ? [...outside, ...pods, ...others] : names, MOST_NAMES).text;
}

/** Names, as a line shows them. */
export interface ShownNames {
  readonly text: string;
  /** Whether names are left out. */
  readonly isCut: boolean;
}

function shortened(names: readonly string[], most: number): ShownNames {
  return names.length <= most
    ? { text: names.join(', '), isCut: false }
    : { text: `${names.slice(0, most - 1).join(', ')} and ${names.length - most + 1} more`, isCut: true };
}

/** Members as a row of text shows them: all addresses by `world`, other addresses by the blocks of policies. */
export function formatMembers(members: readonly Member[], { classes, mesh }: FlowSpace): ShownNames {
  const addresses = addressNames(
    members.flatMap(({ blocks = [] }) => blocks),
    classes.flatMap(({ blocks = [] }) => blocks),
    mesh.clusters.flatMap(addressesOfMesh).map(({ cidr }) => cidr),
  );
  const others = members.filter(({ blocks }) => !blocks).map(formatMember);
  return shortened([...new Set([...addresses, ...others])], MOST_NAMES_OF_ROW);
}

/**
 * The names of a set of endpoints: whole clusters, namespaces and the world by one name, all others one by one. The
 * addresses of the mesh itself are not named.
 */
export function endpointNames(
  set: readonly EndpointClass[],
  all: readonly EndpointClass[],
  ofMesh: readonly Cidr[],
): string[] {
  const { pods, outside, others } = namesByKind(set, all, ofMesh);
  return [...pods, ...outside, ...others];
}

function namesByKind(set: readonly EndpointClass[], all: readonly EndpointClass[], ofMesh: readonly Cidr[]) {
  const ofKind = (classes: readonly EndpointClass[], kind: EndpointClass['kind']) =>
    classes.filter(each => each.kind === kind && !isPods(each));
  return {
    pods: podNames(set, all),
    outside: [
      ...addressNames(blocksOf(set), blocksOf(all), ofMesh),
      ...ofKind(set, 'name').flatMap(formatReferences),
    ],
    others: [
      ...nodeNames(ofKind(set, 'node'), ofKind(all, 'node')),
      ...entityNames(ofKind(set, 'entity'), ofKind(all, 'entity')),
    ],
  };
}

function blocksOf(classes: readonly EndpointClass[]): AddressBlock[] {
  return classes.flatMap(({ blocks = [] }) => blocks);
}

/** All nodes of a cluster, on whichever node the other endpoint is, are `nodes@paris`. */
function nodeNames(set: readonly EndpointClass[], all: readonly EndpointClass[]): string[] {
  if (set.length > 0 && set.length === all.length) {
    return ['all nodes'];
  }
  const clusters = [...new Set(set.map(({ cluster }) => cluster))];
  return clusters.flatMap(cluster => {
    const [own, every] = [set, all].map(nodes => nodes.filter(each => each.cluster === cluster));
    return own.length === every.length ? [`nodes@${cluster}`] : own.flatMap(formatReferences);
  });
}

function entityNames(set: readonly EndpointClass[], all: readonly EndpointClass[]): string[] {
  return set.length > 1 && set.length === all.length ? ['all other entities'] : set.flatMap(formatReferences);
}

/** Pods by their names; those with host network by the node that they are on, if only that flow is meant. */
function podNames(set: readonly EndpointClass[], all: readonly EndpointClass[]): string[] {
  const [near, everyNear] = [set, all].map(each => new Set(each.flatMap(({ placed = [] }) => placed)));
  const far = new Set(set.flatMap(({ workloads }) => workloads));
  const isWhole = (workload: Workload) => !everyNear.has(workload) || near.has(workload);
  const whole = [...far].filter(isWhole);
  return [
    ...workloadNames(
      whole,
      all.flatMap(({ workloads }) => workloads),
    ),
    ...[...far].filter(each => !isWhole(each)).map(each => `${formatWorkload(each)} on another node`),
    ...[...near].filter(each => !far.has(each)).map(each => `${formatWorkload(each)} on the same node`),
  ];
}

function workloadNames(set: readonly Workload[], all: readonly Workload[]): string[] {
  if (set.length > 1 && set.length === all.length) {
    return ['all workloads'];
  }
  const names: string[] = [];
  let left = set;
  for (const groupOf of [
    ({ cluster }: Workload) => cluster,
    ({ namespace, cluster }: Workload) => `${namespace}@${cluster}`,
  ]) {
    const [some, total] = [countsBy(left, groupOf), countsBy(all, groupOf)];
    const whole = [...some].filter(([group, count]) => count > 1 && count === total.get(group)).map(([group]) => group);
    names.push(...whole.map(group => `all of ${group}`));
    left = left.filter(workload => !whole.includes(groupOf(workload)));
  }
  return [...names.sort(), ...left.map(formatWorkload)];
}

function countsBy(workloads: readonly Workload[], groupOf: (workload: Workload) => string): Map<string, number> {
  const counts = new Map<string, number>();
  workloads.forEach(workload => counts.set(groupOf(workload), (counts.get(groupOf(workload)) ?? 0) + 1));
  return counts;
}
