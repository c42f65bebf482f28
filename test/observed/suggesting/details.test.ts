/** What suggestions name: ports, requests, DNS names and addresses. */
import { policiesOfProgram } from './run-program';
import { evaluate, EvaluatedMesh } from '../../../src/evaluator';
import { Ends } from '../../../src/observed/flows/ends';
import { ObservedFlow } from '../../../src/observed/flows/observed-flow';
import { Recording } from '../../../src/observed/flows/recording';
import { unwrap } from '../../../src/observed/reading/envelopes';
import { constructProgram } from '../../../src/observed/suggesting/construct-program';
import { portsText, sideText } from '../../../src/observed/suggesting/evidence';
import { requestRules, requestTexts } from '../../../src/observed/suggesting/requests';
import { suggest, Suggestion } from '../../../src/observed/suggesting/suggestion';

const deployment = (name: string, ports: readonly object[] = []) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop' },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: name, ports }] } },
  },
});

const egress = (name: string, rules: readonly object[]) => ({
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumNetworkPolicy',
  metadata: { name, namespace: 'shop' },
  spec: { endpointSelector: { matchLabels: { app: name } }, egress: rules, ingress: [{}] },
});

function meshOf(objects: readonly object[], ciliumVersion?: string): EvaluatedMesh {
  return evaluate({
    clusters: ['paris', 'lyon'].map((name, index) => ({
      name,
      id: index + 1,
      ...(ciliumVersion === undefined ? {} : { ciliumVersion }),
      manifests: [{ file: 'm', objects }],
    })),
  }).mesh;
}

const pod = (name: string, isLocal: boolean = true, cluster: string = 'paris') => ({
  ...(isLocal ? { ID: 1 } : {}),
  cluster_name: cluster,
  namespace: 'shop',
  labels: [
    `k8s:app=${name}`,
    'k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=shop',
    `k8s:io.cilium.k8s.policy.cluster=${cluster}`,
    'k8s:io.cilium.k8s.policy.serviceaccount=default',
    'k8s:io.kubernetes.pod.namespace=shop',
  ],
});
const WORLD = { labels: ['reserved:world'] };
const ARRIVED = { verdict: 'FORWARDED', event_type: { type: 4 }, trace_observation_point: 'TO_ENDPOINT' };
const LEFT = { verdict: 'FORWARDED', event_type: { type: 4 }, trace_observation_point: 'TO_STACK' };
const REDIRECTED = { verdict: 'REDIRECTED', event_type: { type: 5 }, traffic_direction: 'INGRESS' };
const request = (method: string, url: string, verdict: string = 'FORWARDED') => ({
  verdict,
  Type: 'L7',
  event_type: { type: 129 },
  traffic_direction: 'INGRESS',
  l7: { type: 'REQUEST', http: { method, url } },
});

/** A record of TCP to a port. */
const record = (source: object, destination: object, port: number, fields: object, to: string = '10.1.0.2') => ({
  time: '2026-03-20T09:00:00Z',
  IP: { source: '10.1.0.1', destination: to },
  l4: { TCP: { source_port: 40_000, destination_port: port, flags: { SYN: true } } },
  source,
  destination,
  is_reply: false,
  node_name: 'paris/a',
  ...fields,
});

function flowsOf(mesh: EvaluatedMesh, records: readonly object[]): ObservedFlow[] {
  const recording = new Recording(new Ends([mesh]));
  records.forEach(flow => unwrap({ flow }, item => recording.add(item)));
  return recording.finish();
}

function suggestion(mesh: EvaluatedMesh, records: readonly object[], http: boolean = false): Suggestion {
  return suggest(mesh, flowsOf(mesh, records), { chosen: mesh.workloads, byWorkload: false, audited: false, http });
}

const textsOf = ({ statements }: Suggestion) =>
  statements.map(({ sources, destinations, ports, requests }) => [
    `${sideText(sources, 2)} -> ${sideText(destinations, 2)} ${portsText(ports)}`,
    ...(requests ? requestTexts(requests) : []),
  ]);

/** The policies, which the constructs write too. */
function written(mesh: EvaluatedMesh, suggested: Suggestion): any[] {
  const objects = suggested.policies.filter(({ cluster }) => cluster === 'paris').map(({ object }) => object);
  const byName = (all: readonly any[]) =>
    [...all].sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  expect(byName(policiesOfProgram(constructProgram(suggested, []), mesh).get('paris')!)).toEqual(byName(objects));
  return objects;
}

describe('ports', () => {
  const objects = [
    deployment('web'),
    deployment('api', [{ name: 'http', containerPort: 8080 }, { name: 'metrics', containerPort: 9090 }]),
    deployment('db', [{ name: 'sql', containerPort: 8080 }]),
  ];
  const records = [8080, 7000].map(port => record(pod('web', false), pod('api'), port, ARRIVED));

  test('have the name that all pods of the destination give them, where rules of both directions know names', () => {
    const mesh = meshOf(objects);
    const suggested = suggestion(mesh, records);
    expect(textsOf(suggested)).toEqual([['shop/web in paris -> shop/api in paris TCP/7000, TCP/8080 (http)']]);
    const [, ingress] = written(mesh, suggested).filter(({ metadata }) => metadata.name.startsWith('shop-web'));
    expect(ingress.spec.ingress[0].toPorts).toEqual([
      { ports: [{ port: '7000', protocol: 'TCP' }, { port: 'http', protocol: 'TCP' }] },
    ]);
    expect(suggested.opened).toEqual([]);
  });

  test('are numbers where the clusters know no names on egress', () => {
    expect(textsOf(suggestion(meshOf(objects, '1.19.3'), records))).toEqual([
      ['shop/web in paris -> shop/api in paris TCP/7000, TCP/8080'],
    ]);
  });

  test('are numbers where destinations give them other names', () => {
    const both = [...records.slice(0, 1), record(pod('web', false), pod('db'), 8080, ARRIVED)];
    expect(textsOf(suggestion(meshOf(objects), both))).toEqual([
      ['shop/web in paris -> shop/api in paris; shop/db in paris TCP/8080'],
    ]);
  });
});

describe('requests', () => {
  const objects = [deployment('web'), deployment('api', [{ containerPort: 8080 }])];
  const to = (fields: object) => record(pod('web', false), pod('api'), 8080, fields);
  const proxied = [
    to(REDIRECTED),
    to(request('GET', 'http://api.shop/v1/carts/17?token=secret')),
    to(request('GET', 'http://api.shop/v1/carts/18')),
    to(request('GET', '/v1/users/4bf92f35-77b3-4da6-a3ce-929d0e0e4736/a.b')),
    to(request('DELETE', 'http://api.shop/v1/carts/17', 'DROPPED')),
  ];
  const RULES = [
    { method: 'GET', path: '/v1/carts/[0-9]+(\\?.*)?' },
    { method: 'GET', path: '/v1/users/[0-9a-fA-F-]{36}/a\\.b(\\?.*)?' },
  ];

  test('that a proxy let through are the only ones with http', () => {
    const mesh = meshOf(objects);
    const suggested = suggestion(mesh, proxied, true);
    const [out, into] = written(mesh, suggested).filter(({ metadata }) => metadata.name.startsWith('shop-web'));
    expect(out.spec.egress[0].toPorts).toEqual([{ ports: [{ port: '8080', protocol: 'TCP' }] }]);
    expect(into.spec.ingress[0].toPorts).toEqual([{ ports: [{ port: '8080', protocol: 'TCP' }], rules: { http: RULES } }]);
    expect([suggested.left, suggested.opened]).toEqual([[], []]);
    expect(JSON.stringify(suggested.policies)).not.toContain('secret');
  });

  test.each<[string, readonly object[], boolean]>([
    ['without http', proxied, false],
    ['if a connection did not pass the proxy', [...proxied, to({ ...REDIRECTED, verdict: 'FORWARDED' })], true],
    ['if a request was recorded without its text', [...proxied, to(request('GET', ''))], true],
    ['if none was let through', [to(ARRIVED), ...proxied.slice(4)], true],
  ])('are all allowed %s', (_, records, http) => {
    expect(textsOf(suggestion(meshOf(objects), records, http))).toEqual([
      ['shop/web in paris -> shop/api in paris TCP/8080'],
    ]);
  });

  const limited = {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'api', namespace: 'shop' },
    spec: {
      endpointSelector: { matchLabels: { app: 'api' } },
      ingress: [
        {
          fromEndpoints: [{ matchLabels: { app: 'web' } }],
          toPorts: [{ ports: [{ port: '8080', protocol: 'TCP' }], rules: { http: [{ path: '/v1/carts/.*' }] } }],
        },
      ],
    },
  };

  test('that a rule of the mesh would deny are added, and no others', () => {
    const suggested = suggestion(meshOf([...objects, limited]), proxied);
    expect(textsOf(suggested)).toEqual([
      ['shop/web in paris -> shop/api in paris TCP/8080', ...RULES.map(({ path }) => `GET ${path}`)],
    ]);
    expect(suggested.left).toEqual([]);
    const allowed = suggestion(suggested.after, [...proxied, to(request('GET', '/v2'))]);
    expect(textsOf(allowed)).toEqual([['shop/web in paris -> shop/api in paris TCP/8080', 'GET /v2(\\?.*)?']]);
  });

  const atSource = egress('web', [
    {
      toEndpoints: [{ matchLabels: { app: 'api' } }],
      toPorts: [{ ports: [{ port: '8080', protocol: 'TCP' }], rules: { http: [{ path: '/v1/carts/.*' }] } }],
    },
  ]);

  test('that a proxy of the source would deny are left to a person where the destination allows all', () => {
    const open = {
      ...limited,
      spec: { ...limited.spec, ingress: [{ fromEntities: ['all'] }] },
    };
    const suggested = suggestion(meshOf([...objects, atSource, open]), proxied);
    expect(suggested.left.map(({ reason }) => reason)).toEqual(['requests']);
    expect(suggested.statements).toEqual([]);
  });

  test('that a proxy of the source would deny are added at the destination, which allows nothing yet', () => {
    const suggested = suggestion(meshOf([...objects, atSource]), proxied);
    expect(textsOf(suggested)).toEqual([
      ['shop/web in paris -> shop/api in paris TCP/8080', ...RULES.map(({ path }) => `GET ${path}`)],
    ]);
    expect(suggested.left).toEqual([]);
  });

  test('that are not known are left to a person where a rule of one end allows some only', () => {
    const suggested = suggestion(meshOf([...objects, limited]), [to(ARRIVED)]);
    expect(suggested.left.map(({ reason }) => reason)).toEqual(['requests']);
  });

  test.each([
    ['GET /', 'GET /(\\?.*)?'],
    ['POST http://shop.example/pkg.Cart/Add', 'POST /pkg\\.Cart/Add(\\?.*)?'],
    ['GET /a(b)*[c]{2}^$|+\\?x=1', 'GET /a\\(b\\)\\*\\[c\\]\\{2\\}\\^\\$\\|\\+\\\\(\\?.*)?'],
    ['GET /static/cafe/deadbeef/0a1b2c3d4e5f', 'GET /static/cafe/deadbeef/[0-9a-fA-F]+(\\?.*)?'],
    ['DNS api.shop.svc', 'DNS api.shop.svc'],
  ])('%s becomes %s', (text, rule) => {
    expect(requestTexts(requestRules([text])!)).toEqual([rule]);
  });

  test.each(['GET /ü', 'CONNECT', 'DNS a b', 'DNS *'])('%s becomes no rule', text => {
    expect(requestRules([text])).toBeUndefined();
  });
});

describe('Services', () => {
  const service = (name: string, ports: readonly object[], global: boolean = true) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: 'shop',
      annotations: global ? { 'service.cilium.io/global': 'true' } : {},
    },
    spec: { selector: { app: 'api' }, ports },
  });
  const objects = [deployment('web'), deployment('api', [{ name: 'http', containerPort: 8080 }])];
  const clusters = ['paris', 'lyon'];
  const records = clusters.flatMap(from =>
    clusters.map(to => record(pod('web', false, from), pod('api', true, to), 8080, ARRIVED)),
  );
  const programOf = (mesh: EvaluatedMesh, seen: readonly object[]) => {
    const suggested = suggestion(mesh, seen);
    written(mesh, suggested);
    return constructProgram(suggested, []);
  };

  test('are the destinations that their clients reach: the same pods, clusters and ports', () => {
    const program = programOf(meshOf([...objects, service('api', [{ port: 80, targetPort: 'http' }])]), records);
    expect(program).toContain(
      [
        "    const serviceShopApi = new ServiceReference(this, 'service-shop-api', {",
        "      name: 'api',",
        "      namespace: 'shop',",
        "      selector: { 'app': 'api' },",
        "      podPorts: [Port.named('http')],",
        '    });',
      ].join('\n'),
    );
    expect(program).toContain(
      ['      sources: [shopWeb],', '      destinations: [serviceShopApi],', '    });'].join('\n'),
    );
  });

  test.each<[string, object, readonly object[]]>([
    ['of other ports', service('api', [{ port: 80, targetPort: 'http' }, { port: 81 }]), records],
    ['of clusters that were not reached', service('api', [{ port: 80, targetPort: 'http' }]), [records[0], records[2]]],
    ['that other clusters do not reach', service('api', [{ port: 80, targetPort: 'http' }], false), records],
  ])('%s are none', (_, object, seen) => {
    expect(programOf(meshOf([...objects, object]), seen)).not.toContain('ServiceReference');
  });
});

describe('the outside', () => {
  const objects = [deployment('web'), deployment('api')];
  const answer = (client: string, name: string, ...ips: string[]) => ({
    ...record({ labels: ['reserved:host'] }, pod(client), 40_000, { verdict: 'FORWARDED', event_type: { type: 129 } }),
    l4: { UDP: { source_port: 53, destination_port: 40_000 } },
    Type: 'L7',
    is_reply: true,
    l7: { type: 'RESPONSE', dns: { query: `${name}.`, ips, rcode: 0 } },
  });
  const asked = (client: string, address: string) => record(pod(client), WORLD, 443, LEFT, address);

  test('has only the addresses that each pod connected to', () => {
    const suggested = suggestion(meshOf(objects), [asked('web', '203.0.113.5'), asked('api', '198.51.100.7')]);
    expect(textsOf(suggested)).toEqual([
      ['shop/api in paris -> world:198.51.100.7 TCP/443'],
      ['shop/web in paris -> world:203.0.113.5 TCP/443'],
    ]);
  });

  test('has the names that answers of DNS gave to the same pod', () => {
    const records = [
      asked('web', '203.0.113.5'),
      asked('web', '203.0.113.6'),
      asked('api', '203.0.113.5'),
      answer('web', 'Bank.example', '203.0.113.5', '203.0.113.9'),
    ];
    for (const each of [records, [...records].reverse()]) {
      expect(textsOf(suggestion(meshOf(objects), each))).toEqual(
        expect.arrayContaining([
          ['shop/api in paris -> world:203.0.113.5 TCP/443'],
          ['shop/web in paris -> fqdn:bank.example; world:203.0.113.6 TCP/443'],
        ]),
      );
    }
  });

  test('gets a rule that sends DNS through the proxy, where the policies of the pods have none', () => {
    const isolated = [egress('web', [{ toEndpoints: [{ matchLabels: { app: 'api' } }] }]), egress('api', [{}])];
    const mesh = meshOf([...objects, ...isolated]);
    const suggested = suggestion(mesh, [{ ...asked('web', '203.0.113.5'), destination_names: ['bank.example'] }]);
    const dns = written(mesh, suggested).find(({ metadata }) => metadata.name === 'dns-shop-web');
    expect(dns.spec).toEqual({
      description: 'DNS through the proxy',
      endpointSelector: { matchLabels: { app: 'web' } },
      egress: [
        {
          toEndpoints: [
            {
              matchLabels: {
                'k8s-app': 'kube-dns',
                'io.kubernetes.pod.namespace': 'kube-system',
                'io.cilium.k8s.policy.cluster': 'paris',
              },
            },
          ],
          toPorts: [
            { ports: [{ port: '53', protocol: 'UDP' }, { port: '53', protocol: 'TCP' }], rules: { dns: [{ matchPattern: '*' }] } },
          ],
        },
      ],
    });
    const again = suggest(suggested.after, flowsOf(suggested.after, []), {
      chosen: mesh.workloads,
      byWorkload: false,
      audited: false,
      http: false,
    });
    expect(again.policies).toEqual([]);
  });
});
