/**
 * Random meshes: clusters, namespaces, labels, and every feature of policies that the evaluator models, valid and refused ones.
 */
import * as fc from 'fast-check';
import { allFlows, Case, Config, Endpoint } from '../test/evaluator/judge';

const CLUSTERS = ['koornacht', 'tion', 'hoth'];
const NAMESPACES = ['default', 'shop', 'kube-system'];
const CLUSTER_KEYS = ['io.cilium.k8s.policy.cluster', 'k8s:io.cilium.k8s.policy.cluster', 'any:io.cilium.k8s.policy.cluster'];
const NAMESPACE_KEYS = ['io.kubernetes.pod.namespace', 'k8s:io.kubernetes.pod.namespace', 'any:io.kubernetes.pod.namespace'];

/** Half of the time there, else left out. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** An object without the fields that are left out. */
function record(fields: { [name: string]: fc.Arbitrary<unknown> }): fc.Arbitrary<any> {
  return fc.record(fields).map(value => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)));
}

const one = <T>(...values: T[]) => fc.constantFrom(...values);
const list = <T>(arbitrary: fc.Arbitrary<T>, maxLength: number = 2) => fc.array(arbitrary, { maxLength });

const operator = (key: fc.Arbitrary<string>, values: fc.Arbitrary<string>) => fc.oneof(
  fc.record({ key, operator: one('In', 'NotIn'), values: fc.array(values, { minLength: 1, maxLength: 2 }) }),
  fc.record({ key, operator: one('Exists', 'DoesNotExist') }),
);

const expressions = (keys: string[]) => maybe(list(operator(one(...keys), one('web', 'db', '1', 'koornacht', 'tion', 'default', 'shop')), 2));

const labelOf = (keys: string[], values: string[]) => fc.record({ key: one(...keys), value: one(...values) });

/** matchLabels never has one key twice under two sources: which of the values wins changes from run to run in Cilium. */
function matchLabels(choices: Array<fc.Arbitrary<{ key: string; value: string }>>): fc.Arbitrary<{ [key: string]: string }> {
  return fc.tuple(...choices.map(choice => maybe(choice))).map(chosen => {
    const byName = new Map<string, { key: string; value: string }>();
    for (const each of chosen) {
      if (each) {
        byName.set(each.key.replace(/^(k8s|any):/, ''), each);
      }
    }
    return Object.fromEntries([...byName.values()].map(({ key, value }) => [key, value]));
  });
}

const subjectSelector = fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, {
  weight: 3, arbitrary: record({
    matchLabels: maybe(matchLabels([
      labelOf(['app', 'k8s:app', 'any:app'], ['web', 'db', 'x']), labelOf(['tier'], ['1', '2']), labelOf(NAMESPACE_KEYS, NAMESPACES), labelOf(CLUSTER_KEYS, CLUSTERS),
    ])),
    matchExpressions: expressions(['app', 'tier', ...CLUSTER_KEYS]),
  }),
});

const peerSelector = record({
  matchLabels: maybe(matchLabels([
    labelOf(['app', 'k8s:app', 'any:app'], ['web', 'db', 'x']), labelOf(['tier', 'pod-template-hash'], ['1', '2']), labelOf(NAMESPACE_KEYS, NAMESPACES),
    labelOf(CLUSTER_KEYS, [...CLUSTERS, 'nowhere']), labelOf(['k8s:io.cilium.k8s.namespace.labels.team', 'io.cilium.k8s.namespace.labels.team'], ['a', 'b']),
  ])),
  matchExpressions: expressions(['app', 'tier', ...CLUSTER_KEYS, ...NAMESPACE_KEYS, 'reserved:host', 'io.cilium.k8s.policy.serviceaccount']),
});

const reservedSelector = fc.constantFrom('reserved:host', 'reserved:remote-node', 'reserved:world', '$host').map(key => ({ matchLabels: { [key]: '' } }));

const port = record({
  port: fc.oneof({ weight: 30, arbitrary: one('80', '443', '8080', '53', '0', 'http', 'HTTP', 'dns', '0120', '1', '65535') }, { weight: 1, arbitrary: one('70000', '8.5', '8_0', '080', '') }),
  protocol: maybe(one('TCP', 'UDP', 'ANY', 'SCTP')),
  endPort: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one(90, 443, 9000, 10) }),
});

const tcpPort = record({ port: one('80', '443', '8080', 'http', '1'), protocol: fc.constant('TCP'), endPort: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one(90, 9000) }) });

const toPorts = (direction: string, deny: boolean) => list(fc.oneof(
  { weight: 5, arbitrary: record({ ports: maybe(list(port, 3)) }) },
  ...deny ? [] : [
    { weight: 2, arbitrary: record({ ports: list(tcpPort), rules: fc.record({ http: list(one<any>({}, { method: 'GET' }, { path: '/x.*' }, { path: '((' }), 1) }) }) },
    { weight: 1, arbitrary: record({ ports: list(port), rules: fc.record({ http: list(one<any>({ method: 'POST' }), 1) }) }) },
    ...direction === 'egress' ? [{ weight: 2, arbitrary: record({ ports: list(record({ port: one('53', '80', '8080', 'http'), protocol: one('UDP', 'TCP', 'ANY') })), rules: fc.constant({ dns: [{ matchPattern: '*' }] }) }) }] : [],
    { weight: 1, arbitrary: record({ ports: list(tcpPort), serverNames: fc.constant(['example.org']) }) },
  ],
));

const icmps = list(record({
  fields: maybe(list(one<any>({ type: 8 }, { family: 'IPv4', type: 8 }, { family: 'IPv6', type: 128 }, { type: 'EchoReply' }, { type: 'EchoRequest' }, { type: 0 }, { type: '8' }, { family: 'IPv6', type: 'Redirect' }))),
}), 1);

const cidr = one('192.0.2.0/24', '10.0.0.0/8', '192.0.2.7/32', '0.0.0.0/0', '::/0', '2001:db8::/32', '192.0.2.9/24');
const cidrRule = fc.oneof(
  record({ cidr }),
  one<any>({ cidr: '192.0.2.0/24', except: ['192.0.2.0/28'] }, { cidr: '0.0.0.0/0', except: ['192.0.2.0/24'] }, { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] },
    { cidrGroupRef: 'offices' }, { cidrGroupRef: 'offices', except: ['198.51.100.0/28'] }, { cidrGroupRef: 'nobody' }),
);
const entity = one('all', 'world', 'cluster', 'cluster-mesh', 'host', 'remote-node', 'kube-apiserver', 'ingress', 'health', 'init', 'unmanaged', 'none');
const fqdn = one<any>({ matchName: 'api.example.org' }, { matchName: 'API.example.org.' }, { matchPattern: '*.example.org' }, { matchPattern: '*' }, { matchPattern: '**.example.org' }, { matchPattern: 'a*i.example.org' });

function rule(direction: 'ingress' | 'egress', deny: boolean): fc.Arbitrary<any> {
  const prefix = direction === 'egress' ? 'to' : 'from';
  const peers = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    { weight: 8, arbitrary: list(fc.oneof({ weight: 8, arbitrary: peerSelector }, { weight: 1, arbitrary: reservedSelector })).map(value => ({ [`${prefix}Endpoints`]: value })) },
    { weight: 3, arbitrary: list(entity).map(value => ({ [`${prefix}Entities`]: value })) },
    { weight: 2, arbitrary: list(fc.oneof(cidr, fc.constant('192.0.2.7'))).map(value => ({ [`${prefix}CIDR`]: value })) },
    { weight: 2, arbitrary: list(cidrRule).map(value => ({ [`${prefix}CIDRSet`]: value })) },
    ...direction === 'egress' && !deny ? [{ weight: 2, arbitrary: list(fqdn).map(value => ({ toFQDNs: value })) }] : [],
    { weight: 1, arbitrary: fc.constant({ [`${prefix}Endpoints`]: [{}], [`${prefix}Entities`]: ['world'] }) },
  );
  const layer4 = fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    { weight: 6, arbitrary: toPorts(direction, deny).map(value => ({ toPorts: value })) },
    { weight: 1, arbitrary: icmps.map(value => ({ icmps: value })) },
  );
  const authentication = deny ? fc.constant({}) : fc.oneof({ weight: 9, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: one('required', 'disabled').map(mode => ({ authentication: { mode } })) });
  const anyRule = fc.tuple(peers, layer4, authentication).map(parts => Object.assign({}, ...parts));
  return fc.oneof({ weight: 6, arbitrary: anyRule }, { weight: 1, arbitrary: clashing(direction, deny) });
}

/** Rules on one peer and port that cannot be merged with each other: the whole policy of the endpoint then fails. */
function clashing(direction: 'ingress' | 'egress', deny: boolean): fc.Arbitrary<any> {
  const peers = { [direction === 'egress' ? 'toEndpoints' : 'fromEndpoints']: [{}] };
  const ports = [{ port: '80', protocol: 'TCP' }];
  return deny ? one<any>(peers, { ...peers, toPorts: [{ ports }] }) : one<any>(
    { ...peers, toPorts: [{ ports, rules: { http: [{ method: 'GET' }] } }] }, { ...peers, toPorts: [{ ports, serverNames: ['example.org'] }] },
    ...direction === 'egress' ? [{ ...peers, toPorts: [{ ports, rules: { dns: [{ matchPattern: '*' }] } }] }] : [],
    { ...peers, authentication: { mode: 'required' } }, { ...peers, authentication: { mode: 'disabled' } },
    { ...peers, toPorts: [{ ports }], authentication: { mode: 'required' } }, { ...peers, toPorts: [{ ports }], authentication: { mode: 'disabled' } },
  );
}

const rare = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const anySpec = record({
  endpointSelector: subjectSelector,
  ingress: maybe(list(rule('ingress', false))),
  egress: maybe(list(rule('egress', false))),
  ingressDeny: rare(list(rule('ingress', true), 1)),
  egressDeny: rare(list(rule('egress', true), 1)),
  enableDefaultDeny: rare(record({ ingress: maybe(fc.boolean()), egress: maybe(fc.boolean()) })),
});

const clashingSpec = fc.record({
  endpointSelector: fc.constant({}),
  ingress: list(clashing('ingress', false), 3), ingressDeny: list(clashing('ingress', true), 1),
  egress: list(clashing('egress', false), 3), egressDeny: list(clashing('egress', true), 1),
});
const spec = fc.oneof({ weight: 9, arbitrary: anySpec }, { weight: 1, arbitrary: clashingSpec });

const ciliumPolicy = fc.record({ clusterwide: fc.nat(4), name: one('p', 'q', 'r', 's'), namespace: one(...NAMESPACES), several: fc.nat(6), spec, specs: fc.array(spec, { minLength: 1, maxLength: 2 }) })
  .map(({ clusterwide, name, namespace, several, spec: single, specs }) => ({
    apiVersion: 'cilium.io/v2',
    ...clusterwide === 0 ? { kind: 'CiliumClusterwideNetworkPolicy', metadata: { name } } : { kind: 'CiliumNetworkPolicy', metadata: { name, namespace } },
    ...several === 0 ? { specs } : { spec: single },
  }));

const podSelector = record({
  matchLabels: maybe(matchLabels([labelOf(['app', 'tier', 'io.cilium.k8s.policy.cluster'], ['web', 'db', '1', 'tion', 'koornacht'])])),
  matchExpressions: expressions(['app', 'tier', 'io.cilium.k8s.policy.cluster']),
});
const namespaceSelector = fc.oneof(
  fc.constant({}),
  labelOf(['team', 'kubernetes.io/metadata.name'], ['a', ...NAMESPACES]).map(({ key, value }) => ({ matchLabels: { [key]: value } })),
  operator(fc.constant('team'), one('a', 'b')).map(each => ({ matchExpressions: [each] })),
);
const networkPeer = fc.oneof(
  fc.record({ podSelector }), fc.record({ namespaceSelector }), fc.record({ podSelector, namespaceSelector }),
  one<any>({ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.0/28'] } }, { ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '0.0.0.0/0', except: ['192.0.2.0/24'] } }),
);
const networkPort = one<any>({ port: 80 }, { port: 53, protocol: 'UDP' }, { port: 'http' }, { protocol: 'TCP' }, {}, { port: 1, endPort: 100 }, { port: 443, protocol: 'SCTP' });
const networkRule = (peers: string) => record({ [peers]: maybe(list(networkPeer)), ports: maybe(list(networkPort)) });
const networkPolicy = fc.record({
  name: one('n', 'm'),
  namespace: one(...NAMESPACES),
  spec: record({
    podSelector, ingress: maybe(list(networkRule('from'))), egress: maybe(list(networkRule('to'))), policyTypes: maybe(one(['Ingress'], ['Egress'], ['Ingress', 'Egress'], [])),
  }),
}).map(({ name, namespace, spec: body }) => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace }, spec: body }));

const cidrGroup = { apiVersion: 'cilium.io/v2', kind: 'CiliumCIDRGroup', metadata: { name: 'offices' }, spec: { externalCIDRs: ['198.51.100.0/24'] } };

/** Policies of one cluster; of two with one name the first is kept. */
const policies = fc.tuple(
  fc.array(fc.oneof({ weight: 3, arbitrary: ciliumPolicy }, { weight: 1, arbitrary: networkPolicy }), { maxLength: 5 }), fc.boolean(),
).map(([objects, group]) => {
  const byName = new Map([...objects].reverse().map(object => [`${object.kind}/${(object.metadata as any).namespace}/${object.metadata.name}`, object]));
  return [...byName.values(), ...group ? [cidrGroup] : []].map(object => JSON.stringify(object));
});

const pod = (cluster: string) => record({
  cluster: fc.constant(cluster),
  namespace: one(...NAMESPACES),
  namespaceLabels: maybe(one({ team: 'a' }, { team: 'b' })),
  labels: record({ 'app': one('web', 'db', 'y'), 'tier': maybe(one('1', '2')), 'pod-template-hash': maybe(fc.constant('1')) }),
  serviceAccount: maybe(fc.constant('web')),
  namedPorts: maybe(one<any>({ http: { port: 80, protocol: 'TCP' } }, { http: { port: 8080, protocol: 'TCP' }, dns: { port: 53, protocol: 'UDP' } })),
});

const OUTSIDE: Endpoint[] = [
  { id: 'world', entity: 'world' }, { id: 'host', entity: 'host' }, { id: 'remote-node', entity: 'remote-node' }, { id: 'apiserver', entity: 'kube-apiserver' },
  { id: 'api', ip: '192.0.2.7', fqdns: ['api.example.org'] }, { id: 'ip', ip: '192.0.2.200', fqdns: [] }, { id: 'office', ip: '198.51.100.1', fqdns: ['a.b.example.org'] },
];

const config: fc.Arbitrary<Config> = record({
  policyDefaultLocalCluster: fc.boolean(), enforcement: one('default', 'default', 'default', 'always', 'never'), enableIPv6: fc.boolean(),
});

/** A mesh with all flows between its endpoints on some ports. */
export const meshCase: fc.Arbitrary<Case> = fc.integer({ min: 1, max: 3 }).chain(count => {
  const names = CLUSTERS.slice(0, count);
  return fc.record({
    config,
    clusters: fc.tuple(...names.map((name, index) => fc.record({ name: fc.constant(name), id: fc.constant(index + 1), policies }))),
    pods: fc.tuple(...names.map(name => fc.array(pod(name), { minLength: 1, maxLength: 3 }))),
  });
}).map(({ config: settings, clusters, pods }) => {
  const endpoints: Endpoint[] = [...pods.flat().map((each, index) => ({ id: `pod-${index}`, ...each })), ...OUTSIDE];
  return { config: settings, clusters, endpoints, flows: allFlows(endpoints) };
});
