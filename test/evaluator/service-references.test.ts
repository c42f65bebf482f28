/** Services by their DNS names, and which of their ports source ranges limit. */
import * as path from 'path';
import { isProblem } from '../../src/diagnostics/problem';
import { explainService } from '../../src/evaluator/queries/explain-service';
import { Referent, resolveReference } from '../../src/evaluator/queries/reference';
import { readMesh } from '../../src/evaluator/read/mesh';
import { readMeshFile } from '../../src/manifests/mesh-input';

const FOLDER = path.join(__dirname, 'cases', 'users-load-balancer-source-ranges');
const mesh = readMesh(readMeshFile(path.join(FOLDER, 'mesh.yaml')).input);

function referentOf(text: string): Referent {
  const referent = resolveReference(mesh, text);
  if (isProblem(referent)) {
    throw new Error(referent.problem);
  }
  return referent;
}

test.each([
  'svc/default/office@paris',
  'office.default.svc@paris',
  'office.default.svc.cluster.local@paris',
  'svc/office.default.svc.cluster.local@paris',
])('%s is the Service office', text => {
  expect(referentOf(text)).toEqual({
    kind: 'service',
    service: { namespace: 'default', name: 'office', clusterset: false },
    cluster: 'paris',
  });
});

test('the DNS name of an unknown Service is a problem', () => {
  expect(resolveReference(mesh, 'ofice.default.svc.cluster.local')).toEqual({
    problem:
      '"ofice.default.svc.cluster.local": unknown service ofice in namespace default (did you mean "default/office"?)',
    fix: expect.stringContaining('default/office'),
  });
  expect(resolveReference(mesh, 'office.default.svc.clusterset.local')).toEqual(
    expect.objectContaining({ problem: expect.stringContaining('unknown service office') }),
  );
});

test.each([
  ['world:192.0.2.1', 80, 'allowed', []],
  [
    'world:198.51.100.1',
    80,
    'partial',
    ['loadBalancerSourceRanges allows only clients from 192.0.2.0/24. The ports of nodes are open to all clients'],
  ],
  ['world:198.51.100.1', 30080, 'allowed', []],
])('%s to port %i is %s', (client, port, verdict, reasons) => {
  const source = referentOf(client) as Extract<Referent, { kind: 'endpoint' }>;
  const service = referentOf('office.default.svc.cluster.local@paris') as Extract<Referent, { kind: 'service' }>;
  const explained = explainService(mesh, source.endpoint, service, { ports: [{ protocol: 'TCP', port }] });
  expect('flows' in explained && explained.flows.map(flow => [flow.verdict, flow.view.reasons])).toEqual([
    [verdict, reasons],
  ]);
});

test('a client that no port accepts reaches no backend', () => {
  const source = referentOf('world:192.0.2.1') as Extract<Referent, { kind: 'endpoint' }>;
  const service = referentOf('svc/except-office@paris') as Extract<Referent, { kind: 'service' }>;
  const explained = explainService(mesh, source.endpoint, service);
  expect('flows' in explained && explained.flows).toEqual([
    expect.objectContaining({
      verdict: 'no-backends',
      backends: [],
      reachable: 0,
      view: expect.objectContaining({ reasons: ['loadBalancerSourceRanges denies clients from 192.0.2.0/24'] }),
    }),
  ]);
});
