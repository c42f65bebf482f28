import { Construct } from 'constructs';
import { CrossClusterPolicyProps, CrossClusterPolicyRules } from './cross-cluster-props';
import { Half } from './halves';
import { emptyRules, l7Faults } from './l7';
import { EndpointSet, EndpointsSpec, Entity, NodesSpec, PeerSpec } from './peer';
import { Port, Protocol } from './port';
import { namespaceLabelKey } from './selector';
import { Cidr } from '../../cilium/cidr';
import { isDnsSubdomain } from '../../cilium/kubernetes-names';
import { labelKeyProblem } from '../../cilium/label-syntax';
import { Feature, firstMinorWith } from '../../cilium/traits';
import { ConstructCode } from '../../diagnostics/codes/constructs';
import { formatList, formatValue, shorten } from '../../diagnostics/texts';
import { helmValues } from '../../model/helm-values';
import { hasFamily } from '../../model/mesh-model';
import { Cluster } from '../mesh/cluster';
import { MeshTree } from '../mesh/mesh-tree';
import { Refusal, refusal } from '../refusal';

/** A destination with the ports of the flows to it. */
export interface Destination {
  readonly peer: PeerSpec;
  readonly ports: readonly Port[];
}

const NAMES = 'lower-case letters, digits, dashes and dots, with a letter or digit at both ends';

/** Entities that include pods, whose containers name ports. */
const ENTITIES_WITH_PODS: readonly Entity[] = [Entity.ALL, Entity.CLUSTER, Entity.CLUSTER_MESH];

/** Collects the faults of a construct that allows or denies flows. */
export class FlowChecks {
  public readonly faults: Refusal[] = [];
  /** Whether a peer belongs to an invalid construct, so nothing can be written. */
  public hasInvalidPeers = false;

  constructor(
    private readonly construct: Construct,
    private readonly mesh: MeshTree,
    private readonly props: CrossClusterPolicyProps,
    private readonly rules: CrossClusterPolicyRules,
  ) {}

  /** The peers of one side. */
  public peers(side: 'sources' | 'destinations'): PeerSpec[] {
    const peers = this.props[side].map(each => each.asPeer);
    const valid = peers.filter(peer => !peer._isInvalid);
    this.hasInvalidPeers ||= valid.length < peers.length;
    if (peers.length === 0) {
      this.add(
        'side-empty',
        side,
        'one side of the flow is empty, so there is no policy to write',
        'nothing',
        'at least one peer',
        `name the ${side}`,
      );
    }
    return valid.map(({ _spec: spec }) =>
      spec.kind === 'nodes' && spec.clusters.length === 0 ? { ...spec, clusters: this.mesh.clusters } : spec,
    );
  }

  /** Checks the flows from all sources to all destinations. */
  public checkFlows(sources: readonly PeerSpec[], destinations: readonly Destination[]): void {
    const peers = [...sources, ...peersOf(destinations)];
    const ports = destinations.flatMap(each => each.ports);
    this.checkPortsGiven(destinations);
    this.checkSides(sources, destinations);
    this.checkClusters(peers);
    this.checkPorts(ports);
    this.checkLayer7(sources, ports);
    this.checkNames();
    this.checkFamilies('sources', sources, peersOf(destinations));
    this.checkFamilies('destinations', peersOf(destinations), sources);
    if (this.faults.length === 0 && !this.hasInvalidPeers) {
      if (this.rules.sameCluster) {
        this.checkSameCluster(sources, destinations);
      } else {
        this.checkReach(sources, destinations);
      }
      this.checkScope(sources, destinations);
    }
  }

  /** Refuses `allClusters` where no policy names all clusters of the mesh. */
  public checkAllClusters(written: readonly Half[]): void {
    if (this.props.allClusters && !written.some(half => half.namesAllClusters)) {
      this.add(
        'all-clusters-unused',
        'allClusters',
        'has no effect, because no policy of the construct names peers in all clusters of the mesh',
        'true',
        'a peer with pods in all clusters',
        'remove allClusters',
      );
    }
  }

  /** Checks a policy against the version and the objects of its cluster. */
  public checkHalf(half: Half, sources: readonly PeerSpec[], destinations: readonly Destination[]): void {
    const { cluster, direction } = half;
    const at = `${cluster.name} (${direction})`;
    const ports = destinations.flatMap(each => each.ports);
    if (ports.some(port => port._port?.endPort !== undefined)) {
      this.needs('portRanges', half, 'port ranges', 'name the ports one by one');
    }
    if (ports.some(port => port._port?.endPort !== undefined) && this.rules.http?.length) {
      this.checkRangesWithHttp(cluster, at);
    }
    if (direction === 'egress' && ports.some(port => port._isNamed)) {
      this.needs(
        'egressNamedPortsByPeer',
        half,
        "the port names of each destination's own containers",
        'name the ports by number',
        '; before, a name has one number in the whole mesh, or none',
      );
    }
    if (!this.rules.defaultDeny[direction]) {
      this.needs(
        'enableDefaultDeny',
        half,
        'enableDefaultDeny',
        `set ${defaultDenyProperty(this.rules.verb, direction)} to true, and allow what else is needed`,
        '; before, every policy enables default deny',
      );
    }
    if (half.entities.has(Entity.CLUSTER_MESH)) {
      this.needs('clusterMeshEntity', half, 'the entity cluster-mesh', 'name the workloads');
    }
    const others = direction === 'egress' ? destinations.map(({ peer }) => peer) : sources;
    this.checkGroups(half, others);
    this.checkNodes(half, others);
    this.checkLabelKeys(cluster, at, [...sources, ...destinations.map(({ peer }) => peer)]);
  }

  private checkPortsGiven(destinations: readonly Destination[]): void {
    if (this.props.ports && this.props.ports.length === 0) {
      this.add(
        'ports-missing',
        'ports',
        'a list without ports allows nothing',
        '[]',
        'at least one port; Port.all() for every port',
        'name the ports',
      );
      return;
    }
    for (const { peer } of this.props.ports ? [] : destinations) {
      if (peer.kind === 'endpoints' && peer.untranslatedPorts && peer.untranslatedPorts.length > 0) {
        this.add(
          'headless-ports',
          'ports',
          `${shorten(peer.name)} is headless, so its clients connect to the pods themselves: by address they know ` +
            'the port, by SRV record the targetPort',
          formatList(peer.untranslatedPorts),
          'the ports on which the pods listen',
          'name the ports, or set port and targetPort to the same',
        );
      }
    }
    for (const { peer } of destinations.filter(({ ports }) => ports.length === 0)) {
      this.add(
        'ports-missing',
        'ports',
        `the ports of ${shorten(peer.name)} are missing`,
        'nothing',
        'at least one port; Port.all() for every port',
        'name the ports',
      );
    }
  }

  private checkSides(sources: readonly PeerSpec[], destinations: readonly Destination[]): void {
    for (const source of sources) {
      if (source.kind === 'fqdn') {
        this.add(
          'source-fqdn',
          'sources',
          'Cilium knows DNS names of destinations only',
          formatValue(source.name),
          'workloads, entities, CIDRs and CIDR groups',
          'use a CIDR',
        );
      } else if (source.kind === 'endpoints' && !source.sends) {
        this.add(
          'source-service',
          'sources',
          'a Service opens no connections',
          formatValue(source.name),
          'the workload whose pods open connections',
          'name the workload',
        );
      }
    }
    for (const { peer, ports } of destinations) {
      if (this.rules.verb === 'deny' && peer.kind === 'fqdn') {
        this.add(
          'deny-fqdn',
          'destinations',
          'Cilium cannot deny by DNS name',
          formatValue(peer.name),
          'workloads, entities, CIDRs and CIDR groups',
          'deny a CIDR, or allow the names that are needed',
        );
      }
      const hasPods =
        peer.kind === 'endpoints' || (peer.kind === 'entity' && ENTITIES_WITH_PODS.includes(peer.entity));
      for (const port of hasPods ? [] : ports.filter(each => each._isNamed)) {
        this.add(
          'port-name-outside',
          'ports',
          `${shorten(peer.name)} has no containers that name ports, so the rule would match nothing`,
          port.label,
          'ports by number',
          'name the port by number',
        );
      }
    }
    const peers = [...sources, ...destinations.map(({ peer }) => peer)];
    if (sources.length > 0 && destinations.length > 0 && !peers.some(each => each.kind === 'endpoints')) {
      this.add(
        'no-endpoints',
        'sources',
        'neither side has pods of the mesh, so no policy would apply',
        formatList(peers.map(each => each.name)),
        'a workload on at least one side',
        'name the workload',
      );
    }
  }

  /** Refuses a side of CIDRs whose addresses no pod of the other side can exchange packets with. */
  private checkFamilies(side: 'sources' | 'destinations', peers: readonly PeerSpec[], others: readonly PeerSpec[]): void {
    const clusters = others.flatMap(each =>
      each.kind === 'endpoints' || each.kind === 'nodes' ? clustersOf(each) : this.mesh.clusters,
    );
    const cidrs = peers.map(cidrsOf);
    if (clusters.length === 0 || cidrs.length === 0 || cidrs.some(texts => texts.length === 0)) {
      return;
    }
    const families = (['IPv4', 'IPv6'] as const).filter(family =>
      clusters.some(({ _model: model }) => hasFamily(model, family)),
    );
    if (cidrs.flat().every(text => !families.includes(Cidr.masked(text)!.family))) {
      this.add(
        'cidr-family',
        side,
        `the pods on the other side have addresses of ${families.join(' and ')} only, so the policies match no packets`,
        formatList(cidrs.flat()),
        `CIDRs of ${families.join(' or ')}`,
        'correct the CIDRs, remove the statement, or add podCidrs of this family to the clusters',
      );
    }
  }

  private checkClusters(peers: readonly PeerSpec[]): void {
    for (const peer of peers.filter(
      (each): each is EndpointsSpec | NodesSpec => each.kind === 'endpoints' || each.kind === 'nodes',
    )) {
      const clusters = clustersOf(peer);
      if (clusters.length === 0) {
        this.add(
          'peer-nowhere',
          peer.name,
          'the peer has no pods in any cluster',
          '[]',
          'at least one cluster',
          'name a peer with a cluster',
        );
      }
      for (const cluster of clusters.filter(each => !this.mesh.clusters.includes(each))) {
        this.add(
          'cluster-of-other-mesh',
          peer.name,
          'the cluster belongs to another mesh',
          cluster.name,
          formatList(this.mesh.clusters.map(each => each.name)),
          'name a peer of this mesh',
        );
      }
      if (peer.kind === 'endpoints' && peer.unselectable && peer.unselectable.length > 0) {
        this.add(
          'selector-label-filtered',
          peer.name,
          'the Service selects its pods by labels that Cilium leaves out of identities, so policies cannot select ' +
            'these pods alone',
          formatList(peer.unselectable),
          'a peer with labels that are part of identities',
          'name a workload with the labels of all pods that the policy may mean',
        );
      }
    }
  }

  private checkPorts(ports: readonly Port[]): void {
    const labels = [...new Set(ports.map(port => port.label))];
    if (ports.some(port => port._kind === 'all') && labels.length > 1) {
      this.add(
        'ports-all-mixed',
        'ports',
        'Port.all() includes the other ports',
        formatList(labels),
        'Port.all() alone, or single ports',
        'keep Port.all() or the single ports',
      );
    }
  }

  private checkLayer7(sources: readonly PeerSpec[], ports: readonly Port[]): void {
    const { http = [], dns = [] } = this.rules;
    if (http.length > 0 && dns.length > 0) {
      this.add(
        'l7-mixed',
        'http',
        'Cilium refuses HTTP and DNS rules on one port',
        'http and dns',
        'one of the two',
        'create two policies',
      );
    }
    for (const port of ports) {
      if (http.length > 0 && port._port?.protocol !== Protocol.TCP) {
        this.add(
          'http-port',
          'ports',
          'HTTP rules need TCP ports',
          port.label,
          'TCP ports',
          'name TCP ports, or remove http',
        );
      }
      if (
        dns.length > 0 &&
        (!port._port ||
          port._port.endPort !== undefined ||
          port._isNamed ||
          port._port.protocol === Protocol.SCTP)
      ) {
        this.add(
          'dns-port',
          'ports',
          'DNS rules need single UDP or TCP ports',
          port.label,
          'Port.udp(53), Port.tcp(53), Port.any(53)',
          'name single ports, or remove dns',
        );
      }
    }
    for (const source of dns.length > 0 ? sources.filter(({ kind }) => kind !== 'endpoints') : []) {
      this.add(
        'dns-source',
        'dns',
        'Cilium enforces DNS rules at the pods that ask, and this source is outside of the mesh',
        formatValue(source.name),
        'workloads as sources',
        'name workloads, or remove dns',
      );
    }
    this.faults.push(
      ...emptyRules(this.construct.node.path, this.rules),
      ...l7Faults(this.construct.node.path, http, dns),
    );
  }

  private checkNames(): void {
    const unnamed: string[] = [];
    for (const direction of ['egress', 'ingress'] as const) {
      const property = `${direction}Name` as const;
      const name = this.props[property] ?? undefined;
      if (name === undefined) {
        unnamed.push(direction);
      } else if (!isDnsSubdomain(name)) {
        this.add('object-name-invalid', property, 'invalid object name', formatValue(name), NAMES, `correct ${property}`);
      }
    }
    // both names come from one id
    const { id } = this.construct.node;
    if (unnamed.some(direction => !isDnsSubdomain(`${id}-${direction}`))) {
      const properties = unnamed.map(direction => `${direction}Name`).join(' and ');
      this.add(
        'object-name-invalid',
        'id',
        'the policies would have an invalid name',
        formatValue(id),
        NAMES,
        `rename the construct, or set ${properties}`,
      );
    }
  }

  /** Each source needs a destination in one of its clusters. */
  private checkSameCluster(sources: readonly PeerSpec[], destinations: readonly Destination[]): void {
    const peers = [...sources, ...destinations.map(({ peer }) => peer)];
    for (const peer of peers.filter(({ kind }) => kind !== 'endpoints')) {
      this.add(
        'same-cluster-outside',
        'sameCluster',
        `${shorten(peer.name)} is not pods of a cluster`,
        'true',
        'workloads and services on both sides',
        'remove sameCluster, or name workloads',
      );
    }
    for (const source of sources.filter(({ kind }) => kind === 'endpoints')) {
      for (const { peer } of destinations.filter(each => each.peer.kind === 'endpoints')) {
        const pairs = pairsOf(source, peer);
        const across = pairs.find(([client, backend]) => client !== backend);
        if (across && peer.kind === 'endpoints' && peer.service) {
          this.add(
            'same-cluster-service',
            'sameCluster',
            `clients in ${across[0].name} reach the pods of ${shorten(peer.name)} in ${across[1].name}, and the policies ` +
              'would deny these connections',
            'true',
            'services whose clients reach pods of their own cluster only, and workloads',
            'remove sameCluster, or make the service not global',
          );
        } else if (!pairs.some(([client, backend]) => client === backend)) {
          this.add(
            'same-cluster-nowhere',
            'sameCluster',
            `${shorten(source.name)} and ${shorten(peer.name)} have no cluster in common, so there is no policy to write`,
            `${formatList(clustersOf(source).map(cluster => cluster.name))} and ` +
              formatList(clustersOf(peer).map(cluster => cluster.name)),
            'sources and destinations with a cluster in common',
            'remove sameCluster, or correct the clusters',
          );
        }
      }
    }
  }

  /** A source that reaches no backend of a service has no flow to allow or deny, so nothing would be written for it. */
  private checkReach(sources: readonly PeerSpec[], destinations: readonly Destination[]): void {
    destinations.forEach(({ peer }, index) => {
      for (const source of sources) {
        if (pairsOf(source, peer).length === 0) {
          this.add(
            'service-unreachable',
            `destinations[${index}]`,
            `${shorten(source.name)} reaches no pods of ${shorten(peer.name)}, so there is no policy to write`,
            formatList(clustersOf(source).map(cluster => cluster.name)),
            'sources in clusters whose clients reach a backend',
            'check isGlobal, shared and the clusters of the service, or remove the source',
          );
        }
      }
    });
  }

  /** A construct that was created in a cluster acts on flows with an end there. */
  private checkScope(sources: readonly PeerSpec[], destinations: readonly Destination[]): void {
    const own = Cluster.enclosing(this.construct);
    const elsewhere = own
      ? sources.flatMap(source =>
        destinations.flatMap(({ peer }) =>
          pairsOf(source, peer)
            .filter(pair => !pair.includes(own))
            .map(pair => ({ source, peer, pair })),
        ),
      )
      : [];
    if (own && elsewhere.length > 0) {
      const [{ source, peer, pair }] = elsewhere;
      this.add(
        'flow-elsewhere',
        'sources',
        `the construct was created in ${own.name}, and it would also act on flows between other clusters`,
        `${shorten(source.name)} to ${shorten(peer.name)} in ${formatList([...new Set(pair.map(each => each.name))])}`,
        `flows from or to pods in ${own.name}`,
        'create the construct in the mesh, or name workload.inClusters(…)',
      );
    }
  }

  private checkRangesWithHttp(cluster: Cluster, at: string): void {
    const { version } = cluster._model;
    if (version.traits.layer7ExcludesRanges) {
      this.add(
        'feature-unknown-to-version',
        at,
        'Cilium 1.16 refuses HTTP rules on port ranges, and enforces nothing of the policy',
        `Cilium ${version.text}`,
        'Cilium 1.17 or later',
        'name the ports one by one',
      );
    }
  }

  private checkNodes(half: Half, peers: readonly PeerSpec[]): void {
    const { cluster, direction } = half;
    if (!peers.some(({ kind }) => kind === 'nodes')) {
      return;
    }
    this.needs('nodePeers', half, 'nodes as peers', 'name a CIDR, or the entity remote-node');
    if (cluster._model.version.traits.nodePeers && helmValues(cluster._model).nodeSelectorLabels !== true) {
      this.add(
        'node-labels-off',
        `${cluster.name} (${direction})`,
        'Cilium selects nodes by labels only where that is switched on, and refuses the policy elsewhere',
        formatValue(helmValues(cluster._model).nodeSelectorLabels ?? null),
        'nodeSelectorLabels: true in the Helm values of the cluster',
        'set helmValues: { nodeSelectorLabels: true } of the cluster or in defaults',
      );
    }
  }

  /** A policy that names a group which its cluster lacks would match nothing. */
  private checkGroups(half: Half, peers: readonly PeerSpec[]): void {
    const { cluster, direction } = half;
    for (const peer of peers) {
      if (peer.kind !== 'cidrGroup') {
        continue;
      }
      if (peer.clusters && !peer.clusters.includes(cluster)) {
        this.add(
          'cidr-group-elsewhere',
          `${cluster.name} (${direction})`,
          `the cluster has no CIDR group ${shorten(peer.group)}, so the policy would match nothing`,
          formatList(peer.clusters.map(each => each.name)),
          `a group in ${cluster.name}`,
          'create the CidrGroup in the mesh, or add the cluster to its clusters',
        );
      } else if (!peer.cidrs) {
        this.needs(
          'cidrGroupsEverywhere',
          half,
          'CIDR groups in all rules',
          'use a CidrGroup, whose CIDRs are written into the policy for older versions, or Peer.cidr',
          '; before, a group that is missing or denied can mean every address',
        );
      }
    }
  }

  /** Cilium before 1.20 checks label keys together with the prefix `any.`, so they may be four characters shorter. */
  private checkLabelKeys(cluster: Cluster, at: string, peers: readonly PeerSpec[]): void {
    const { version } = cluster._model;
    const keys = version.traits.labelSourceChecked
      ? []
      : peers.flatMap(peer => (peer.kind === 'endpoints' ? peer.endpoints.flatMap(keysOf) : []));
    for (const key of new Set(keys.filter(each => labelKeyProblem(`any.${each}`)))) {
      this.add(
        'feature-unknown-to-version',
        at,
        'Cilium knows label keys with names of more than 59 characters since 1.20',
        formatValue(key),
        'a key with a name of at most 59 characters',
        'select by another label, or upgrade the cluster',
      );
    }
  }

  private needs(feature: Feature, { cluster, direction }: Half, what: string, fix: string, before: string = ''): void {
    const { version } = cluster._model;
    if (!version.traits[feature]) {
      const minor = firstMinorWith(feature);
      this.add(
        'feature-unknown-to-version',
        `${cluster.name} (${direction})`,
        `Cilium knows ${what} since 1.${minor}${before}`,
        `Cilium ${version.text}`,
        `Cilium 1.${minor} or later`,
        fix,
      );
    }
  }

  private pathOf(property: string): string {
    return `${this.construct.node.path}.${property}`;
  }

  private add(
    code: ConstructCode,
    property: string,
    message: string,
    got: string,
    allowed: string,
    fix: string,
  ): void {
    this.faults.push(refusal(code, { path: this.pathOf(property), message, got, allowed, fix }));
  }
}

/** The property that enables default deny in a direction. */
function defaultDenyProperty(verb: 'allow' | 'deny', direction: Half['direction']): string {
  return verb === 'deny' ? 'defaultDeny of a CrossClusterDeny' : `defaultDeny${direction === 'egress' ? 'Egress' : 'Ingress'}`;
}

/** The clusters of both ends of each flow between two peers; a peer outside of the mesh has none. */
function pairsOf(source: PeerSpec, destination: PeerSpec): Cluster[][] {
  const backends = clustersOf(destination);
  if (source.kind !== 'endpoints' || destination.kind !== 'endpoints') {
    // only the ends that are pods have policies
    return [source, destination].filter(({ kind }) => kind === 'endpoints').flatMap(clustersOf).map(cluster => [cluster]);
  }
  return clustersOf(source).flatMap(client =>
    backends.filter(backend => destination.reaches?.(client, backend) ?? true).map(backend => [client, backend]),
  );
}

function clustersOf(peer: PeerSpec): readonly Cluster[] {
  return peer.kind === 'endpoints'
    ? [...new Set(peer.endpoints.map(({ cluster }) => cluster))]
    : peer.kind === 'nodes'
      ? peer.clusters
      : [];
}

function keysOf({ terms, namespaceLabels }: EndpointSet): string[] {
  return [
    ...Object.keys(terms.matchLabels),
    ...terms.matchExpressions.map(({ key }) => key),
    ...Object.keys(namespaceLabels).map(namespaceLabelKey),
  ];
}

function peersOf(destinations: readonly Destination[]): PeerSpec[] {
  return destinations.map(({ peer }) => peer);
}

/** The CIDRs of a peer; none where the peer is something else, or its group is written by somebody else. */
function cidrsOf(peer: PeerSpec): readonly string[] {
  return peer.kind === 'cidr' ? [peer.cidr] : peer.kind === 'cidrGroup' ? (peer.cidrs ?? []) : [];
}
