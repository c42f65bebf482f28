/**
 * CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies, with every feature that they have, valid and refused
 * ones.
 */
import * as fc from 'fast-check';
import { damaged, list, maybe, mostly, NAMESPACES, one, rare, record, some, weighted } from './arbitraries';
import {
  groupSelector,
  nodeSelector,
  peerSelector,
  reservedSelector,
  serviceSelector,
  subjectSelector,
} from './selectors';

type Direction = 'ingress' | 'egress';

/** What a version of Cilium lacks is there only seldom: as what it refuses. */
const since = (minor: number, first: number, weight: number) => (minor >= first ? weight : weight / 20);

function port(minor: number): fc.Arbitrary<any> {
  const extended = one('VRRP', 'IGMP', 'GRE', 'IPIP', 'IPV6', 'ESP', 'AH');
  return record({
    port: mostly<unknown>(
      one('80', '443', '8080', '53', '0', 'http', 'HTTP', 'dns', '0120', '1', '65535'),
      one<any>('70000', '8.5', '8_0', '080', '', '99999', 80, 'a-very-long-port-name', '-1', undefined),
    ),
    protocol: weighted<string | undefined>(
      [18, maybe(one('TCP', 'UDP', 'ANY', 'SCTP'))],
      [since(minor, 19, 1), extended],
      [0.3, one('tcp', 'ICMP')],
    ),
    endPort: weighted<unknown>(
      [since(minor, 16, 4) * 5, fc.constant(undefined)],
      [since(minor, 16, 4), one(90, 443, 9000, 10)],
      [0.1, one<any>(0, 70000, '90')],
    ),
  });
}

const extendedPort = record({
  port: maybe(one('0', '0', '80')),
  protocol: one('VRRP', 'IGMP', 'GRE', 'IPIP', 'IPV6', 'ESP', 'AH', 'TCP'),
});

const tcpPort = (minor: number) =>
  record({
    port: one('80', '443', '8080', 'http', '1'),
    protocol: fc.constant('TCP'),
    endPort: weighted<unknown>([12, fc.constant(undefined)], [since(minor, 16, 1), one(90, 9000)]),
  });

const httpRule = mostly<any>(
  fc.oneof(
    one<any>(
      {},
      { method: 'GET' },
      { method: 'GET|PUT' },
      { path: '/x.*' },
      { path: '/v1/[a-z]+' },
      { path: '/v1|/v2' },
      { host: 'example.org' },
      { host: 'example[.]org', method: 'GET' },
      { headers: ['X-Key: true'] },
      { headers: ['x-key'] },
      { headerMatches: [{ name: 'X-Key' }] },
      { headerMatches: [{ name: 'X-Key', value: 'true' }] },
      { path: '(?i)/V1' },
      { method: 'P[UO].*' },
    ),
    one<any>(
      { headerMatches: [{ name: 'X-Key', value: 'true', mismatch: 'LOG' }] },
      { headerMatches: [{ name: 'X-Key', secret: { name: 's' } }] },
      { path: '/é+' },
      { path: '\\Q/a.b\\E' },
      { path: '[[:alpha:]/]+' },
    ),
  ),
  one<any>(
    { path: '((' },
    { method: '*' },
    { host: '((' },
    { headerMatches: [{ name: 'x', mismatch: 'EXPLODE' }] },
    { path: '/(?=x)' },
    { path: '/x{2,1}' },
    { path: 'a**' },
    { path: '\\p{Greek}+' },
    { headerMatches: [{ name: '' }] },
    { headerMatches: [{ value: 'x' }] },
    { headers: [5] },
    { headerMatches: [{ name: 'x', secret: {} }] },
    { headerMatches: [{ name: 'x', secret: { name: '' } }] },
  ),
);

const fqdn = mostly<any>(
  one<any>(
    { matchName: 'api.example.org' },
    { matchName: 'API.example.org.' },
    { matchPattern: '*.example.org' },
    { matchPattern: '*' },
    { matchPattern: '**.example.org' },
    { matchPattern: '***.example.org' },
    { matchPattern: 'a*i.example.org' },
    { matchPattern: '*' },
    { matchPattern: 'a**i.*.org' },
    { matchPattern: '*.*.example.org' },
    { matchPattern: '**' },
    { matchPattern: 'api.**.org.' },
    { matchPattern: 'api.*' },
    { matchPattern: '*.*.org' },
    { matchPattern: '*api*' },
    { matchPattern: '*.b.*.org' },
    { matchName: 'a.b.example.org' },
    { matchPattern: 'example.org' },
  ),
  one<any>(
    {},
    { matchName: 'a b' },
    { matchName: 'a..b' },
    { matchName: 'x.org', matchPattern: '*' },
    { matchName: '' },
    { matchPattern: '' },
    { matchName: `${'a'.repeat(256)}` },
    { matchPattern: 'a[b]' },
    { matchName: '*.x' },
  ),
  40,
);

const tls = (names: string[]) =>
  mostly<any>(
    one(...names).map(name => ({ secret: { name, namespace: 'default' } })),
    one<any>({}, { secret: {} }, { secret: { name: 'x' }, trustedCA: 'ca' }),
    20,
  );

const listener = (minor: number) =>
  mostly<any>(
    record({
      envoyConfig: record({
        kind: maybe(one('CiliumEnvoyConfig', 'CiliumClusterwideEnvoyConfig')),
        name: one('envoy', 'other'),
      }),
      name: one('listener', 'second'),
      priority: weighted<unknown>([2, fc.constant(undefined)], [since(minor, 16, 2), one(1, 50)]),
    }),
    one<any>(
      { name: 'x' },
      { envoyConfig: { name: '' }, name: 'x' },
      { envoyConfig: { name: 'x' }, name: 'x', priority: 101 },
    ),
    20,
  );

function toPorts(direction: Direction, deny: boolean, minor: number): fc.Arbitrary<any[]> {
  const plain = port(minor);
  const tcp = tcpPort(minor);
  const http = fc.record({ http: list(httpRule, 2) });
  const dns = fc.record({ dns: list(fqdn, 2) });
  const dnsPort = record({ port: one('53', '80', '8080', 'http', 'dns'), protocol: one('UDP', 'TCP', 'ANY') });
  return list(
    weighted<any>(
      [50, record({ ports: maybe(list(plain, 3)) })],
      [since(minor, 19, 3), record({ ports: list(extendedPort, 2) })],
      [0.3, record({ ports: fc.constant(Array(41).fill({ port: '80' })) })],
      ...(deny
        ? ([[0.5, record({ ports: list(plain), rules: http })]] as Array<[number, fc.Arbitrary<any>]>)
        : ([
          [20, record({ ports: list(tcp), rules: http })],
          [3, record({ ports: list(plain), rules: http })],
          [direction === 'egress' ? 16 : 0.5, record({ ports: list(dnsPort), rules: dns })],
          [
            5,
            record({
              ports: list(tcp),
              serverNames: mostly(
                one(['example.org'], ['*.example.org'], ['example.org', 'a.b']),
                one<any>([], [''], ['a', 'a'], ['a b'], ['**.x.org', 'a*']),
              ),
            }),
          ],
          [
            3,
            record({
              ports: list(tcp),
              serverNames: maybe(one(['example.org'])),
              terminatingTLS: maybe(tls(['one', 'two'])),
              originatingTLS: maybe(tls(['one', 'two'])),
              rules: maybe(http),
            }),
          ],
          [direction === 'egress' ? 5 : 0.3, record({ ports: list(plain), listener: listener(minor) })],
          [
            since(21 - minor, 2, 2),
            record({
              ports: list(tcp),
              rules: one<any>(
                { kafka: [{ topic: 'x' }] },
                { kafka: [{}] },
                { l7proto: 'r2d2', l7: [{ cmd: 'READ' }] },
                { l7proto: 'r2d2' },
              ),
            }),
          ],
          [
            0.5,
            record({
              ports: list(tcp),
              rules: one<any>(
                {},
                { kafka: [{ role: 'produce', apiKey: 'fetch' }] },
                { l7: [{}] },
                { http: [{}], dns: [{ matchPattern: '*' }] },
              ),
              listener: maybe(listener(minor)),
            }),
          ],
        ] as Array<[number, fc.Arbitrary<any>]>)),
    ),
  );
}

const icmps = (minor: number) =>
  list(
    record({
      fields: maybe(
        list(
          mostly<any>(
            one<any>(
              { type: 8 },
              { family: 'IPv4', type: 8 },
              { family: 'IPv6', type: 128 },
              { type: 0 },
              { type: 13 },
              ...(minor >= 16
                ? [
                  { type: 'EchoReply' },
                  { type: 'EchoRequest' },
                  { type: '8' },
                  { family: 'IPv6', type: 'EchoRequest' },
                ]
                : []),
            ),
            one<any>(
              { family: 'IPv6', type: 'Redirect' },
              { type: 300 },
              { type: -1 },
              { type: 'ExtendedEchoReply' },
              { type: 'ExtendedEcho Reply' },
              { type: '08' },
              {},
              { type: 'PacketTooBig' },
              { type: 70000 },
              { type: 3e9 },
              { type: '' },
            ),
            15,
          ),
        ),
      ),
    }),
    1,
  );

const cidr = mostly(
  one(
    '192.0.2.0/24',
    '10.0.0.0/8',
    '192.0.2.7/32',
    '0.0.0.0/0',
    '::/0',
    '2001:db8::/32',
    '192.0.2.9/24',
    '172.18.0.0/16',
  ),
  one<unknown>('010.0.0.0/8', '10.0.0.0/33', '192.0.2.7', 'x', '', 5, '10.0.0.0/08', '::ffff:10.0.0.0/104'),
  40,
);

function cidrRule(minor: number): fc.Arbitrary<any> {
  return weighted<any>(
    [4, record({ cidr })],
    [
      12,
      one<any>(
        { cidr: '192.0.2.0/24', except: ['192.0.2.0/28'] },
        { cidr: '0.0.0.0/0', except: ['192.0.2.0/24'] },
        { cidr: '172.18.0.0/16', except: ['172.18.0.3/32'] },
        { cidr: '::/0', except: [] },
        { cidrGroupRef: 'offices' },
        { cidrGroupRef: 'labs' },
        { cidrGroupRef: 'missing' },
      ),
    ],
    [
      since(minor, 16, 3),
      one<any>(
        { cidrGroupRef: 'offices', except: ['198.51.100.0/28'] },
        { cidrGroupRef: 'labs', except: ['192.0.2.0/28'] },
      ),
    ],
    [
      since(minor, 17, 6),
      record({ cidrGroupSelector: groupSelector, except: rare(one(['192.0.2.0/28'], ['198.51.100.1/32'])) }),
    ],
    [
      1,
      one<any>(
        { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] },
        { cidr: '10.0.0.0/8', except: ['10.0.0.0/4'] },
        {},
        { cidr: '10.0.0.0/8', cidrGroupRef: 'x' },
        { cidrGroupRef: 'X_Y' },
        { cidr: '10.0.0.0/8', except: ['x'] },
      ),
    ],
  );
}

const serviceReference = weighted<any>(
  [
    6,
    record({
      k8sService: record({
        serviceName: one('base', 'ext', 'none', 'nothing'),
        namespace: maybe(one('default', 'shop')),
      }),
    }),
  ],
  [
    6,
    record({ k8sServiceSelector: record({ selector: serviceSelector, namespace: rare(one('default', 'shop'), 3) }) }),
  ],
  [
    1,
    one<any>(
      {},
      { k8sService: {}, k8sServiceSelector: { selector: { matchLabels: { tier: '1' } } } },
      { k8sService: { serviceName: 'base' }, x: 1 },
      { k8sServiceSelector: {} },
      { k8sService: {} },
    ),
  ],
);

const group = one<any>({ aws: { region: 'us-west-1' } }, { aws: { securityGroupsIds: ['x'], labels: { a: 'b' } } }, {});

export function rule(direction: Direction, deny: boolean, minor: number): fc.Arbitrary<any> {
  const prefix = direction === 'egress' ? 'to' : 'from';
  const of = (field: string, items: fc.Arbitrary<any>, length?: number) =>
    list(items, length).map(value => ({ [field]: value }));
  const entity = mostly(
    one(
      'all',
      'world',
      'cluster',
      'host',
      'remote-node',
      'kube-apiserver',
      'ingress',
      'health',
      'init',
      'unmanaged',
      'none',
      ...(minor >= 20 ? ['cluster-mesh'] : []),
    ),
    one<unknown>('cluster-mesh', 'world-ipv4', 'death-star', ''),
    40,
  );
  const peers = weighted<any>(
    [30, fc.constant({})],
    [80, of(`${prefix}Endpoints`, weighted<any>([8, peerSelector], [2, reservedSelector]))],
    [30, of(`${prefix}Entities`, entity)],
    [20, of(`${prefix}CIDR`, cidr)],
    [25, of(`${prefix}CIDRSet`, cidrRule(minor))],
    [
      since(minor, 16, 8),
      of(
        `${prefix}Nodes`,
        weighted<any>(
          [12, nodeSelector],
          [
            1,
            one<any>(
              { matchLabels: { app: 'web' } },
              { matchExpressions: [{ key: 'reserved:host', operator: 'Exists' }] },
              { matchLabels: { 'a b': '' } },
            ),
          ],
        ),
        1,
      ),
    ],
    [since(minor, 16, 6), of(`${prefix}Groups`, group)],
    [2, fc.constant({ [`${prefix}Requires`]: [] })],
    [minor < 19 ? 4 : 0.3, some(peerSelector, 1).map(value => ({ [`${prefix}Requires`]: value }))],
    [
      minor < 19 ? 3 : 0.2,
      fc
        .tuple(some(peerSelector, 1), some(peerSelector, 1))
        .map(([requires, endpoints]) => ({ [`${prefix}Requires`]: requires, [`${prefix}Endpoints`]: endpoints })),
    ],
    [direction === 'egress' ? 25 : 0.3, of('toServices', serviceReference)],
    [direction === 'egress' ? (deny ? 0.5 : 20) : 0.3, of('toFQDNs', fqdn)],
    [
      4,
      fc
        .tuple(list(peerSelector, 1), list(entity, 1))
        .map(([endpoints, entities]) => ({ [`${prefix}Endpoints`]: endpoints, [`${prefix}Entities`]: entities })),
    ],
    [
      direction === 'egress' ? 3 : 0,
      fc
        .tuple(
          list(serviceReference, 1),
          one<any>({ toEndpoints: [] }, { toCIDRSet: [] }, { toCIDRSet: [{ cidrGroupRef: 'missing' }] }),
        )
        .map(([toServices, other]) => ({ toServices, ...other })),
    ],
  );
  const layer4 = weighted<any>(
    [40, fc.constant({})],
    [60, toPorts(direction, deny, minor).map(value => ({ toPorts: value }))],
    [10, icmps(minor).map(value => ({ icmps: value }))],
    [1, icmps(minor).map(value => ({ icmps: value, toPorts: [{ ports: [{ port: '80' }] }] }))],
  );
  const authentication = mostly<any>(
    fc.constant({}),
    one('required', 'disabled', 'test-always-fail', 'sometimes').map(mode => ({ authentication: { mode } })),
    deny ? 200 : 6,
  );
  const anyRule = fc.tuple(peers, layer4, authentication).map(parts => Object.assign({}, ...parts));
  return weighted<any>([12, anyRule], [1, clashing(direction, deny, minor)]);
}

/** Rules on one peer and port that cannot be merged with each other: the whole policy of the endpoint then fails. */
function clashing(direction: Direction, deny: boolean, minor: number): fc.Arbitrary<any> {
  const field = direction === 'egress' ? 'to' : 'from';
  const ports = [{ port: '80', protocol: 'TCP' }];
  const peers = one<any>(
    { [`${field}Endpoints`]: [{}] },
    { [`${field}Endpoints`]: [{}] },
    { [`${field}Entities`]: ['none'] },
    { [`${field}Endpoints`]: [{ matchLabels: { 'reserved:host': '' } }] },
    { [`${field}Entities`]: ['host'] },
  );
  const secret = (name: string) => ({ secret: { name } });
  const listeners = [
    ['envoy', undefined],
    ['other', undefined],
    ...(minor >= 16
      ? [
        ['envoy', 1],
        ['other', 1],
        ['other', 2],
      ]
      : []),
  ].map(([name, priority]) => ({
    ports,
    listener: { envoyConfig: { name }, name: 'l', ...(priority === undefined ? {} : { priority }) },
  }));
  const items: any[] = [
    { ports },
    { ports, rules: { http: [{ method: 'GET' }] } },
    { ports, rules: { http: [{ path: '/x' }] } },
    { ports, serverNames: ['example.org'] },
    { ports, terminatingTLS: secret('a') },
    { ports, terminatingTLS: secret('b') },
    { ports, originatingTLS: secret('a') },
    { ports, serverNames: ['a.b'], terminatingTLS: secret('a'), rules: { http: [{ method: 'PUT' }] } },
    ...(direction === 'egress' ? [{ ports, rules: { dns: [{ matchPattern: '*' }] } }, ...listeners] : []),
    ...(minor < 20
      ? [
        { ports, rules: { kafka: [{ topic: 'x' }] } },
        { ports, rules: { l7proto: 'r2d2' } },
      ]
      : []),
  ];
  return fc
    .tuple(
      peers,
      deny
        ? one<any>({}, { toPorts: [{ ports }] })
        : fc.oneof(
          one(...items).map(item => ({ toPorts: [item] })),
          one('required', 'disabled').map(mode => ({ authentication: { mode } })),
          one('required', 'disabled').map(mode => ({ toPorts: [{ ports }], authentication: { mode } })),
        ),
    )
    .map(parts => Object.assign({}, ...parts));
}

function spec(minor: number): fc.Arbitrary<any> {
  const anySpec = record({
    endpointSelector: subjectSelector,
    ingress: maybe(list(rule('ingress', false, minor))),
    egress: maybe(list(rule('egress', false, minor))),
    ingressDeny: rare(list(rule('ingress', true, minor), 1)),
    egressDeny: rare(list(rule('egress', true, minor), 1)),
    enableDefaultDeny: rare(
      record({ ingress: maybe(fc.boolean()), egress: maybe(fc.boolean()) }),
      minor >= 16 ? 6 : 100,
    ),
    description: rare(fc.constant('x'), 20),
    labels: rare(one<any>([{ key: 'a' }], [{}]), 60),
    log: rare(one<any>({ value: 'x' }, { value: 'y'.repeat(33) }, {}), minor >= 18 ? 30 : 200),
  });
  const clashingSpec = fc.record({
    endpointSelector: fc.constant({}),
    ingress: some(clashing('ingress', false, minor), 3),
    ingressDeny: list(clashing('ingress', true, minor), 1),
    egress: some(clashing('egress', false, minor), 3),
    egressDeny: list(clashing('egress', true, minor), 1),
  });
  const authenticatingSpec = record({
    endpointSelector: fc.constant({}),
    ingress: some(authenticating('ingress'), 4),
    egress: some(authenticating('egress'), 4),
    log: rare(one<any>({ value: 'x' }, { value: 'y' }), minor >= 18 ? 3 : 200),
  });
  return weighted<any>([18, anySpec], [2, clashingSpec], [1, authenticatingSpec]);
}

/** Rules that overlap in peers and ports, some of which require authentication: Cilium's order may decide. */
function authenticating(direction: Direction): fc.Arbitrary<any> {
  const field = direction === 'egress' ? 'to' : 'from';
  const peers = one<any>(
    {},
    { [`${field}Endpoints`]: [{}] },
    { [`${field}Endpoints`]: [{ matchLabels: { app: 'web' } }] },
    { [`${field}Entities`]: ['all'] },
    { [`${field}Entities`]: ['cluster'] },
    { [`${field}Entities`]: ['world'] },
  );
  const ports = (...items: any[]) => ({ toPorts: [{ ports: items }] });
  const tcp = (first: string, endPort?: number) => ({
    port: first,
    protocol: 'TCP',
    ...(endPort ? { endPort } : {}),
  });
  const layer4 = one<any>(
    {},
    ports(tcp('0')),
    ports(tcp('80')),
    ports(tcp('80'), tcp('443')),
    ports(tcp('64', 127)),
    ports(tcp('80', 90)),
    ports({ port: '53', protocol: 'UDP' }),
    { toPorts: [{ ports: [tcp('80')], rules: { http: [{ method: 'GET' }] } }] },
    ...(direction === 'egress'
      ? [{ toPorts: [{ ports: [{ port: '53', protocol: 'UDP' }], rules: { dns: [{ matchPattern: '*' }] } }] }]
      : []),
  );
  const mode = one<any>({}, {}, { authentication: { mode: 'required' } });
  return fc.tuple(peers, layer4, mode).map(parts => Object.assign({}, ...parts));
}

function nodeSpec(minor: number): fc.Arbitrary<any> {
  return record({
    nodeSelector: subjectSelector,
    endpointSelector: rare(subjectSelector),
    ingress: maybe(list(rule('ingress', false, minor))),
    egressDeny: maybe(list(rule('egress', true, minor), 1)),
  });
}

/** Policies of hosts. */
export function hostPolicy(minor: number): fc.Arbitrary<any> {
  return fc.record({
    apiVersion: fc.constant('cilium.io/v2'),
    kind: fc.constant('CiliumClusterwideNetworkPolicy'),
    metadata: fc.record({ name: one('host', 'hosts') }),
    spec: record({
      nodeSelector,
      ingress: maybe(list(rule('ingress', false, minor))),
      egress: maybe(list(rule('egress', false, minor))),
      ingressDeny: rare(list(rule('ingress', true, minor), 1)),
      egressDeny: rare(list(rule('egress', true, minor), 1)),
      enableDefaultDeny: rare(
        record({ ingress: maybe(fc.boolean()), egress: maybe(fc.boolean()) }),
        minor >= 16 ? 6 : 100,
      ),
    }),
  });
}

/**
 * Policies that select many pods and send much of what they allow through proxies, so that these have something to
 * decide.
 */
export function proxiedPolicy(minor: number): fc.Arbitrary<any> {
  const peers = (field: string) =>
    one<any>(
      {},
      {},
      { [`${field}Endpoints`]: [{}] },
      { [`${field}Endpoints`]: [{ matchLabels: { app: 'web' } }] },
      { [`${field}Endpoints`]: [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'db'] }] }] },
      { [`${field}Entities`]: ['all'] },
      { [`${field}Entities`]: ['cluster', 'host'] },
      { [`${field}Entities`]: ['world'] },
      { [`${field}CIDR`]: ['192.0.2.0/24'] },
      { [`${field}Entities`]: ['host'] },
      // names need a DNS rule of the same pods
      ...(field === 'to'
        ? [
          { toFQDNs: [{ matchPattern: '*.example.org' }] },
          { toFQDNs: [{ matchName: 'api.example.org' }, { matchPattern: 'a*i.*.org' }] },
          { toEndpoints: [{ matchLabels: { 'k8s-app': 'kube-dns', 'io.kubernetes.pod.namespace': 'kube-system' } }] },
        ]
        : []),
    );
  const http = record({ ports: some(tcpPort(minor), 1), rules: maybe(fc.record({ http: some(httpRule, 2) })) });
  const dns = record({
    ports: some(
      record({
        port: weighted<string>([8, fc.constant('53')], [1, one('dns', 'http')]),
        protocol: one('UDP', 'ANY', 'TCP'),
      }),
      1,
    ),
    rules: weighted<any>([4, fc.record({ dns: some(fqdn, 2) })], [1, fc.constant(undefined)]),
  });
  const rules = (direction: Direction) => {
    const proxied = direction === 'ingress' ? http : fc.oneof(http, dns);
    const layer4 = weighted<any>([6, some(proxied, 2).map(value => ({ toPorts: value }))], [1, fc.constant({})]);
    return some(
      fc.tuple(peers(direction === 'egress' ? 'to' : 'from'), layer4).map(parts => Object.assign({}, ...parts)),
      3,
    );
  };
  return fc.record({
    apiVersion: fc.constant('cilium.io/v2'),
    kind: fc.constant('CiliumClusterwideNetworkPolicy'),
    metadata: fc.record({ name: one('proxied', 'more') }),
    spec: record({
      endpointSelector: weighted<any>([3, fc.constant({})], [1, subjectSelector]),
      ingress: maybe(rules('ingress')),
      egress: maybe(rules('egress')),
      enableDefaultDeny: rare(fc.constant({ ingress: false, egress: false }), minor >= 16 ? 8 : 100),
    }),
  });
}

export function ciliumPolicy(minor: number): fc.Arbitrary<any> {
  const whole = fc
    .record({
      clusterwide: fc.nat(4),
      name: mostly<string>(one('p', 'q', 'r', 's'), one('X_Y', ''), 100),
      namespace: one(...NAMESPACES),
      several: fc.nat(12),
      spec: weighted<any>([24, spec(minor)], [1, nodeSpec(minor)]),
      specs: some(spec(minor), 2),
    })
    .map(({ clusterwide, name, namespace, several, spec: single, specs }) => ({
      apiVersion: 'cilium.io/v2',
      ...(clusterwide === 0
        ? { kind: 'CiliumClusterwideNetworkPolicy', metadata: { name } }
        : { kind: 'CiliumNetworkPolicy', metadata: { name, namespace } }),
      ...(several === 0 ? { specs } : several === 1 ? { spec: single, specs } : { spec: single }),
    }));
  return weighted<any>([16, whole], [1, damaged(whole)]);
}
