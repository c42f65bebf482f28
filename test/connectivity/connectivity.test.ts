/** The facade of the evaluator for all languages of jsii. */
import * as fs from 'fs';
import * as path from 'path';
import { cilium, ClusterMesh, Connectivity, DefaultDenyPolicy, FindingSeverity, Port, Verdict, Workload } from '../../src';
import { temporaryFolder } from '../support/folder';
import { faultsOf } from '../support/mesh';

function ourMesh(outdir?: string): ClusterMesh {
  const mesh = new ClusterMesh({
    outdir,
    clusters: [
      { name: 'paris', id: 1, podCidrs: ['10.1.0.0/16'] },
      { name: 'lyon', id: 2, podCidrs: ['10.2.0.0/16'] },
    ],
  });
  const [paris, lyon] = mesh.clusters;
  const web = new Workload(mesh, 'web', { labels: { app: 'web' }, namespace: 'shop', clusters: [paris] });
  new Workload(mesh, 'cart-lyon', { labels: { app: 'cart' }, namespace: 'shop', clusters: [lyon] });
  new DefaultDenyPolicy(mesh, 'default-deny', { namespace: 'shop' });
  web.connections.allowTo(new Workload(mesh, 'api', { labels: { app: 'api' }, namespace: 'shop' }), [Port.tcp(8080)]);
  return mesh;
}

test('asks a mesh of a program, and writes nothing', () => {
  const outdir = path.join(temporaryFolder(), 'dist');
  const connectivity = Connectivity.of(ourMesh(outdir));

  expect(connectivity.ask('shop/web@paris', 'shop/api@*', { port: 'TCP/8080' }).verdict).toBe(Verdict.ALLOWED);
  const denied = connectivity.ask('shop/api@lyon', 'shop/web@paris', { port: 'all' });
  expect(denied.verdict).toBe(Verdict.DENIED);
  expect(denied.explanation).toContain('expected that shop/api@lyon -> shop/web@paris all is allowed');
  expect(connectivity.ask('shop/web@paris', 'shop/*', { port: 'TCP/8080' }).verdict).toBe(Verdict.MIXED);
  expect(fs.existsSync(outdir)).toBe(false);
});

test('an answer is about what the mesh is when it is asked', () => {
  const mesh = ourMesh();
  const connectivity = Connectivity.of(mesh, { ciliumVersion: '1.18' });
  const ask = () => connectivity.ask('shop/api@lyon', 'shop/web@paris', { port: 'TCP/80' }).verdict;

  expect(ask()).toBe(Verdict.DENIED);
  const [api, web] = ['api', 'web'].map(id => mesh.node.findChild(id) as Workload);
  api.connections.allowTo(web, [Port.tcp(80)]);
  expect(ask()).toBe(Verdict.ALLOWED);
});

test('a name that selects nothing has no answer', () => {
  const connectivity = Connectivity.of(ourMesh());
  expect(() => connectivity.ask('shop/wbe@paris', 'shop/api@lyon', { port: 'TCP/80' })).toThrow('shop/wbe@paris');
  expect(() => connectivity.ask('shop/web@paris', 'shop/api@lyon', { port: 'eighty' })).toThrow('got "eighty"');
});

test('asks manifests on disk, and compares them with expectations', () => {
  const outdir = path.join(temporaryFolder(), 'dist');
  ourMesh(outdir).synth();
  const connectivity = Connectivity.ofManifests(outdir);
  const expectations = path.join(outdir, '..', 'flows.yaml');
  fs.writeFileSync(
    expectations,
    'apiVersion: cilium-mesh/v1\nflows:\n' +
      '- {from: shop/web@paris, to: shop/api@lyon, ports: [TCP/8080], verdict: allowed}\n' +
      '- {from: shop/api@lyon, to: shop/web@paris, ports: [TCP/80], verdict: allowed}\n',
  );

  expect(connectivity.ask('shop/web@paris', 'shop/api@lyon', { port: 'TCP/8080' }).verdict).toBe(Verdict.ALLOWED);
  expect(connectivity.unmetExpectations(expectations).map(({ path: place }) => place)).toEqual(['flows[1]']);
});

test('findings are data', () => {
  const mesh = ourMesh();
  expect(Connectivity.of(mesh).findings()).toEqual([]);

  new cilium.CiliumNetworkPolicy(mesh.cluster('lyon'), 'typo', {
    metadata: { name: 'typo', namespace: 'shop' },
    spec: { endpointSelector: { matchLabels: { app: 'crat' } }, ingress: [{}] },
  });
  expect(Connectivity.of(mesh).findings()).toEqual([
    expect.objectContaining({
      code: 'policy-selects-nothing',
      severity: FindingSeverity.WARNING,
      cluster: 'lyon',
      resource: 'CiliumNetworkPolicy shop/typo',
      fix: expect.any(String),
    }),
  ]);
  expect(Connectivity.of(mesh).findings(FindingSeverity.ERROR)).toEqual([]);
});

test.each(['1.3', '1.99', 'latest', ''])('the version %j is refused by the call, before the first question', ciliumVersion => {
  const outdir = path.join(temporaryFolder(), 'dist');
  ourMesh(outdir).synth();
  expect(faultsOf(() => void Connectivity.of(ourMesh(), { ciliumVersion }))).toEqual([
    {
      code: 'value-unknown',
      path: 'Connectivity.of.options.ciliumVersion',
      message: 'unknown version of Cilium',
      got: JSON.stringify(ciliumVersion),
      allowed: '1.14 to 1.20, also with a patch version, such as 1.18.4',
      fix: 'correct the version',
    },
  ]);
  expect(faultsOf(() => void Connectivity.ofManifests(outdir, { ciliumVersion }))[0]).toMatchObject({
    code: 'value-unknown',
    path: 'Connectivity.ofManifests.options.ciliumVersion',
  });
});
