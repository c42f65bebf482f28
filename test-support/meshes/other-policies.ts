/** Kubernetes' own policies, and CIDR groups. */
import * as fc from 'fast-check';
import { CLUSTERS, damaged, list, maybe, mostly, NAMESPACES, one, rare, record, some, weighted } from './arbitraries';
import { matchLabels, operator } from './selectors';

const key = (keys: string[], values: string[]) => fc.record({ key: one(...keys), value: one(...values) });

const podSelector = record({
  matchLabels: maybe(
    matchLabels([key(['app', 'tier', 'io.cilium.k8s.policy.cluster'], ['web', 'db', '1', 'tion', 'koornacht'])]),
  ),
  matchExpressions: maybe(
    list(
      fc.oneof(
        fc.record({
          key: one('app', 'tier', 'io.cilium.k8s.policy.cluster'),
          operator: one('In', 'NotIn'),
          values: some(one('web', '1', 'koornacht', 'tion')),
        }),
        fc.record({ key: one('app', 'tier', 'io.cilium.k8s.policy.cluster'), operator: one('Exists', 'DoesNotExist') }),
      ),
      2,
    ),
  ),
});
const namespaceSelector = fc.oneof<fc.Arbitrary<any>[]>(
  fc.constant({}),
  key(['team', 'kubernetes.io/metadata.name'], ['a', ...NAMESPACES]).map(each => ({
    matchLabels: { [each.key]: each.value },
  })),
  fc
    .record({ key: fc.constant('team'), operator: one('In', 'NotIn'), values: some(one('a', 'b')) })
    .map(each => ({ matchExpressions: [each] })),
);
const networkPeer = fc.oneof<fc.Arbitrary<any>[]>(
  fc.record({ podSelector }),
  fc.record({ namespaceSelector }),
  fc.record({ podSelector, namespaceSelector }),
  one<any>(
    { ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.0/28'] } },
    { ipBlock: { cidr: '0.0.0.0/0' } },
    { ipBlock: { cidr: '0.0.0.0/0', except: ['192.0.2.0/24'] } },
    { ipBlock: { cidr: '172.18.0.0/16' } },
  ),
);
const networkPort = one<any>(
  { port: 80 },
  { port: 53, protocol: 'UDP' },
  { port: 'http' },
  { protocol: 'TCP' },
  {},
  { port: 1, endPort: 100 },
  { port: 443, protocol: 'SCTP' },
  { port: 'dns', protocol: 'UDP' },
);
const networkRule = (peers: string) => record({ [peers]: maybe(list(networkPeer)), ports: maybe(list(networkPort)) });

/** Only valid ones: the judge does not know what the API server refuses. */
export const networkPolicy = fc
  .record({
    name: one('n', 'm'),
    namespace: one(...NAMESPACES),
    spec: record({
      podSelector,
      ingress: maybe(list(networkRule('from'))),
      egress: maybe(list(networkRule('to'))),
      policyTypes: maybe(one(['Ingress'], ['Egress'], ['Ingress', 'Egress'], [])),
    }),
  })
  .map(({ name, namespace, spec }) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec,
  }));

/** Its CRD takes every key, value and operator. */
const looseSelector = record({
  matchLabels: maybe(
    matchLabels([
      key(['app', 'k8s:app', 'any:app', 'unspec:app'], ['web', 'db', 'a b']),
      key(['tier', 'a b'], ['1', '2']),
      key(['io.cilium.k8s.policy.cluster', 'k8s:io.cilium.k8s.policy.cluster'], CLUSTERS),
    ]),
  ),
  matchExpressions: maybe(
    list(
      fc.oneof<fc.Arbitrary<any>[]>(
        operator(one('app', 'tier', 'io.cilium.k8s.policy.cluster')),
        fc.record({
          key: one('app', 'io.cilium.k8s.policy.cluster'),
          operator: one('In', 'Gt', 'NotIn', 'Exists'),
          values: list(one('web', 'db')),
        }),
      ),
      1,
    ),
  ),
});
const teams = fc.oneof<fc.Arbitrary<any>[]>(
  fc.constant({}),
  namespaceSelector,
  record({
    matchExpressions: list(operator(one('team', 'kubernetes.io/metadata.name'), one('a', 'b', ...NAMESPACES)), 1),
  }),
);
const namespacedPods = weighted<any>(
  [5, fc.record({ namespaces: teams })],
  [6, fc.record({ pods: record({ namespaceSelector: maybe(teams), podSelector: looseSelector }) })],
);
const networks = mostly<any>(
  some(one('192.0.2.0/24', '10.0.0.0/8', '0.0.0.0/0', '::/0', '192.0.2.7/32', '2001:db8::/32', '192.0.2.9/24'), 2),
  one<any>([], ['x'], ['10.0.0.0/8', '10.0.0.0/8'], ['192.0.2.7'], ['::ffff:1.2.3.4/120']),
  15,
);
const destination = mostly<any>(
  one<any>(
    { number: 80 },
    { number: 8080 },
    { number: 53 },
    { range: { start: 50, end: 90 } },
    { range: { start: 1, end: 65535 } },
  ),
  one<any>(
    {},
    { number: 0 },
    { range: { start: 5, end: 5 } },
    { number: 1, range: { start: 1, end: 2 } },
    { range: { start: 1 } },
    { number: '80' },
  ),
  20,
);
const protocol = mostly<any>(
  fc.oneof<fc.Arbitrary<any>[]>(
    fc
      .tuple(one('tcp', 'tcp', 'udp', 'sctp'), destination)
      .map(([name, destinationPort]) => ({ [name]: { destinationPort } })),
    one<any>({ destinationNamedPort: 'http' }, { destinationNamedPort: 'dns' }),
  ),
  one<any>(
    {},
    { tcp: {} },
    { destinationNamedPort: 'HTTP' },
    { destinationNamedPort: '8080' },
    { destinationNamedPort: '' },
    { tcp: { destinationPort: { number: 80 } }, udp: { destinationPort: { number: 80 } } },
  ),
  20,
);

const clusterRule = (side: string) =>
  record({
    name: rare(one('x', 'y'.repeat(101)), 30),
    action: mostly(one('Accept', 'Deny', 'Pass'), one('Allow', undefined), 60),
    [side]: mostly<any>(
      some(weighted<any>([4, namespacedPods], [side === 'to' ? 2 : 0.1, fc.record({ networks })]), 2),
      one<any>([], undefined, [{}], [{ namespaces: {}, pods: { podSelector: {} } }], [{ pods: {} }], [{ nodes: {} }]),
      40,
    ),
    protocols: maybe(mostly<any>(some(protocol, 2), fc.constant([]), 40)),
  });

/** ClusterNetworkPolicies (v1alpha2), close in priority. */
export const clusterNetworkPolicy = (() => {
  const whole = fc
    .record({
      name: one('a', 'b', 'c'),
      spec: record({
        tier: mostly(one('Admin', 'Baseline'), one('Best', undefined), 60),
        priority: mostly<unknown>(one(0, 1, 1, 2, 10), one<any>(-1, 1001, 1.5, undefined, '1'), 60),
        subject: mostly<any>(
          namespacedPods,
          one<any>({}, undefined, { namespaces: {}, pods: { podSelector: {} } }),
          60,
        ),
        ingress: maybe(list(clusterRule('from'), 3)),
        egress: maybe(list(clusterRule('to'), 3)),
      }),
    })
    .map(({ name, spec }) => ({
      apiVersion: 'policy.networking.k8s.io/v1alpha2',
      kind: 'ClusterNetworkPolicy',
      metadata: { name },
      spec,
    }));
  return weighted<any>([16, whole], [1, damaged(whole)]);
})();

/** CIDR groups of one cluster, some of which hold the same addresses. */
export const cidrGroups = (minor: number) =>
  list(
    mostly<any>(
      fc
        .record({
          name: one('offices', 'labs'),
          version: minor >= 18 ? one('v2', 'v2alpha1') : fc.constant('v2alpha1'),
          labels: one<any>(
            {},
            { side: 'rebel' },
            { side: 'empire', tier: '1' },
            { 'tier': '2', 'io.cilium.k8s.x': 'y' },
          ),
          cidrs: one(['198.51.100.0/24'], ['192.0.2.0/24'], ['198.51.100.0/24', '192.0.2.7/32'], ['2001:db8::/32'], []),
        })
        .map(({ name, version, labels, cidrs }) => ({
          apiVersion: `cilium.io/${version}`,
          kind: 'CiliumCIDRGroup',
          metadata: { name, labels },
          spec: { externalCIDRs: cidrs },
        })),
      one<any>(
        {
          apiVersion: 'cilium.io/v3',
          kind: 'CiliumCIDRGroup',
          metadata: { name: 'offices' },
          spec: { externalCIDRs: [] },
        },
        {
          apiVersion: 'cilium.io/v2',
          kind: 'CiliumCIDRGroup',
          metadata: { name: 'labs' },
          spec: { externalCIDRs: ['x'] },
        },
        { apiVersion: 'cilium.io/v2alpha1', kind: 'CiliumCIDRGroup', metadata: { name: 'labs' }, spec: {} },
        {
          apiVersion: 'cilium.io/v2alpha1',
          kind: 'CiliumCIDRGroup',
          metadata: { name: 'labs' },
          spec: { externalCIDRs: ['010.0.0.0/8', '192.0.2.0/24'] },
        },
      ),
      20,
    ),
    2,
  );
