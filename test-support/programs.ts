import {
  Cluster,
  ClusterMesh,
  CidrGroup,
  CrossClusterAllow,
  CrossClusterDeny,
  DefaultDenyPolicy,
  DenyDirection,
  DnsAccess,
  Entity,
  GlobalService,
  IPeer,
  LabelExpression,
  Peer,
  Port,
  Selector,
  Workload,
} from '../src';
import { Cidr } from '../src/cilium/cidr';
import { isInvalid } from '../src/constructs/faults';
import { Stage, verdictOf } from '../src/constructs/intent/stage';
import { statementsOf } from '../src/constructs/intent/statement';
import { AskedPort, Claim, PodWitness, Witness } from '../src/constructs/intent/witness';
import { clusterObjects } from '../src/constructs/mesh/cluster-objects';
import { withPolicies } from '../src/evaluator';

/** The result of one random program. */
export interface ProgramResult {
  /** Flows that were asked, each at one of its ends. */
  readonly flows: number;
  /** Statements that were refused, and are left out. */
  readonly refused: number;
  readonly statements: number;
  /** Verdicts other than what the laws of all statements together say. */
  readonly violations: readonly string[];
}

const APPS = ['web', 'db', 'api'];
const TIERS = ['1', '2'];
const NAMESPACES = ['default', 'shop', 'kube-system'];
const PATCHES: { readonly [minor: number]: string } = {
  14: '1.14.0',
  15: '1.15.19',
  16: '1.16.19',
  17: '1.17.15',
  18: '1.18.8',
  19: '1.19.3',
  20: '1.20.2',
};

/**
 * Runs a random program: statements about random peers in a mesh of 2 to 4 clusters of Cilium 1.14 to 1.20. Asks every
 * flow between random pods and addresses on some ports, and compares it with what the laws of all statements say.
 *
 * A denial of any statement wins, then what any allows, then a default deny; everything else stays open.
 */
export function runProgram(seed: number, outdir: string): ProgramResult {
  const random = new Random(seed);
  const minor = 14 + (seed % 7);
  const defaultLocal = minor >= 18 ? { policyDefaultLocalCluster: random.chance(0.5) } : {};
  const mesh = new ClusterMesh({
    outdir,
    defaults: { ciliumVersion: PATCHES[minor], ...defaultLocal, helmValues: { nodeSelectorLabels: true } },
    clusters: ['a', 'b', 'c', 'd'].slice(0, random.between(2, 4)).map((name, index) => ({
      name,
      id: index + 1,
      podCidrs: [`10.${index + 1}.0.0/16`],
    })),
  });
  const refused = build(mesh, random);
  mesh.synth();
  return { ...ask(mesh, random, seed), refused };
}

function build(mesh: ClusterMesh, random: Random): number {
  const workloads = Array.from({ length: random.between(2, 4) }, (_, index) => workload(mesh, random, `w${index}`));
  const services = Array.from({ length: random.between(0, 2) }, (_, index) => service(mesh, random, `s${index}`));
  let refused = 0;
  const count = random.between(1, 5);
  for (let index = 0; index < count; index++) {
    const id = `p${index}`;
    statement(mesh, random, id, workloads, services);
    for (const scope of [mesh, ...mesh.clusters]) {
      const created = scope.node.tryFindChild(id);
      if (created && isInvalid(created)) {
        scope.node.tryRemoveChild(id);
        refused++;
      }
    }
  }
  return refused;
}

function workload(mesh: ClusterMesh, random: Random, id: string): Workload {
  const selector = random.pick([
    () => Selector.labels({ app: random.pick(APPS) }),
    () => Selector.labels({ app: random.pick(APPS), tier: random.pick(TIERS) }),
    () => Selector.of({ expressions: [LabelExpression.isIn('app', [random.pick(APPS), 'none'])] }),
    () => Selector.of({ labels: { tier: '1' }, expressions: [LabelExpression.isNotIn('app', [random.pick(APPS)])] }),
    () => Selector.of({ expressions: [LabelExpression.exists('tier'), LabelExpression.doesNotExist('none')] }),
    () => Selector.all(),
  ])();
  const place = random.pick([
    { namespace: random.pick(NAMESPACES) },
    { namespace: 'shop' },
    { allNamespaces: true },
    { namespaceLabels: { team: 'red' } },
  ]);
  return new Workload(mesh, id, {
    selector,
    ...place,
    ...(random.chance(0.2) ? { serviceAccount: 'robot' } : {}),
    ...(random.chance(0.5) ? { clusters: random.some(mesh.clusters) } : {}),
  });
}

function service(mesh: ClusterMesh, random: Random, id: string): GlobalService {
  const clusters = random.chance(0.5) ? random.some(mesh.clusters) : mesh.clusters;
  return new GlobalService(mesh, id, {
    namespace: random.pick(NAMESPACES),
    selector: { app: random.pick(APPS) },
    clusters,
    ports: [{ port: 80, targetPort: random.pick([80, 8080]) }],
    headless: random.chance(0.2),
    perCluster: Object.fromEntries(
      clusters
        .filter(() => random.chance(0.3))
        .map(({ name }) => [name, random.pick([{ isGlobal: false }, { shared: false }])]),
    ),
  });
}

function statement(
  mesh: ClusterMesh,
  random: Random,
  id: string,
  workloads: readonly Workload[],
  services: readonly GlobalService[],
): void {
  const scope = random.chance(0.15) ? random.pick(mesh.clusters) : mesh;
  const outside = (): IPeer =>
    random.pick([
      () => Peer.cidr('192.0.2.0/24'),
      () => Peer.cidr('192.0.2.0/24', { exceptCidrs: ['192.0.2.0/25'] }),
      () => Peer.cidr('0.0.0.0/0'),
      () => Peer.entity(random.pick([Entity.WORLD, Entity.CLUSTER, Entity.ALL, Entity.REMOTE_NODE])),
      () =>
        Peer.nodes(random.pick([Selector.labels({ role: 'edge' }), Selector.all()]), {
          clusters: random.some(mesh.clusters),
        }),
      () => new CidrGroup(mesh, `${id}-${random.between(0, 1e9)}`, { cidrs: ['192.0.2.0/24'] }),
    ])();
  const sources = [random.chance(0.8) ? random.pick(workloads) : outside()];
  const destinations: IPeer[] = [
    services.length > 0 && random.chance(0.3)
      ? random.pick(services)
      : random.chance(0.8)
        ? random.pick(workloads)
        : outside(),
  ];
  if (random.chance(0.3)) {
    destinations.push(random.pick(workloads));
  }
  const ports = random.pick([
    [Port.tcp(80)],
    [Port.tcp(80), Port.udp(53)],
    [Port.all()],
    [Port.any(8080)],
    [Port.tcpRange(80, 443)],
    [Port.icmp(8)],
  ]);
  random.pick([
    () => new CrossClusterAllow(scope, id, { sources, destinations, ports, ...openness(random) }),
    () => new CrossClusterAllow(scope, id, { sources, destinations, ports }),
    () => new CrossClusterAllow(scope, id, { sources, destinations, ports, allClusters: true }),
    () =>
      new CrossClusterAllow(scope, id, {
        sources,
        destinations: [random.pick(workloads)],
        ports,
        sameCluster: true,
        ...openness(random),
      }),
    () => new CrossClusterAllow(scope, id, { sources, destinations, ports: [Port.tcp(80)], http: [{ method: 'GET' }] }),
    () => new CrossClusterDeny(scope, id, { sources, destinations, ports, defaultDeny: random.chance(0.5) }),
    () =>
      new DefaultDenyPolicy(scope, id, {
        ...(random.chance(0.3) ? { clusterwide: true } : { namespace: random.pick(NAMESPACES) }),
        direction: random.pick(Object.values(DenyDirection)),
        ...(random.chance(0.3) ? { dns: DnsAccess.NONE } : {}),
        ...(random.chance(0.3) ? { selector: Selector.labels({ tier: random.pick(TIERS) }) } : {}),
        ...(random.chance(0.4) ? { exceptions: [Selector.labels({ app: random.pick(APPS) })] } : {}),
      }),
  ])();
}

function openness(random: Random): { defaultDenyEgress: boolean; defaultDenyIngress: boolean } {
  return { defaultDenyEgress: random.chance(0.5), defaultDenyIngress: random.chance(0.5) };
}

const PORTS: readonly AskedPort[] = [
  { protocol: 'TCP', port: 80 },
  { protocol: 'TCP', port: 8080 },
  { protocol: 'TCP', port: 200 },
  { protocol: 'UDP', port: 53 },
  { protocol: 'UDP', port: 8080 },
  { protocol: 'ICMP', port: 8 },
];

function ask(mesh: ClusterMesh, random: Random, seed: number): Omit<ProgramResult, 'refused'> {
  const pods = mesh.clusters.flatMap(cluster => Array.from({ length: 7 }, () => pod(cluster, random)));
  const nodes = mesh.clusters.flatMap(cluster =>
    [{ role: 'edge' }, { role: 'core' }].map((labels): Witness => ({ kind: 'node', cluster, labels })),
  );
  const addresses = ['192.0.2.5', '192.0.2.200', '198.51.100.7'].map(
    (address): Witness => ({ kind: 'address', address: Cidr.masked(`${address}/32`)! }),
  );
  const others = [...nodes, ...addresses];
  const written = new Map(mesh.clusters.map(cluster => [cluster, clusterObjects(cluster).objects]));
  const stage = new Stage(mesh.clusters, written, [...pods, ...nodes], new Set(), new Set());
  const policies = new Map(
    [...written].map(([{ name }, objects]) => [name, objects.filter(({ kind }) => /NetworkPolicy$/.test(kind))]),
  );
  const evaluated = withPolicies(stage.mesh, policies);
  const laws = statementsOf(mesh).map(({ law }) => law);
  const witnesses = [...pods, ...others].map(each => (each.kind === 'pod' ? stage.settle(each) : each));
  const violations: string[] = [];
  let flows = 0;
  for (const subject of witnesses.filter((each): each is PodWitness => each.kind === 'pod')) {
    const self = stage.endpointOf(subject, subject.cluster);
    for (const peer of witnesses) {
      const other = stage.endpointOf(peer, subject.cluster);
      for (const direction of ['egress', 'ingress'] as const) {
        const claims = laws.map(law => law.claims({ direction, subject, peer }, PORTS));
        PORTS.forEach((port, index) => {
          const expected = together(claims.map(each => each[index]));
          if (expected !== undefined) {
            flows++;
            const verdict = verdictOf(evaluated, self, other, direction, port);
            if (!expected.includes(verdict)) {
              violations.push(
                `seed ${seed}: ${direction} of ${JSON.stringify({ ...subject, cluster: subject.cluster.name })} and ` +
                  `${'cluster' in peer ? JSON.stringify({ ...peer, cluster: peer.cluster.name }) : 'outside'} on ` +
                  `${port.protocol}/${port.port}: ${verdict}, expected ${expected.join(' or ')}`,
              );
            }
          }
        });
      }
    }
  }
  return { flows, statements: laws.length, violations };
}

/** The verdicts that several claims on one flow permit; undefined if they say nothing. */
function together(claims: readonly Claim[]): readonly string[] | undefined {
  const has = (claim: Claim) => claims.includes(claim);
  return has('unknown')
    ? undefined
    : has('denied')
      ? ['denied']
      : has('redirected')
        ? ['redirected', 'allowed']
        : has('allowed')
          ? ['allowed', 'redirected']
          : has('default-denied')
            ? ['default-denied']
            : ['unenforced', 'allowed'];
}

function pod(cluster: Cluster, random: Random): PodWitness {
  const namespace = random.pick([...NAMESPACES, 'red']);
  return {
    kind: 'pod',
    cluster,
    namespace,
    namespaceLabels: namespace === 'red' ? { team: 'red' } : {},
    labels: {
      ...(random.chance(0.9) ? { app: random.pick(APPS) } : {}),
      ...(random.chance(0.5) ? { tier: random.pick(TIERS) } : {}),
      ...(namespace === 'kube-system' && random.chance(0.5) ? { 'k8s-app': 'kube-dns' } : {}),
    },
    ...(random.chance(0.3) ? { serviceAccount: 'robot' } : {}),
  };
}

/** Random numbers that depend only on a seed (mulberry32). */
class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed * 2654435761;
  }

  public next(): number {
    /* eslint-disable no-bitwise -- the algorithm works on 32 bits */
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    /* eslint-enable no-bitwise */
  }

  public chance(probability: number): boolean {
    return this.next() < probability;
  }

  public between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  public pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)];
  }

  /** At least one of a list. */
  public some<T>(list: readonly T[]): T[] {
    const chosen = list.filter(() => this.chance(0.5));
    return chosen.length > 0 ? chosen : [this.pick(list)];
  }
}
