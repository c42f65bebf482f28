/**
 * Random meshes: clusters with their settings, Services and CIDR groups, pods, everybody outside of the mesh, and
 * policies of every kind.
 */
import * as fc from 'fast-check';
import { CLUSTERS, list, maybe, NAMESPACES, one, rare, record, weighted } from './arbitraries';
import { addressBorders, portBorders, spread } from './borders';
import { ciliumPolicy, hostPolicy, proxiedPolicy } from './cilium-policies';
import { cidrGroups, clusterNetworkPolicy, networkPolicy } from './other-policies';
import { HttpRequest } from '../../src/evaluator/engine/http';
import { allFlows, Case, Config, CaseEndpoint, Port, Service } from '../judge';

/**
 * Policies of one cluster; several documents of one name are there at times, of which the last that is taken counts.
 */
function policies(minor: number, borders: boolean): fc.Arbitrary<string[]> {
  const policy = weighted<any>(
    [12, ciliumPolicy(minor)],
    [3, proxiedPolicy(minor)],
    [2, hostPolicy(minor)],
    [3, networkPolicy],
    [minor >= 20 ? 4 : 0.1, clusterNetworkPolicy],
  );
  return fc
    .tuple(fc.array(policy, borders ? { minLength: 1, maxLength: 7 } : { maxLength: 5 }), cidrGroups(minor))
    .map(([objects, groups]) => [...groups, ...objects].map(object => JSON.stringify(object)));
}

/** Labels that pods may not give themselves, and that Cilium leaves out. */
const SPOOFED: { readonly [key: string]: string } = {
  'io.cilium.k8s.policy.cluster': 'tion',
  'io.kubernetes.pod.namespace': 'shop',
  'io.cilium.k8s.namespace.labels.team': 'a',
  'io.cilium.k8s.policy.serviceaccount': 'web',
  'io.cilium.k8s.x': '1',
};

const pod = (cluster: string) =>
  record({
    cluster: fc.constant(cluster),
    namespace: one(...NAMESPACES),
    namespaceLabels: maybe(
      one<any>({ team: 'a' }, { team: 'b' }, { 'team': 'a', 'io.cilium.k8s.policy.cluster': 'tion' }),
    ),
    labels: fc
      .tuple(
        record({
          'app': one('web', 'db', 'y'),
          'tier': maybe(one('1', '2')),
          'side': rare(fc.constant('rebel')),
          'pod-template-hash': maybe(fc.constant('1')),
        }),
        rare(one(...Object.keys(SPOOFED))),
      )
      .map(([labels, key]) => (key === undefined ? labels : { ...labels, [key]: SPOOFED[key] })),
    serviceAccount: maybe(fc.constant('web')),
    namedPorts: maybe(
      one<any>(
        { http: { port: 80, protocol: 'TCP' } },
        { http: { port: 8080, protocol: 'TCP' }, dns: { port: 53, protocol: 'UDP' } },
        { HTTP: { port: 8080, protocol: 'TCP' } },
        { http: { port: 53, protocol: 'UDP' } },
      ),
    ),
  });

/** A node of a cluster: the one that its own pods run on, or another one. The kubelet sets its first labels. */
function node(
  entity: 'host' | 'remote-node',
  cluster: string,
  ip: string,
  labels: { readonly [key: string]: string },
): CaseEndpoint {
  const id = `${entity === 'host' ? 'host' : 'node'}@${cluster}`;
  return {
    id,
    entity,
    cluster,
    ip,
    labels: { 'kubernetes.io/hostname': id, 'kubernetes.io/os': 'linux', ...labels },
  };
}

const OUTSIDE: CaseEndpoint[] = [
  { id: 'world', entity: 'world' },
  { id: 'host', entity: 'host' },
  { id: 'remote-node', entity: 'remote-node' },
  { id: 'apiserver', entity: 'kube-apiserver' },
  { id: 'api', ip: '192.0.2.7', fqdns: ['api.example.org'] },
  { id: 'ip', ip: '192.0.2.200', fqdns: [] },
  { id: 'office', ip: '198.51.100.1', fqdns: ['a.b.example.org', 'API.shop.org'] },
  node('host', 'koornacht', '172.18.0.2', { 'zone': 'a', 'node-role.kubernetes.io/control-plane': '' }),
  node('remote-node', 'koornacht', '172.18.0.4', { zone: 'b', role: 'a' }),
  node('host', 'tion', '172.18.0.5', { 'zone': 'b', 'app': 'web', 'io.cilium.k8s.policy.cluster': 'hoth' }),
  node('remote-node', 'tion', '172.18.0.6', { zone: 'a' }),
  { id: 'node', entity: 'remote-node', ip: '172.18.0.3' },
  { id: 'six', ip: '2001:db8::1', fqdns: ['api.example.org'] },
  { id: 'ingress', entity: 'ingress' },
  { id: 'health', entity: 'health' },
  { id: 'init', entity: 'init' },
  { id: 'unmanaged', entity: 'unmanaged' },
  { id: 'world4', entity: 'world-ipv4' },
  { id: 'world6', entity: 'world-ipv6' },
  { id: 'outer-apiserver', ip: '10.1.2.3', extraLabels: ['reserved:kube-apiserver'] },
];

const PORTS: Port[] = [
  { port: 80, protocol: 'TCP' },
  { port: 53, protocol: 'UDP' },
  { port: 8080, protocol: 'TCP' },
  { port: 443, protocol: 'SCTP' },
  { port: 8, protocol: 'ICMP' },
  { port: 53, protocol: 'TCP' },
  { port: 443, protocol: 'TCP' },
  { port: 0, protocol: 'ICMP' },
  { port: 128, protocol: 'ICMPv6' },
  { port: 70, protocol: 'TCP' },
  { port: 8080, protocol: 'UDP' },
  { port: 0, protocol: 'VRRP' },
  { port: 0, protocol: 'GRE' },
];

const REQUESTS: HttpRequest[] = [
  { method: 'GET', path: '/', host: 'example.org' },
  { method: 'PUT', path: '/v1/abc' },
  { method: 'POST', path: '/x/y', host: 'example.org', headers: { 'x-key': 'true' } },
  { method: 'GET', path: '/v1' },
  { method: 'GET', path: '/V1', headers: { 'X-Key': 'false' } },
  { method: 'GETX', path: '/v2/', host: 'exampleXorg' },
  {},
  { path: '/é' },
  { path: '/a.b', method: 'PATCH' },
  { path: '/x\n' },
];

const NAMES = [
  'api.example.org',
  'API.Example.org.',
  'a.b.example.org',
  'example.org',
  'abi.example.org',
  'api.shop.org',
  'x_y.org',
  'org',
  '.',
  'a',
  'abi.x.org',
  'api.a.b.org',
  'foo-bar.example.org',
  'a.b.c.org',
  'myapi.org',
];

const service: fc.Arbitrary<Service> = record({
  name: one('base', 'ext', 'none'),
  namespace: one('default', 'shop'),
  labels: maybe(one<any>({ tier: '1' }, { tier: '2', app: 'web' })),
  selector: maybe(
    one<any>({ app: 'web' }, { app: 'db', tier: '1' }, { 'app': 'web', 'io.cilium.k8s.policy.cluster': 'tion' }, {}),
  ),
  backends: maybe(one(['192.0.2.7'], ['192.0.2.200', '2001:db8::1'], ['198.51.100.1'], [])),
});

/** Settings that a version lacks are left out: the judge does not know them. */
function config(minor: number): fc.Arbitrary<Config> {
  return record({
    ...(minor >= 18 ? { policyDefaultLocalCluster: fc.boolean() } : {}),
    enforcement: one('default', 'default', 'default', 'default', 'always', 'never'),
    enableIPv6: fc.boolean(),
    enableIPv4: rare(fc.constant(false), 20),
    allowLocalhost: rare(one('policy', 'always')),
    policyCIDRMatchMode: rare(one<any>(['nodes'], []), 4),
    enableL7Proxy: rare(fc.constant(false), 12),
    enableICMPRules: rare(fc.constant(false), 12),
    enableHostFirewall: fc.boolean(),
    labels: rare(one<any>(['!tier'], ['k8s:!team', '!side'], ['k8s:app', 'io.*'], ['app', 'zone', 'io.cilium.*']), 10),
    ...(minor >= 16 ? { enableNodeSelectorLabels: maybe(fc.boolean()) } : {}),
    ...(minor >= 17 ? { enableNonDefaultDenyPolicies: rare(fc.constant(false), 10) } : {}),
    ...(minor >= 19 ? { enableExtendedIPProtocols: maybe(fc.boolean()) } : {}),
  });
}

/** How many addresses and ports at the borders of its policies a mesh has at most. */
const BORDER_ADDRESSES = 8;
const BORDER_PORTS = 10;

/**
 * A mesh with the flows between its endpoints on some ports.
 *
 * With `borders` there are more of both: addresses and ports on both sides of the borders that its policies draw.
 */
export function meshCase(minor: number, { borders = false, most }: Extent = {}): fc.Arbitrary<Case> {
  const protocols = new Set([
    'TCP',
    'UDP',
    'SCTP',
    'ICMP',
    'ICMPv6',
    ...(minor >= 19 ? ['VRRP'] : []),
    ...(minor >= 20 ? ['GRE'] : []),
  ]);
  return fc
    .integer({ min: 1, max: 3 })
    .chain(count => {
      const names = CLUSTERS.slice(0, count);
      return fc.record({
        config: config(minor),
        clusters: fc.tuple(
          ...names.map((name, index) =>
            record({
              name: fc.constant(name),
              id: fc.constant(index + 1),
              policies: policies(minor, borders),
              services: list(service, 3).map(services => [
                ...new Map(services.map(each => [`${each.namespace}/${each.name}`, each])).values(),
              ]),
              config: rare(config(minor), 10),
            }),
          ),
        ),
        pods: fc.tuple(...names.map(name => fc.array(pod(name), { minLength: 1, maxLength: 3 }))),
        // one host of each cluster: its identity has one number and one set of labels
        outside: fc
          .tuple(fc.subarray(OUTSIDE, { minLength: 3, maxLength: borders ? 9 : 6 }), fc.boolean())
          .map(([ends, known]) =>
            ends.filter(
              ({ entity, cluster }) =>
                (cluster === undefined || names.includes(cluster)) &&
                (entity !== 'host' || (cluster !== undefined) === known),
            ),
          ),
        start: fc.nat(1000),
        ports: fc
          .tuple(
            fc.subarray(
              PORTS.filter(({ protocol }) => protocols.has(protocol)),
              { minLength: 3, maxLength: 5 },
            ),
            fc.subarray(REQUESTS, { minLength: 2, maxLength: 3 }),
            fc.subarray(NAMES, { minLength: 2, maxLength: 3 }),
          )
          .map(([ports, requests, asked]) =>
            ports.flatMap((each): Port[] =>
              each.protocol === 'TCP' && each.port % 80 === 0
                ? requests.map(http => ({ ...each, http }))
                : each.port === 53
                  ? asked.map(dns => ({ ...each, dns }))
                  : [each],
            ),
          ),
      });
    })
    .map(({ config: settings, clusters, pods, outside, ports: usual, start }) => {
      const workloads = inNamespaces(pods.flat()).map((each, index) => ({ id: `pod-${index}`, ...each }));
      const documents = borders
        ? (clusters as Case['clusters']).flatMap(({ policies: texts = [], services = [] }) => [
          ...texts.map(text => JSON.parse(text)),
          ...services.map(({ backends }) => backends),
        ])
        : [];
      // one address has one set of names
      const others = addressBorders(documents).filter(address => !outside.some(({ ip }) => ip === address));
      const addresses = spread(others, BORDER_ADDRESSES, start);
      const endpoints: CaseEndpoint[] = [
        ...workloads,
        ...outside,
        ...addresses.map(ip => ({ id: `ip-${ip}`, ip, fqdns: [] })),
      ];
      const ports = [...usual, ...(borders ? spread(portBorders(documents, workloads), BORDER_PORTS, start) : [])];
      return {
        config: settings,
        clusters: clusters as Case['clusters'],
        endpoints,
        ports,
        flows: allFlows(endpoints, ports, most),
      };
    });
}

/** What a case asks for besides the mesh. */
export interface Extent {
  readonly borders?: boolean;
  /** The number of flows, at most. */
  readonly most?: number;
}

/** A namespace has the same labels for all of its pods: those that the first of them came with. */
function inNamespaces(pods: readonly any[]): any[] {
  const labels = new Map<string, unknown>();
  return pods.map(each => {
    const key = `${each.cluster}/${each.namespace ?? 'default'}`;
    labels.set(key, labels.has(key) ? labels.get(key) : each.namespaceLabels);
    return { ...each, namespaceLabels: labels.get(key) };
  });
}
