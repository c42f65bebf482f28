/**
 * Which denials of manifests are in doubt, because neither the record nor the manifests tell all that policies see of
 * an end: on which node it runs, where the API server is, or which address and DNS names it has. A denial is in doubt
 * too where a policy of the end, or a setting of its cluster, is not modelled, and where only the other end was
 * recorded.
 *
 * A denial is certain if it holds for all that the end may be. Only then is a recorded flow a finding. A flow that
 * passes by a name which its pod cannot learn itself is in doubt too.
 */
import { MeshJudge } from './mesh-judge';
import { mayAllowUnmodelled } from './unmodelled';
import { Cidr } from '../../cilium/cidr';
import { CLUSTER_LABEL } from '../../cilium/labels';
import { decide } from '../../evaluator/engine/decide';
import { DirectionPolicy, Peer } from '../../evaluator/engine/direction-policy';
import { Direction } from '../../evaluator/engine/entry';
import { Label, LabelSet } from '../../evaluator/engine/label-set';
import { addressClasses } from '../../evaluator/flows/address-classes';
import { clusterOf, Endpoint, peerOf } from '../../evaluator/flows/endpoint';
import { EndpointVerdict, FlowDecision, FlowPort, isDropped } from '../../evaluator/flows/flow';
import { learnedNames } from '../../evaluator/flows/learned-names';
import { EvaluatedCluster } from '../../evaluator/read/cluster';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { MatchedEnd } from '../flows/ends';
import { hasPassed, ObservedFlow } from '../flows/observed-flow';

/**
 * What is not known of an end and would change the verdict: its place, its DNS names, its address, what a policy or
 * setting that is not modelled does, or whether it let the flow pass while Hubble recorded.
 */
export type Doubt = 'placement' | 'names' | 'address' | 'unmodelled' | 'unrecorded';

/** What is in doubt at each end of a flow. */
export type Doubts = { readonly [direction in Direction]?: Doubt };

/** An end that the manifests contain. */
export type KnownEnd = Extract<MatchedEnd, { readonly endpoint: Endpoint }>;

const DIRECTIONS = ['egress', 'ingress'] as const;

/** What is in doubt about the decision on a flow. */
export function doubtsOf(
  judge: MeshJudge,
  ends: { readonly source: KnownEnd; readonly destination: KnownEnd },
  flow: ObservedFlow,
  decision: FlowDecision,
): Doubts {
  const port: FlowPort = { protocol: flow.protocol, port: flow.port };
  const sources = placesOf(ends.source);
  const destinations = placesOf(ends.destination);
  const doubtAt = (direction: Direction): Doubt | undefined => {
    const [selves, others] = direction === 'egress' ? [sources, destinations] : [destinations, sources];
    const elsewhere =
      sources.length + destinations.length > 2 &&
      sources.some(source =>
        destinations.some(
          destination =>
            judge.decide(source, destination, port)[direction].verdict !== decision[direction].verdict,
        ),
      );
    const mayBeLetThrough = (self: Endpoint, peers: readonly Endpoint[]) =>
      peers.some(other => mayAllowUnmodelled(judge, self, other, direction, port, decision[direction].verdict));
    if (elsewhere) {
      return 'placement';
    }
    if (!isDropped(decision[direction].verdict)) {
      const needsOthers = direction === 'egress' &&
        selves.some(self => others.some(other => needsUnlearned(judge, self, other, port)));
      return needsOthers ? 'names' : undefined;
    }
    return (
      selves.flatMap(self => others.flatMap(other => doubtAbout(judge, self, other, direction, flow) ?? [])).at(0) ??
      (selves.some(self => mayBeLetThrough(self, others))
        ? 'unmodelled'
        : hasPassed(flow, direction)
          ? undefined
          : 'unrecorded')
    );
  };
  return Object.fromEntries(
    DIRECTIONS.flatMap(direction => {
      const doubt = doubtAt(direction);
      return doubt === undefined ? [] : [[direction, doubt]];
    }),
  );
}

/**
 * Why the verdict on a flow is not known; undefined if it is. What one end denies for certain is denied, whatever the
 * other end does.
 */
export function doubtOf(decision: FlowDecision, doubts: Doubts): Doubt | undefined {
  const isDenied = DIRECTIONS.some(
    direction => doubts[direction] === undefined && isDropped(decision[direction].verdict),
  );
  return isDenied ? undefined : (doubts.egress ?? doubts.ingress);
}

/**
 * Whether a flow passes by a name that the DNS rules of the source do not let it learn. Another pod of its node may
 * have learned it: the names of addresses are those of an agent.
 */
function needsUnlearned(judge: MeshJudge, self: Endpoint, other: Endpoint, port: FlowPort): boolean {
  const { mesh } = judge;
  const cluster = self.kind === 'workload' ? mesh.cluster(self.workload.cluster) : undefined;
  const policy = cluster && other.kind === 'address' ? judge.policyAt(self, 'egress') : undefined;
  if (!cluster || !policy || other.kind !== 'address') {
    return false;
  }
  const learned = learnedNames(policy, cluster, mesh);
  const names = other.names.filter(each => learned.has(each));
  return names.length < other.names.length && !passes(policy, peerOf({ ...other, names }, cluster, mesh, 'egress'), port);
}

function placesOf({ endpoint, elsewhere }: KnownEnd): Endpoint[] {
  return [endpoint, ...(elsewhere ? [elsewhere] : [])];
}

/** What would let a flow pass that the policy of one end drops. */
function doubtAbout(
  judge: MeshJudge,
  self: Endpoint,
  other: Endpoint,
  direction: Direction,
  flow: ObservedFlow,
): Doubt | undefined {
  const { mesh } = judge;
  const answered = direction === 'egress' ? flow.answeredNames : [];
  const name = clusterOf(self);
  const viewer = name === undefined ? undefined : mesh.cluster(name);
  if (!viewer) {
    return undefined;
  }
  for (const subject of subjectsOf(self, mesh)) {
    const policy = judge.policyAt(subject, direction);
    // its rules conflict, and no other peer changes that
    if (!policy) {
      return undefined;
    }
    if (subject !== self && passes(policy, peerOf(other, viewer, mesh, direction), flow)) {
      return 'placement';
    }
    for (const { doubt, peer } of possiblePeers(other, viewer, mesh, policy, answered)) {
      if (passes(policy, peer, flow)) {
        return doubt;
      }
    }
  }
  return undefined;
}

function passes(policy: DirectionPolicy, peer: Peer, { protocol, port }: FlowPort): boolean {
  const verdict: EndpointVerdict = decide(policy, { peer, protocol, port }).verdict;
  return !isDropped(verdict);
}

/** The end, and each node that it may be: host policies select nodes by their labels. */
function subjectsOf(self: Endpoint, mesh: EvaluatedMesh): Endpoint[] {
  return self.kind === 'entity' && self.entity === 'host' && self.cluster !== undefined
    ? [self, ...nodesOf(mesh.cluster(self.cluster))]
    : [self];
}

/** The nodes that the manifests have of a cluster. */
function nodesOf(cluster: EvaluatedCluster | undefined): Endpoint[] {
  return (cluster?.nodes ?? []).map(node => ({ kind: 'node', cluster: cluster!.name, node, placement: 'other-node' }));
}

interface Possibility {
  readonly doubt: Doubt;
  readonly peer: Peer;
}

/**
 * What the other end may be to the policies of a cluster, besides what it is taken for. Hubble does not record names
 * whose answers expired, which Cilium keeps for connections (`GetNamesOf`, v1.20.2): recorded answers may have more.
 */
function* possiblePeers(
  other: Endpoint,
  viewer: EvaluatedCluster,
  mesh: EvaluatedMesh,
  policy: DirectionPolicy,
  answered: ObservedFlow['answeredNames'],
): Generator<Possibility> {
  const peer = peerOf(other, viewer, mesh, policy.direction);
  const withNames = (each: Peer, names: readonly string[]): Possibility => ({ doubt: 'names', peer: { ...each, names } });
  const named = (each: Peer): Possibility[] => [withNames(each, namesOf(policy))];
  switch (other.kind) {
    case 'address':
      yield* other.names.length === 0
        ? named(peer)
        : answered.map(names => withNames(peer, [...other.names, ...names]));
      break;
    case 'entity':
      if (other.entity === 'world') {
        yield* named(peer);
        yield* addressesOf(mesh).map(
          (address): Possibility => ({
            doubt: 'address',
            peer: peerOf({ kind: 'address', address, names: [] }, viewer, mesh, policy.direction),
          }),
        );
      } else if (other.entity === 'kube-apiserver') {
        const { outside, address: own } =
          other.apiServer ?? (mesh.cluster(other.cluster ?? viewer.name) ?? viewer).apiServer;
        yield* outside
          ? named(peer)
          : possibleNodes(peer, [mesh.cluster(other.cluster ?? viewer.name)], { viewer, mesh, policy });
        yield* outside && own === undefined
          ? addressesOf(mesh).map(
            (address): Possibility => ({
              doubt: 'address',
              peer: peerOf({ ...other, apiServer: { outside, address } }, viewer, mesh, policy.direction),
            }),
          )
          : [];
      } else if (other.entity === 'remote-node') {
        yield* possibleNodes(peer, mesh.clusters, { viewer, mesh, policy });
      } else if (other.entity === 'host' && other.cluster !== viewer.name) {
        yield* possibleNodes(peer, [mesh.cluster(other.cluster ?? viewer.name)], { viewer, mesh, policy });
      }
      break;
  }
}

/**
 * The nodes that a node may be. Of clusters without known nodes, all that rules select by: any address that policies
 * distinguish, and the labels of nodes that a rule asks for.
 */
function* possibleNodes(
  peer: Peer,
  clusters: readonly (EvaluatedCluster | undefined)[],
  { viewer, mesh, policy }: { viewer: EvaluatedCluster; mesh: EvaluatedMesh; policy: DirectionPolicy },
): Generator<Possibility> {
  const { cidrMatchesNodes, nodeSelectorLabels } = viewer.settings.policy;
  if (!cidrMatchesNodes && !nodeSelectorLabels) {
    return;
  }
  // that of an API server among them
  const reserved = peer.labels.labels.filter(({ source }) => source === 'reserved');
  const withLabels = (each: Peer): Possibility => ({
    doubt: 'placement',
    peer: { ...each, labels: new LabelSet([...reserved, ...each.labels.labels]) },
  });
  for (const cluster of clusters) {
    const nodes = nodesOf(cluster);
    yield* nodes.map(node => withLabels(peerOf(node, viewer, mesh, policy.direction)));
    if (nodes.length > 0 || !cluster) {
      continue;
    }
    const unknown = peerOf(
      { kind: 'node', cluster: cluster.name, placement: 'other-node' },
      viewer,
      mesh,
      policy.direction,
    );
    const labels = nodeSelectorLabels ? labelsOfNodeRules(policy) : [];
    const addresses = cidrMatchesNodes ? addressesOf(mesh) : [];
    for (const own of [[], ...labels]) {
      const selected: Peer = { ...unknown, labels: new LabelSet([...unknown.labels.labels, ...own]) };
      yield* [selected, ...addresses.map((address): Peer => ({ ...selected, address }))].map(withLabels);
    }
  }
}

/** Labels of nodes that meet a selector, for each selector that asks for some. */
function labelsOfNodeRules({ entries }: DirectionPolicy): Label[][] {
  return entries
    .flatMap(({ peers }) => (peers === 'none' ? [] : peers))
    .flatMap(selector => (selector.kind === 'labels' ? [selector.requirements] : []))
    .filter(requirements => requirements.some(({ source, key }) => source === 'reserved' && key === 'remote-node'))
    .map(requirements =>
      requirements
        .filter(
          ({ source, key, operator }) =>
            source !== 'reserved' && key !== CLUSTER_LABEL && (operator === 'In' || operator === 'Exists'),
        )
        .map(({ key, values }): Label => ({ source: 'node', key, value: values[0] ?? '' })),
    )
    .filter(labels => labels.length > 0);
}

/** A DNS name that each name and pattern of a policy's rules matches. */
function namesOf({ entries }: DirectionPolicy): string[] {
  const patterns = entries
    .flatMap(({ peers }) => (peers === 'none' ? [] : peers))
    .flatMap(selector => (selector.kind === 'fqdn' ? [selector.fqdn] : []))
    .map(({ matchName, matchPattern }) => matchName || matchPattern || '');
  return [...new Set(patterns)].map(pattern => pattern.replace(/\*+/g, 'x').toLowerCase());
}

const ADDRESSES = new WeakMap<EvaluatedMesh, readonly Cidr[]>();

/** An address of each class that the policies of a mesh distinguish. */
function addressesOf(mesh: EvaluatedMesh): readonly Cidr[] {
  const known =
    ADDRESSES.get(mesh) ??
    addressClasses([mesh]).flatMap(({ family, blocks }) =>
      blocks
        .flatMap(({ borders }) => borders)
        .slice(0, 1)
        .map(([{ first }]) => Cidr.ofAddress(family, first)),
    );
  ADDRESSES.set(mesh, known);
  return known;
}
