/** The matchers as tests of users have them. */
import * as path from 'path';
import { ApiObject } from 'cdk8s';
import { Shop } from './shop';
import { ClusterMesh, GlobalService, Port, Workload } from '../../src';
import { extend, MeshMatchers, meshOf, meshSerializer } from '../../src/testing';
import { temporaryFolder } from '../support/mesh';

declare global {
  namespace jest {
    interface Matchers<R> extends MeshMatchers<R> {}
  }
}
extend(expect);

const { mesh } = new Shop();

/** The message of a statement that does not hold. */
function failure(state: () => void): string {
  try {
    state();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the statement holds');
}

describe('toAllow and toDeny', () => {
  test('hold for all flows that they name', () => {
    expect(mesh).toAllow('shop/web@paris', 'shop/cart@*', { port: 8080 });
    expect(mesh).toAllow('shop/web@paris', 'shop/cart@lyon');
    expect(mesh).toAllow('shop/web@paris', 'svc/shop/cart');
    expect(mesh).toDeny('shop/cart@*', 'shop/web@paris', { port: 'all' });
    expect(mesh).toDeny('shop/web@paris', 'world:192.0.2.1', { port: 'TCP/443' });
  });

  test('decide requests', () => {
    expect(mesh).toAllow('shop/web@paris', 'shop/cart@*', { http: 'GET /cart' });
    expect(mesh).toDeny('shop/web@paris', 'shop/cart@*', { http: 'DELETE /cart' });
  });

  test('behind not: at least one flow has the other verdict', () => {
    expect(mesh).not.toDeny('shop/web@paris', 'shop/cart@lyon');
    expect(mesh).not.toAllow('shop/web@paris', 'shop/*', { port: 8080 });
    expect(failure(() => expect(mesh).not.toAllow('shop/web@paris', 'shop/cart@lyon'))).toBe(
      'expected that shop/web@paris -> shop/cart@lyon is not allowed, and it is',
    );
  });

  test('say what explain says of the flows that are others, with additions that work together', () => {
    const message = failure(() => expect(mesh).toAllow('shop/web@paris', 'shop/cart@*', { port: 'TCP/22' }));
    expect(message).toContain(`\
expected that shop/web@paris -> shop/cart@* TCP/22 is allowed:
  shop/web@paris -> shop/cart@lyon TCP/22: denied where allowed is expected
  shop/web@paris -> shop/cart@paris TCP/22: denied where allowed is expected

shop/web@paris -> shop/cart@lyon TCP/22: denied
  egress of shop/web@paris in paris: default-denied, no rule allows it, and default deny is enabled by
    CiliumNetworkPolicy shop/default-deny                 spec.egress[0]  dist/paris.k8s.yaml:49
    CiliumNetworkPolicy shop/web-to-cart-tcp-8080-egress  spec.egress[0]  dist/paris.k8s.yaml:89
    nearly:
      CiliumNetworkPolicy shop/web-to-cart-tcp-8080-egress spec.egress[0]  dist/paris.k8s.yaml:89: it matches shop/cart@lyon, but not TCP/22
`);
    expect(message.match(/^shop\/web@paris -> .*/gm)).toEqual([
      'shop/web@paris -> shop/cart@lyon TCP/22: denied',
      'shop/web@paris -> shop/cart@paris TCP/22: denied',
    ]);
    expect(message.match(/# the smallest addition, for .*|^ {4}name: .*|policy\.cluster: .*/gm)).toEqual([
      '# the smallest addition, for paris:',
      '    name: web-to-cart-egress',
      'policy.cluster: lyon',
      '# the smallest addition, for lyon:',
      '    name: web-to-cart-ingress',
      'policy.cluster: paris',
      '# the smallest addition, for paris:',
      '    name: web-to-cart-egress-paris-tcp-22',
      'policy.cluster: paris',
      '# the smallest addition, for paris:',
      '    name: web-to-cart-ingress',
      'policy.cluster: paris',
    ]);
  });

  test('print an addition for a request that layer 7 rules deny', () => {
    const message = failure(() => expect(mesh).toAllow('shop/web@paris', 'shop/cart@lyon', { http: 'DELETE /' }));
    expect(message).toContain('# the smallest addition, for lyon:');
    expect(message).toMatch(/http:\n +- method: DELETE\n +path: \/$/);
  });

  test('ask another version of Cilium', () => {
    expect(mesh).toAllow('shop/web@paris', 'shop/cart@lyon', { cilium: '1.16' });
  });
});

test.each([
  [
    'an unknown workload',
    () => expect(mesh).not.toAllow('shop/wb@paris', 'shop/cart@*'),
    '"shop/wb@paris" selects no workload (did you mean "shop/web@paris"?); write name@cluster, namespace/name, ' +
      'Kind/namespace/name (with * for any text), @cluster, or labels such as label:app=web@cluster',
  ],
  [
    'a name alone, of workloads in other namespaces',
    () => expect(mesh).not.toAllow('*@paris', 'shop/cart@*'),
    '"*@paris" selects no workload; write name@cluster, namespace/name, Kind/namespace/name (with * for any text), ' +
      '@cluster, or labels such as label:app=web@cluster; a name alone is of the namespace default: "*/*@paris" ' +
      'selects all namespaces',
  ],
  [
    'a destination without ports',
    () => expect(mesh).toDeny('shop/cart@paris', 'shop/web@paris'),
    "shop/web@paris declares no port; name one, such as { port: 'TCP/80' }",
  ],
  [
    'an invalid port',
    () => expect(mesh).not.toAllow('shop/web', 'shop/cart', { port: 'TCP/eighty' }),
    'port must be such as \'TCP/80\', \'TCP/8000-8099\', \'UDP\' or \'all\', got "TCP/eighty"',
  ],
  [
    'an invalid request',
    () => expect(mesh).not.toAllow('shop/web', 'shop/cart', { http: 'get /' }),
    'http must be such as \'GET /path\' or \'GET http://host/path\', got "get /"',
  ],
  [
    'an invalid version',
    () => expect(mesh).not.toAllow('shop/web', 'shop/cart', { cilium: '2.0' }),
    'cilium must be a version from 1.14 to 1.20, such as \'1.18\', got "2.0"',
  ],
  [
    'an unknown option',
    () => expect(mesh).not.toAllow('shop/web', 'shop/cart', { prt: 80 } as {}),
    'unknown option "prt" (did you mean "port"?); the options are port, http, cilium',
  ],
  [
    'no reference',
    () => expect(mesh).not.toAllow(undefined as any, 'shop/cart'),
    "from must be a reference such as 'shop/cart@paris', got nothing",
  ],
  [
    'no mesh',
    () => expect({}).not.toAllow('a', 'b'),
    'the mesh must be a ClusterMesh or meshOf(path), got {}',
  ],
  [
    'an unknown service',
    () => expect(mesh).not.toBalance('shop/crt', { paris: {} }),
    '"shop/crt": unknown service crt in namespace shop (did you mean "shop/cart"?); the services are shop/cart',
  ],
  [
    'an unknown cluster',
    () => expect(mesh).not.toBalance('shop/cart', { pars: {} }),
    'unknown cluster "pars" (did you mean "paris"?); the clusters are paris, lyon',
  ],
  [
    'shares of more than all',
    () => expect(mesh).not.toBalance('shop/cart', { paris: { paris: 0.9, lyon: 0.9 } }),
    'the shares of paris must be from 0 to 1 and their sum 1, or 0 without backends, got {"paris":0.9,"lyon":0.9}',
  ],
  [
    'shares in percent',
    () => expect(mesh).not.toBalance('shop/cart', { paris: { paris: 100 } }),
    'the shares of paris must be from 0 to 1 and their sum 1, or 0 without backends, got {"paris":100}',
  ],
  [
    'no balance',
    () => expect(mesh).not.toBalance('shop/cart', {}),
    'the balance must be such as { paris: { paris: 0.5, lyon: 0.5 } }, got {}',
  ],
  [
    'invalid expectations',
    () => expect(mesh).not.toMeet({ flow: [] }),
    'unknown field "flow" (did you mean "flows"?)\n' +
      '    fix: correct the name of the field, or remove it; the fields are apiVersion, default, flows',
  ],
  [
    'a mistyped verdict',
    () => expect(mesh).not.toMeet({ flows: [{ from: 'a', to: 'b', verdict: 'alowed' }] }),
    'flows[0].verdict must be one of allowed, denied, partial, no-backends, unknown (did you mean "allowed"?), got ' +
      '"alowed"\n    fix: write one of allowed, denied, partial, no-backends, unknown',
  ],
  [
    'expectations without entries',
    () => expect(mesh).not.toMeet({ flows: [] }),
    'flows has no entries, and there is no default: every mesh would pass\n' +
      '    fix: write entries with from, to and verdict, or default: denied; cilium-mesh check --write-expectations FILE ' +
      'writes the verdicts of today',
  ],
  [
    'a missing file of expectations',
    () => expect(mesh).not.toMeet('none.yaml'),
    `cannot read the expectations in ${path.resolve('none.yaml')}: file or folder not found\n` +
      `    fix: correct the path; relative paths begin in ${process.cwd()}`,
  ],
  [
    'unused expectations',
    () => expect(mesh).not.toMeet({ flows: [{ from: 'a', to: 'b', verdict: 'denied' }] }),
    'flows[0]: "a" selects no workload\n' +
      '    fix: write name@cluster, namespace/name, Kind/namespace/name (with * for any text), @cluster, or labels such ' +
      'as label:app=web@cluster',
  ],
  [
    'an unknown severity',
    () => expect(mesh).not.toHaveNoFindings('bad' as 'info'),
    'the severity must be \'error\', \'warning\' or \'info\', got "bad"',
  ],
])('%s is a TypeError, also behind not', (_, state, message) => {
  expect(state).toThrow(TypeError);
  expect(failure(state)).toBe(message);
});

test('a program that gets more is asked again', () => {
  const shop = new Shop();
  expect(shop.mesh).toDeny('shop/cart@paris', 'shop/cart@lyon');
  shop.cart.connections.allowTo(shop.cart, [Port.tcp(8080)]);
  expect(shop.mesh).toAllow('shop/cart@paris', 'shop/cart@lyon');
});

describe('toBalance', () => {
  test('needs the numbers of pods', () => {
    const lab = new ClusterMesh({
      clusters: [
        { name: 'paris', id: 1, podCidrs: ['10.1.0.0/16'] },
        { name: 'lyon', id: 2, podCidrs: ['10.2.0.0/16'] },
      ],
    });
    const workload = new Workload(lab, 'cart', { labels: { app: 'cart' } });
    new GlobalService(lab, 'service', { name: 'cart', workload, ports: [{ port: 80 }] });
    const state = () => expect(lab).not.toBalance('cart', { paris: { paris: 1 } });
    expect(state).toThrow(TypeError);
    expect(failure(state)).toBe(
      'the shares of cart for clients of paris cannot be known: no manifest contains cart@lyon, cart@paris, so the ' +
        'number of pods is unknown',
    );
  });

  test('compares the shares of all clusters', () => {
    expect(mesh).toBalance('svc/shop/cart', { paris: { paris: 0.5, lyon: 0.5 }, lyon: { paris: 0.5, lyon: 0.5 } });
    expect(mesh).not.toBalance('shop/cart', { paris: { paris: 1 } });
  });

  test('says the shares of both', () => {
    expect(failure(() => expect(mesh).toBalance('shop/cart', { paris: { paris: 1 }, lyon: {} }))).toBe(`\
expected another balance of shop/cart:
  clients of paris: got lyon 50 %, paris 50 %, expected paris 100 %
  clients of lyon: got lyon 50 %, paris 50 %, expected no backends`);
  });
});

test('toMeet takes expectations', () => {
  const flows = [{ from: 'shop/web@paris', to: ['shop/cart@*', 'svc/shop/cart'], verdict: 'allowed' }];
  expect(mesh).toMeet({ default: 'denied', flows });
  expect(failure(() => expect(mesh).toMeet({ flows: [{ ...flows[0], verdict: 'denied' }] }))).toBe(`\
flows[0]: shop/web@paris -> svc/shop/cart@paris TCP/80: allowed where denied is expected
    fix: cilium-mesh explain shows the rules
flows[0]: shop/web@paris -> shop/cart@lyon TCP/8080: allowed where denied is expected
    fix: cilium-mesh explain shows the rules
flows[0]: shop/web@paris -> shop/cart@paris TCP/8080: allowed where denied is expected
    fix: cilium-mesh explain shows the rules`);
});

test('toHaveNoFindings', () => {
  expect(mesh).toHaveNoFindings('info');
  const shop = new Shop();
  new ApiObject(shop.mesh.cluster('lyon'), 'typo', {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'typo', namespace: 'shop' },
    spec: { endpointSelector: { matchLabels: { app: 'crt' } }, ingress: [{}] },
  });
  expect(failure(() => expect(shop.mesh).toHaveNoFindings())).toBe(`\
expected no finding of at least warning:

warning dist/lyon.k8s.yaml:93 CiliumNetworkPolicy shop/typo (lyon) [policy-selects-nothing]
  the policy selects no workload of lyon, so it protects nothing; closest: shop/cart@lyon with app=cart instead of app=crt
  fix: correct the selector, or remove the policy from lyon

0 errors, 1 warning, 0 info`);
});

test('a mesh on disk', () => {
  const shop = new Shop(temporaryFolder());
  shop.mesh.synth();
  const loaded = meshOf(shop.mesh.outdir);
  expect(loaded).toAllow('shop/web@paris', 'shop/cart@*');
  expect(loaded).toDeny('shop/web@paris', 'shop/cart@*', { port: 22 });
  expect(() => meshOf('nowhere')).toThrow(/^the mesh cannot be read:\nnowhere: .*\n {4}fix: /);
});

test('a snapshot shows the objects, and who can reach whom', () => {
  expect(meshSerializer.test(mesh)).toBe(true);
  expect(meshSerializer.test({})).toBe(false);
  const text = meshSerializer.serialize(mesh);
  expect(text.match(/^# .*|^  name: .*|^shop\/web.*/gm)).toEqual([
    '# paris.k8s.yaml',
    '  name: web',
    '  name: cart',
    '  name: default-deny',
    '  name: cart',
    '  name: web-to-cart-tcp-8080-egress',
    '  name: web-to-cart-tcp-8080-ingress',
    '# lyon.k8s.yaml',
    '  name: cart',
    '  name: default-deny',
    '  name: cart',
    '  name: web-to-cart-tcp-8080-ingress',
    '# Who can reach whom',
    'shop/web@paris   shop/cart@lyon   TCP 8080* (HTTP GET /cart); all others denied',
    'shop/web@paris   shop/cart@paris  TCP 8080* (HTTP GET /cart); all others denied',
  ]);
});
