import { ApiObject, JsonPatch } from 'cdk8s';
import * as fc from 'fast-check';
import {
  CidrGroup,
  ClusterMesh,
  CrossClusterAllow,
  CrossClusterDeny,
  Entity,
  GlobalService,
  Peer,
  Port,
  Protocol,
  Selector,
  Workload,
} from '../../../src';
import { crdErrors } from '../../support/crds';
import { codesOf, faultsOf, meshOf, objectOf, objectsByCluster, objectsOf } from '../../support/mesh';

/** A fixed seed, so a run finds what the run before it found; change it to look for more. */
fc.configureGlobal({ seed: 20261128 });

const CLUSTER = 'io.cilium.k8s.policy.cluster';
const NAMESPACE = 'io.kubernetes.pod.namespace';

function policies(mesh: ClusterMesh, cluster: string): any[] {
  return objectsOf(mesh, cluster).filter(isPolicy);
}

function isPolicy(object: any): boolean {
  return /NetworkPolicy$/.test(object.kind);
}

/** Client in cluster a, namespace x; server in b and c, namespace y. */
function threeClusters() {
  const mesh = meshOf(3);
  const [a, b, c] = mesh.clusters;
  const client = new Workload(mesh, 'client', { labels: { app: 'client' }, namespace: 'x', clusters: [a] });
  const server = new Workload(mesh, 'server', { labels: { app: 'server' }, namespace: 'y', clusters: [b, c] });
  return { mesh, a, b, c, client, server };
}

describe('both halves, where they belong', () => {
  test("egress in the source's cluster, ingress in each destination's, with clusters and namespaces named", () => {
    const { mesh, client, server } = threeClusters();
    new CrossClusterAllow(mesh, 'talk', { sources: [client], destinations: [server], ports: [Port.tcp(80)] });
    const toPorts = [{ ports: [{ port: '80', protocol: 'TCP' }] }];
    expect(policies(mesh, 'a')).toEqual([
      {
        apiVersion: 'cilium.io/v2',
        kind: 'CiliumNetworkPolicy',
        metadata: { name: 'talk-egress', namespace: 'x' },
        spec: {
          endpointSelector: { matchLabels: { app: 'client' } },
          egress: [
            {
              toEndpoints: [
                {
                  matchLabels: { app: 'server', [NAMESPACE]: 'y' },
                  matchExpressions: [{ key: CLUSTER, operator: 'In', values: ['b', 'c'] }],
                },
              ],
              toPorts,
            },
          ],
        },
      },
    ]);
    const ingress = {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNetworkPolicy',
      metadata: { name: 'talk-ingress', namespace: 'y' },
      spec: {
        endpointSelector: { matchLabels: { app: 'server' } },
        ingress: [{ fromEndpoints: [{ matchLabels: { app: 'client', [NAMESPACE]: 'x', [CLUSTER]: 'a' } }], toPorts }],
      },
    };
    expect(policies(mesh, 'b')).toEqual([ingress]);
    expect(policies(mesh, 'c')).toEqual([ingress]);
  });

  test('several workloads of one namespace become the specs of one policy', () => {
    const { mesh, a, client, server } = threeClusters();
    const other = new Workload(mesh, 'other', { labels: { app: 'other' }, namespace: 'x', clusters: [a] });
    new CrossClusterAllow(mesh, 'talk', { sources: [other, client], destinations: [server], ports: [Port.tcp(80)] });
    const [policy] = policies(mesh, 'a');
    expect(policy.spec).toBeUndefined();
    expect(policy.specs.map((spec: any) => spec.endpointSelector.matchLabels.app)).toEqual(['client', 'other']);
    const [ingress] = policies(mesh, 'b');
    expect(
      ingress.spec.ingress
        .flatMap((rule: any) => rule.fromEndpoints)
        .map((peer: any) => peer.matchLabels.app)
        .sort(),
    ).toEqual(['client', 'other']);
    expect(policies(mesh, 'a').flatMap(crdErrors)).toEqual([]);
  });

  test("a workload in two namespaces' worth of peers gets one policy in each namespace", () => {
    const { mesh, a, client, server } = threeClusters();
    const other = new Workload(mesh, 'other', { labels: { app: 'other' }, namespace: 'z', clusters: [a] });
    new CrossClusterAllow(mesh, 'talk', { sources: [client, other], destinations: [server], ports: [Port.tcp(80)] });
    expect(policies(mesh, 'a').map(policy => [policy.metadata.namespace, policy.metadata.name])).toEqual([
      ['x', 'talk-egress'],
      ['z', 'talk-egress'],
    ]);
  });

  test('pods of all namespaces: a clusterwide policy that selects pods only, and peers that name every namespace', () => {
    const { mesh, client } = threeClusters();
    const all = new Workload(mesh, 'all', { selector: Selector.all(), allNamespaces: true });
    new CrossClusterAllow(mesh, 'scrape', { sources: [client], destinations: [all], ports: [Port.tcp(9090)] });
    const exists = { key: NAMESPACE, operator: 'Exists' };
    expect(objectOf(mesh, 'b', 'CiliumClusterwideNetworkPolicy', 'scrape-ingress')).toMatchObject({
      metadata: { name: 'scrape-ingress' },
      spec: { endpointSelector: { matchExpressions: [exists] } },
    });
    expect(objectOf(mesh, 'a', 'CiliumNetworkPolicy', 'scrape-egress').spec.egress[0].toEndpoints).toEqual([
      { matchExpressions: [exists, { key: CLUSTER, operator: 'In', values: ['a', 'b', 'c'] }] },
    ]);
  });

  test('namespaces by their labels', () => {
    const { mesh, client } = threeClusters();
    const team = new Workload(mesh, 'team', {
      selector: Selector.all(),
      namespaceLabels: { team: 'red' },
      clusters: [mesh.cluster('b')],
    });
    new CrossClusterAllow(mesh, 'p', { sources: [client], destinations: [team], ports: [Port.all()] });
    expect(objectOf(mesh, 'a', 'CiliumNetworkPolicy', 'p-egress').spec.egress).toEqual([
      {
        toEndpoints: [
          {
            matchLabels: { 'io.cilium.k8s.namespace.labels.team': 'red', [CLUSTER]: 'b' },
            matchExpressions: [{ key: NAMESPACE, operator: 'Exists' }],
          },
        ],
      },
    ]);
    expect(
      objectOf(mesh, 'b', 'CiliumClusterwideNetworkPolicy', 'p-ingress').spec.endpointSelector.matchLabels,
    ).toEqual({ 'io.cilium.k8s.namespace.labels.team': 'red' });
  });

  test('a peer outside of the mesh leaves one half', () => {
    const { mesh, client, server } = threeClusters();
    new CrossClusterAllow(mesh, 'out', {
      sources: [client],
      destinations: [Peer.fqdn('example.org'), Peer.cidr('192.0.2.0/24', { exceptCidrs: ['192.0.2.128/25'] })],
      ports: [Port.tcp(443)],
    });
    new CrossClusterAllow(mesh, 'in', {
      sources: [Peer.entity(Entity.WORLD)],
      destinations: [server],
      ports: [Port.tcp(443)],
    });
    expect(policies(mesh, 'a').map(policy => policy.metadata.name)).toEqual(['out-egress']);
    expect(policies(mesh, 'a')[0].spec.egress.map((rule: any) => [rule.toFQDNs, rule.toCIDRSet])).toEqual([
      [[{ matchName: 'example.org' }], undefined],
      [undefined, [{ cidr: '192.0.2.0/24', except: ['192.0.2.128/25'] }]],
    ]);
    expect(policies(mesh, 'b').map(policy => policy.spec.ingress)).toEqual([
      [{ fromEntities: ['world'], toPorts: [{ ports: [{ port: '443', protocol: 'TCP' }] }] }],
    ]);
  });

  test.each(Object.values(Entity))('the entity %s is known to the CRD', entity => {
    const { mesh, client, server } = threeClusters();
    new CrossClusterAllow(mesh, 'out', { sources: [client], destinations: [Peer.entity(entity)], ports: [Port.all()] });
    new CrossClusterAllow(mesh, 'in', { sources: [Peer.entity(entity)], destinations: [server], ports: [Port.all()] });
    const objects = objectsByCluster(mesh);
    expect(['a', 'b'].flatMap(cluster => objects.get(cluster)!.filter(isPolicy)).flatMap(crdErrors)).toEqual([]);
  });

  test('CIDR groups, by construct and by name', () => {
    const { mesh, a, client } = threeClusters();
    const group = new CidrGroup(mesh, 'offices', { cidrs: ['192.0.2.0/24'], clusters: [a] });
    new CrossClusterAllow(mesh, 'out', {
      sources: [client],
      destinations: [group, Peer.cidrGroup('partners')],
      ports: [Port.all()],
    });
    expect(policies(mesh, 'a')[0].spec.egress).toEqual([
      { toCIDRSet: [{ cidrGroupRef: 'offices' }] },
      { toCIDRSet: [{ cidrGroupRef: 'partners' }] },
    ]);
    expect(objectOf(mesh, 'a', 'CiliumCIDRGroup', 'offices').spec).toEqual({ externalCIDRs: ['192.0.2.0/24'] });
  });
});

describe('ports', () => {
  function egressFor(...ports: Port[]): any[] {
    const { mesh, client, server } = threeClusters();
    new CrossClusterAllow(mesh, 'p', { sources: [client], destinations: [server], ports });
    const [policy] = policies(mesh, 'a');
    expect(crdErrors(policy)).toEqual([]);
    return policy.spec.egress.map(({ toEndpoints: _, ...rest }: any) => rest);
  }

  test('of every protocol, ranges, names', () => {
    expect(
      egressFor(
        Port.tcp(80),
        Port.udp(53),
        Port.sctp(9),
        Port.any(7),
        Port.tcpRange(8000, 8080),
        Port.named('http'),
        Port.named('dns', Protocol.UDP),
      ),
    ).toEqual([
      {
        toPorts: [
          {
            ports: [
              { port: '80', protocol: 'TCP' },
              { port: '53', protocol: 'UDP' },
              { port: '9', protocol: 'SCTP' },
              { port: '7', protocol: 'ANY' },
              { port: '8000', endPort: 8080, protocol: 'TCP' },
              { port: 'http', protocol: 'TCP' },
              { port: 'dns', protocol: 'UDP' },
            ],
          },
        ],
      },
    ]);
  });

  test('ICMP has a rule of its own, because Cilium refuses it beside ports', () => {
    expect(egressFor(Port.tcp(80), Port.icmp(8), Port.icmpv6(128))).toEqual([
      { toPorts: [{ ports: [{ port: '80', protocol: 'TCP' }] }] },
      {
        icmps: [
          {
            fields: [
              { family: 'IPv4', type: 8 },
              { family: 'IPv6', type: 128 },
            ],
          },
        ],
      },
    ]);
  });

  test('every port is a rule without ports', () => {
    expect(egressFor(Port.all())).toEqual([{}]);
  });

  test('more than 40 are split, because the CRD takes no more in one list', () => {
    const [{ toPorts }] = egressFor(...Array.from({ length: 95 }, (_, index) => Port.tcp(1000 + index)));
    expect(toPorts.map((each: any) => each.ports.length)).toEqual([40, 40, 15]);
  });
});

describe('layer 7 and authentication', () => {
  test('HTTP rules act at the destination; the source allows the port', () => {
    const { mesh, client, server } = threeClusters();
    new CrossClusterAllow(mesh, 'p', {
      sources: [client],
      destinations: [server],
      ports: [Port.tcp(80)],
      http: [{ method: 'GET', path: '/v1/.*', headers: [{ name: 'X-Team' }, { name: 'X-Env', value: 'prod' }] }],
    });
    expect(policies(mesh, 'b')[0].spec.ingress[0].toPorts).toEqual([
      {
        ports: [{ port: '80', protocol: 'TCP' }],
        rules: {
          http: [
            { method: 'GET', path: '/v1/.*', headers: ['X-Team'], headerMatches: [{ name: 'X-Env', value: 'prod' }] },
          ],
        },
      },
    ]);
    expect(policies(mesh, 'a')[0].spec.egress[0].toPorts).toEqual([{ ports: [{ port: '80', protocol: 'TCP' }] }]);
    expect([...policies(mesh, 'a'), ...policies(mesh, 'b')].flatMap(crdErrors)).toEqual([]);
  });

  test('HTTP rules act at the source when the destination is outside of the mesh', () => {
    const { mesh, client } = threeClusters();
    new CrossClusterAllow(mesh, 'p', {
      sources: [client],
      destinations: [Peer.fqdn('example.org')],
      ports: [Port.tcp(80)],
      http: [{ path: '/' }],
    });
    expect(policies(mesh, 'a')[0].spec.egress[0].toPorts[0].rules).toEqual({ http: [{ path: '/' }] });
  });

  test('DNS rules act at the source only, because Cilium refuses them on ingress', () => {
    const { mesh, client, server } = threeClusters();
    new CrossClusterAllow(mesh, 'p', {
      sources: [client],
      destinations: [server],
      ports: [Port.udp(53)],
      dns: [{ matchPattern: '*.example.org' }],
    });
    expect(policies(mesh, 'a')[0].spec.egress[0].toPorts[0].rules).toEqual({
      dns: [{ matchPattern: '*.example.org' }],
    });
    expect(policies(mesh, 'b')[0].spec.ingress[0].toPorts[0].rules).toBeUndefined();
  });

  test('authentication is asked for in both halves', () => {
    const { mesh, client, server } = threeClusters();
    new CrossClusterAllow(mesh, 'p', {
      sources: [client],
      destinations: [server],
      ports: [Port.tcp(80)],
      authentication: 'required' as any,
    });
    expect(policies(mesh, 'a')[0].spec.egress[0].authentication).toEqual({ mode: 'required' });
    expect(policies(mesh, 'c')[0].spec.ingress[0].authentication).toEqual({ mode: 'required' });
  });
});

describe('global services as destinations', () => {
  function service(settings: object) {
    const { mesh, a, b, c, client, server } = threeClusters();
    const created = new GlobalService(mesh, 'svc', {
      namespace: 'y',
      workload: server,
      ports: [{ port: 80, targetPort: 8080 }],
      ...settings,
    });
    return { mesh, a, b, c, client, created };
  }
  const destinations = (mesh: ClusterMesh) =>
    policies(mesh, 'a')
      .flatMap(policy => policy.spec.egress)
      .flatMap((rule: any) => rule.toEndpoints)
      .map((peer: any) => peer.matchExpressions?.[0].values ?? [peer.matchLabels[CLUSTER]]);

  test('stand for the pods behind them, on the ports of the pods', () => {
    const { mesh, client, created } = service({});
    client.connections.allowTo(created);
    expect(destinations(mesh)).toEqual([['b', 'c']]);
    expect(policies(mesh, 'b')[0].spec.ingress[0].toPorts).toEqual([{ ports: [{ port: '8080', protocol: 'TCP' }] }]);
  });

  test('without the backends of clusters that do not share them', () => {
    const { mesh, client, created } = service({ perCluster: { c: { shared: false } } });
    client.connections.allowTo(created);
    expect(destinations(mesh)).toEqual([['b']]);
    expect(policies(mesh, 'c')).toEqual([]);
  });

  test("without remote backends where the client's own Service is not global", () => {
    const { mesh, client, created } = service({ perCluster: { a: { global: false } } });
    expect(codesOf(() => client.connections.allowTo(created))).toEqual(['service-unreachable']);
    expect(policies(mesh, 'a')).toEqual([]);
  });
});

describe('sentences', () => {
  test('allowTo writes what CrossClusterAllow writes', () => {
    const one = threeClusters();
    one.client.connections.allowTo(one.server, [Port.tcp(80)], { name: 'talk' });
    const other = threeClusters();
    new CrossClusterAllow(other.mesh, 'talk', {
      sources: [other.client],
      destinations: [other.server],
      ports: [Port.tcp(80)],
    });
    const objects = objectsByCluster(one.mesh);
    expect([...objects.keys()]).toEqual(['a', 'b', 'c']);
    expect(objects).toEqual(objectsByCluster(other.mesh));
  });

  test('allowFrom says the same from the other side', () => {
    const one = threeClusters();
    one.client.connections.allowTo(one.server, [Port.tcp(80)]);
    const other = threeClusters();
    other.server.connections.allowFrom(other.client, [Port.tcp(80)]);
    const objects = objectsByCluster(one.mesh);
    expect([...objects.keys()]).toEqual(['a', 'b', 'c']);
    expect(objects).toEqual(objectsByCluster(other.mesh));
  });

  test('names are made of the sentence, so that two ports make two policies', () => {
    const { mesh, client, server } = threeClusters();
    client.connections.allowTo(server, [Port.tcp(80)]);
    client.connections.allowTo(server, [Port.tcp(443)]);
    expect(policies(mesh, 'a').map(policy => policy.metadata.name)).toEqual([
      'client-to-server-tcp-80-egress',
      'client-to-server-tcp-443-egress',
    ]);
  });

  test('allowInternally connects the pods of all clusters with each other', () => {
    const { mesh, server } = threeClusters();
    server.connections.allowInternally([Port.tcp(7000)]);
    expect(policies(mesh, 'b').map(policy => [policy.metadata.name, Object.keys(policy.spec)])).toEqual([
      ['server-to-server-tcp-7000-egress', ['egress', 'endpointSelector']],
      ['server-to-server-tcp-7000-ingress', ['endpointSelector', 'ingress']],
    ]);
  });
});

describe('denials', () => {
  test('take away one flow and nothing else', () => {
    const { mesh, client, server } = threeClusters();
    new CrossClusterDeny(mesh, 'never', { sources: [client], destinations: [server], ports: [Port.all()] });
    expect(policies(mesh, 'a')[0].spec).toMatchObject({
      enableDefaultDeny: { egress: false },
      egressDeny: [{ toEndpoints: [expect.anything()] }],
    });
    expect(policies(mesh, 'b')[0].spec).toMatchObject({
      enableDefaultDeny: { ingress: false },
      ingressDeny: [{ fromEndpoints: [expect.anything()] }],
    });
    expect(policies(mesh, 'b').flatMap(crdErrors)).toEqual([]);
  });

  test('turn default deny on when asked to', () => {
    const { mesh, client, server } = threeClusters();
    new CrossClusterDeny(mesh, 'never', {
      sources: [client],
      destinations: [server],
      ports: [Port.all()],
      defaultDeny: true,
    });
    expect(policies(mesh, 'a')[0].spec.enableDefaultDeny).toBeUndefined();
  });

  test('denyTo and denyFrom', () => {
    const { mesh, client, server } = threeClusters();
    client.connections.denyTo(server, [Port.tcp(80)]);
    server.connections.denyFrom(Peer.entity(Entity.WORLD), [Port.all()]);
    expect(policies(mesh, 'a').map(policy => policy.metadata.name)).toEqual(['client-not-to-server-tcp-80-egress']);
    expect(policies(mesh, 'b').map(policy => policy.metadata.name)).toEqual([
      'client-not-to-server-tcp-80-ingress',
      'world-not-to-server-all-ingress',
    ]);
  });
});

test('default deny of each half can be left off', () => {
  const { mesh, client, server } = threeClusters();
  new CrossClusterAllow(mesh, 'p', {
    sources: [client],
    destinations: [server],
    ports: [Port.tcp(80)],
    defaultDenyEgress: false,
  });
  expect(policies(mesh, 'a')[0].spec.enableDefaultDeny).toEqual({ egress: false });
  expect(policies(mesh, 'b')[0].spec.enableDefaultDeny).toBeUndefined();
});

test('patches see the names of the CRD, and nothing of them is dropped', () => {
  const { mesh, client } = threeClusters();
  const allow = client.connections.allowTo(Peer.fqdn('example.org'), [Port.tcp(443)]);
  allow.policies[0].addJsonPatch(
    JsonPatch.add('/spec/egress/0/toFQDNs/-', { matchPattern: '*.example.org' }),
    JsonPatch.add('/spec/log', { value: 'x' }),
  );
  expect(policies(mesh, 'a')[0].spec).toMatchObject({
    log: { value: 'x' },
    egress: [{ toFQDNs: [{ matchName: 'example.org' }, { matchPattern: '*.example.org' }] }],
  });
  expect(allow.policies.every(policy => policy instanceof ApiObject)).toBe(true);
});

describe('before Cilium 1.20, which brought the entity cluster-mesh,', () => {
  const old = () => meshOf(2, { ciliumVersion: '1.19.1' });

  test('an application with that label is allowed like any other', () => {
    const mesh = old();
    const pods = new Workload(mesh, 'pods', { labels: { app: 'cluster-mesh' }, namespace: 'cluster-mesh' });
    new CrossClusterAllow(mesh, 'talk', { sources: [pods], destinations: [pods], ports: [Port.tcp(80)] });

    for (const cluster of ['a', 'b']) {
      expect(
        policies(mesh, cluster).map(policy => [policy.metadata.name, policy.spec.endpointSelector.matchLabels]),
      ).toEqual([
        ['talk-egress', { app: 'cluster-mesh' }],
        ['talk-ingress', { app: 'cluster-mesh' }],
      ]);
    }
  });

  test.each(['sources', 'destinations'] as const)(
    'the entity is refused among %s, beside such an application too',
    side => {
      const mesh = old();
      const pods = new Workload(mesh, 'pods', { labels: { app: 'cluster-mesh' } });
      const peers = { sources: [pods], destinations: [pods], [side]: [pods, Peer.entity(Entity.CLUSTER_MESH)] };
      const half = side === 'sources' ? 'ingress' : 'egress';

      expect(
        faultsOf(() => new CrossClusterAllow(mesh, 'talk', { ...peers, ports: [Port.tcp(80)] })).map(
          ({ code, path }) => [code, path],
        ),
      ).toEqual([
        ['feature-unknown-to-version', `talk.a (${half})`],
        ['feature-unknown-to-version', `talk.b (${half})`],
      ]);
    },
  );
});

test('every policy that can be written is valid, names the clusters of its peers, and is in the cluster of its endpoints', () => {
  const port = fc.oneof(
    fc.integer({ min: 1, max: 65535 }).map(Port.tcp),
    fc.integer({ min: 1, max: 65535 }).map(Port.udp),
    fc.integer({ min: 1, max: 255 }).map(Port.icmp),
    fc
      .tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 3000, max: 65535 }))
      .map(([first, last]) => Port.tcpRange(first, last)),
  );
  const pods = fc.record({
    app: fc.constantFrom('p', 'q', 'r'),
    namespace: fc.constantFrom('x', 'y', undefined),
    clusters: fc.uniqueArray(fc.constantFrom(0, 1, 2), { minLength: 1 }),
  });
  fc.assert(
    fc.property(
      fc.array(pods, { minLength: 1, maxLength: 3 }),
      fc.array(pods, { minLength: 1, maxLength: 3 }),
      fc.array(port, { minLength: 1, maxLength: 60 }),
      (sources, destinations, ports) => {
        const mesh = meshOf(3);
        const workloads = (side: string, list: typeof sources) =>
          list.map(
            ({ app, namespace, clusters }, index) =>
              new Workload(mesh, `${side}${index}`, {
                labels: { app },
                ...(namespace ? { namespace } : { allNamespaces: true }),
                clusters: clusters.map(each => mesh.clusters[each]),
              }),
          );
        new CrossClusterAllow(mesh, 'p', {
          sources: workloads('s', sources),
          destinations: workloads('d', destinations),
          ports,
        });
        const expected = (list: typeof sources, cluster: number) =>
          list.some(each => (each.clusters as number[]).includes(cluster));
        const objects = objectsByCluster(mesh);
        mesh.clusters.forEach((cluster, index) => {
          const written = objects.get(cluster.name)!.filter(isPolicy);
          expect(written.flatMap(crdErrors)).toEqual([]);
          const specs = written.flatMap(policy => policy.specs ?? [policy.spec]);
          expect(specs.some(spec => spec.egress)).toBe(expected(sources, index));
          expect(specs.some(spec => spec.ingress)).toBe(expected(destinations, index));
          const peers = specs
            .flatMap(spec => [...(spec.egress ?? []), ...(spec.ingress ?? [])])
            .flatMap(rule => rule.toEndpoints ?? rule.fromEndpoints);
          const expression = (peer: any, key: string) => peer.matchExpressions?.find((each: any) => each.key === key);
          const names = (peer: any) =>
            peer.matchLabels?.[CLUSTER] ? [peer.matchLabels[CLUSTER]] : expression(peer, CLUSTER).values;
          expect(peers.filter(peer => !(names(peer).length > 0))).toEqual([]);
          expect(
            peers.filter(peer => (peer.matchLabels?.[NAMESPACE] ?? expression(peer, NAMESPACE)) === undefined),
          ).toEqual([]);
        });
      },
    ),
    { numRuns: 60 },
  );
});
