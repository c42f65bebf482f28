/** Services by their DNS names, and which of their ports source ranges limit. */
import * as path from 'path';
import { isProblem } from '../../src/diagnostics/problem';
import { parseEndpointPattern } from '../../src/evaluator/queries/endpoint-pattern';
import { explainService } from '../../src/evaluator/queries/explain-service';
import { Referent, resolveReference } from '../../src/evaluator/queries/reference';
import { withoutAlias } from '../../src/evaluator/queries/service-target';
import { readMesh } from '../../src/evaluator/read/mesh';
import { readManifests } from '../../src/manifests/documents';
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

test('a Service of type ExternalName is the DNS name that pods query, on its ports, or another Service', () => {
  const { manifests } = readManifests(
    `
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: api}, spec: {type: ExternalName, externalName: api.example.org, ports: [{port: 443}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: near}, spec: {type: ExternalName, externalName: api.shop.svc.cluster.local}}
---
{apiVersion: v1, kind: Service, metadata: {name: loop}, spec: {type: ExternalName, externalName: loop.default.svc.cluster.local}}
---
{apiVersion: v1, kind: Service, metadata: {name: address}, spec: {type: ExternalName, externalName: 192.0.2.1}}
`,
    'a.yaml',
  );
  const settings = { name: 'a', id: 1, manifests: ['a.yaml'] };
  const aliases = readMesh({
    source: 'mesh.yaml',
    clusters: [{ name: 'a', id: 1, manifests, notes: [], settings, declared: { file: 'mesh.yaml', line: () => 1 } }],
  });
  const source = { kind: 'workload', workload: aliases.workloads[0] } as const;
  const targetOf = (text: string) => withoutAlias(aliases, source, resolveReference(aliases, text) as Referent);
  expect(targetOf('svc/api')).toEqual({
    kind: 'endpoint',
    // Cilium keeps addresses by the name of the query, not by that of a CNAME record
    endpoint: { kind: 'name', name: 'api.default.svc.cluster.local' },
    ports: [expect.objectContaining({ protocol: 'TCP', port: 443 })],
    alias: expect.objectContaining({ target: 'api.example.org' }),
  });
  expect(targetOf('svc/near')).toMatchObject({ kind: 'service', service: { namespace: 'shop', name: 'api' } });
  expect(targetOf('svc/loop')).toEqual(resolveReference(aliases, 'svc/loop'));
  expect(targetOf('svc/address')).toEqual(resolveReference(aliases, 'svc/address'));
  expect(targetOf('web@a')).toEqual(resolveReference(aliases, 'web@a'));
});

test('as a pattern, a Service is its backends, and an alias what it stands for', () => {
  const { manifests } = readManifests(
    `
{apiVersion: v1, kind: Pod, metadata: {name: api, labels: {app: api}}, spec: {containers: [{name: api, image: api}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: api}, spec: {selector: {app: api}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: near}, spec: {type: ExternalName, externalName: api.default.svc.cluster.local}}
---
{apiVersion: v1, kind: Service, metadata: {name: far}, spec: {type: ExternalName, externalName: example.org}}
`,
    'a.yaml',
  );
  const settings = { name: 'a', id: 1, manifests: ['a.yaml'] };
  const services = readMesh({
    source: 'mesh.yaml',
    clusters: [{ name: 'a', id: 1, manifests, notes: [], settings, declared: { file: 'mesh.yaml', line: () => 1 } }],
  });
  const backends = { kind: 'workloads', workloads: [expect.objectContaining({ name: 'api' })] };
  expect(parseEndpointPattern(services, 'svc/api')).toEqual(backends);
  expect(parseEndpointPattern(services, 'svc/near')).toEqual(backends);
  expect(parseEndpointPattern(services, 'svc/far')).toEqual({
    kind: 'single',
    endpoints: [{ kind: 'name', name: 'far.default.svc.cluster.local' }],
  });
});
