import { AddressBlock, addressClasses, formatBlock } from './address-classes';
import { Counterparts, counterparts } from './counterparts';
import { ENDPOINT_ENTITIES, Endpoint, formatEndpoint } from './endpoint';
import { nameClasses } from './name-classes';
import { clusterNames, nodeEndpoints } from './node-endpoints';
import { Renames } from './renames';
import { LabelSet } from '../engine/label-set';
import { EvaluatedMesh } from '../read/mesh';
import { formatWorkload, Workload } from '../read/workload';

/** Endpoints that no policy can distinguish. */
export interface EndpointClass {
  readonly kind: 'pods' | 'node' | 'entity' | 'addresses' | 'name';
  /** One of the endpoints; undefined if this mesh has none of them. */
  readonly endpoint: Endpoint | undefined;
  /** The cluster of pods, nodes, and of entities that are in one cluster; otherwise empty. */
  readonly cluster: string;
  /** The identity labels of pods. */
  readonly labels: LabelSet;
  readonly namedPorts: ReadonlyMap<string, number>;
  readonly hostNetwork: boolean;
  /** The workloads of pods, sorted. */
  readonly workloads: readonly Workload[];
  /** The workloads of pods with host network that run on the node of the other end; `workloads` is empty then. */
  readonly placed?: readonly Workload[];
  /** The blocks of addresses. */
  readonly blocks?: readonly AddressBlock[];
  /** The names and patterns, as policies write them. */
  readonly names?: readonly string[];
}

/** The classes of the pods of a mesh, in the order of their first workloads. */
export function podClasses(mesh: EvaluatedMesh): EndpointClass[] {
  const byKey = new Map<string, Workload[]>();
  for (const workload of mesh.workloads) {
    const key = classKey(workload);
    const group = byKey.get(key);
    if (group) {
      group.push(workload);
    } else {
      byKey.set(key, [workload]);
    }
  }
  return [...byKey.values()].map(podClass);
}

/**
 * All classes of several meshes. Equal numbers mean the same endpoints in each mesh, so that their verdicts can be
 * compared.
 *
 * Workloads are the same as `counterparts` says. A class has only workloads whose counterparts are one class too. Pods
 * with host network are in two classes: on another node than the other end, and on its node. The last classes are the
 * single endpoints, one each.
 */
export function endpointClasses(
  meshes: readonly EvaluatedMesh[],
  single: readonly Endpoint[] = [],
  renames?: Renames,
): ReadonlyArray<readonly EndpointClass[]> {
  const outside = outsideClasses(meshes, renames).map((classes, side) => [
    ...classes,
    ...single.map(endpoint => singleClass(meshes[side], endpoint)),
  ]);
  if (meshes.length === 1) {
    return withPlaced([podClasses(meshes[0])], outside);
  }
  const classes = new Map<string, Counterparts[]>();
  for (const workloads of counterparts(meshes, classKey, renames)) {
    const key = workloads.map(each => (each ? classKey(each) : '')).join('\n');
    const known = classes.get(key);
    if (known) {
      known.push(workloads);
    } else {
      classes.set(key, [workloads]);
    }
  }
  return withPlaced(
    meshes.map((_, side) =>
      [...classes.values()].map(members => podClass(members.flatMap(workloads => workloads[side] ?? []))),
    ),
    outside,
  );
}

/** All classes of each mesh, with those of pods with host network on the node of the other end behind the pods. */
function withPlaced(
  pods: ReadonlyArray<readonly EndpointClass[]>,
  outside: ReadonlyArray<readonly EndpointClass[]>,
): EndpointClass[][] {
  const placed = pods[0].flatMap((_, number) => (pods.some(side => side[number].hostNetwork) ? [number] : []));
  return pods.map((side, which) => [...side, ...placed.map(number => placedClass(side[number])), ...outside[which]]);
}

/** Pods on the node of the other end. Where they have a network of their own, the node does not matter. */
function placedClass(pods: EndpointClass): EndpointClass {
  const { endpoint, workloads, hostNetwork, cluster } = pods;
  return hostNetwork && endpoint?.kind === 'workload'
    ? { ...NO_PODS, kind: 'node', cluster, endpoint: { ...endpoint, placement: 'same-node' }, placed: workloads }
    : { ...pods, workloads: [], placed: workloads };
}

/** The endpoints that are not pods, as each mesh has them. */
export function outsideClasses(meshes: readonly EvaluatedMesh[], renames?: Renames): EndpointClass[][] {
  const clusters = clusterNames(meshes, renames);
  const entitiesOf = (side: number) =>
    ENTITIES.flatMap((entity): Endpoint[] =>
      entity === 'ingress'
        ? clusters.map(names => ({ kind: 'entity', entity, cluster: names[side] }))
        : [{ kind: 'entity', entity }],
    );
  const nodes = nodeClasses(meshes, renames);
  const [addresses, names] = [addressClasses(meshes), nameClasses(meshes)];
  return meshes.map((mesh, side) => [
    ...nodes[side],
    ...entitiesOf(side).map(endpoint => singleClass(mesh, endpoint)),
    ...addresses.map(({ address, blocks }) => ({
      ...singleClass(mesh, { kind: 'address', address, names: [] }),
      blocks,
    })),
    ...names.map(({ name, written }) => ({ ...singleClass(mesh, { kind: 'name', name }), names: written })),
  ]);
}

/** The class of one endpoint that is not a pod; without it, if the mesh lacks its cluster. */
function singleClass(mesh: EvaluatedMesh, endpoint: Endpoint): EndpointClass {
  const cluster = (endpoint.kind === 'node' || endpoint.kind === 'entity' ? endpoint.cluster : undefined) ?? '';
  return {
    ...NO_PODS,
    kind: SINGLE_KINDS[endpoint.kind],
    cluster,
    endpoint: cluster === '' || mesh.cluster(cluster) ? endpoint : undefined,
  };
}

const SINGLE_KINDS = { workload: 'pods', node: 'node', entity: 'entity', address: 'addresses', name: 'name' } as const;

/** The nodes of each mesh: those of one class are at one place of the lists. */
function nodeClasses(meshes: readonly EvaluatedMesh[], renames: Renames | undefined): EndpointClass[][] {
  const endpoints = nodeEndpoints(meshes, renames);
  return endpoints.map(side =>
    side.map(endpoint => ({ ...NO_PODS, kind: 'node' as const, cluster: endpoint?.cluster ?? '', endpoint })),
  );
}

/** Entities besides nodes, whose addresses are not known. */
const ENTITIES = ENDPOINT_ENTITIES.filter(entity => !['host', 'remote-node', 'world'].includes(entity));

const NO_PODS = {
  cluster: '',
  labels: new LabelSet([]),
  namedPorts: new Map<string, number>(),
  hostNetwork: false,
  workloads: [],
};

function podClass(workloads: readonly Workload[]): EndpointClass {
  const first = workloads.at(0);
  return first
    ? {
      kind: 'pods',
      endpoint: { kind: 'workload', workload: first },
      cluster: first.cluster,
      labels: first.labels,
      // Cilium does not know the ports of pods with host network (updatePodHostData, v1.20.2)
      namedPorts: first.hostNetwork ? new Map() : first.namedPorts,
      hostNetwork: first.hostNetwork,
      workloads,
    }
    : { ...NO_PODS, kind: 'pods', endpoint: undefined };
}

/** Whether the endpoints of a class are pods, wherever they run. */
export function isPods({ kind, placed }: Pick<EndpointClass, 'kind' | 'placed'>): boolean {
  return kind === 'pods' || placed !== undefined;
}

/** Equal for workloads whose pods no policy can distinguish. */
export function classKey({ cluster, labels, namedPorts, hostNetwork }: Workload): string {
  const texts = labels.labels.map(({ key, value }) => `${key}=${value}`).sort();
  const ports = [...(hostNetwork ? [] : namedPorts)].map(([name, port]) => `${name}=${port}`).sort();
  return `${cluster} ${hostNetwork} ${texts.join()} ${ports.join()}`;
}

/** The names of the members of a class, as output shows them. */
export function formatMembers({
  endpoint,
  workloads,
  placed = [],
  blocks,
  names,
}: Pick<EndpointClass, 'endpoint' | 'workloads' | 'placed' | 'blocks' | 'names'>): string[] {
  if (blocks) {
    return blocks.map(formatBlock);
  }
  return names
    ? [...names]
    : workloads.length + placed.length > 0
      ? [...workloads, ...placed].map(formatWorkload)
      : endpoint
        ? [formatPlaced(endpoint)]
        : [];
}

/** The reference of an endpoint; a named node also with its place. */
function formatPlaced(endpoint: Endpoint): string {
  return endpoint.kind === 'node' && endpoint.node
    ? `${formatEndpoint(endpoint)} (${endpoint.placement === 'same-node' ? 'same node' : 'other node'})`
    : formatEndpoint(endpoint);
}
