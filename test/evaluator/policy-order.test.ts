import { policyOrder } from '../../src/evaluator/queries/policy-order';
import { readMesh } from '../../src/evaluator/read/mesh';
import { readManifests } from '../../src/manifests/documents';

const WORKLOADS = ['web', 'db']
  .map(
    app => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${app}, namespace: default}
spec: {selector: {matchLabels: {app: ${app}}}, template: {metadata: {labels: {app: ${app}}}, spec: {containers: [{name: c, image: i}]}}}
`,
  )
  .join('');
const cilium = (name: string, spec: string) =>
  `---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: ${name}, namespace: default}\n` +
  `spec: ${spec}\n`;
const kubernetes = (name: string, spec: string) =>
  `---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: ${name}, namespace: default}\n` +
  `spec: ${spec}\n`;

function order(...policies: string[]): string[] {
  const { manifests } = readManifests(WORKLOADS + policies.join(''), 'a.yaml');
  const settings = { name: 'a', id: 1, manifests: ['a.yaml'] };
  const mesh = readMesh({
    source: 'mesh.yaml',
    clusters: [{ name: 'a', id: 1, manifests, notes: [], settings, declared: { file: 'mesh.yaml', line: () => 1 } }],
  });
  return policyOrder(mesh.clusters[0]).map(
    ({ manifest, onlyDenies, subjects }) =>
      `${manifest.object.metadata.name} ${onlyDenies ? 'only denies' : 'allows'} ${subjects}`,
  );
}

test.each([
  ['a default deny of Cilium', cilium('p', '{endpointSelector: {}, ingress: [{}], egress: [{}]}'), 'only denies 2'],
  [
    'a list of peers that is empty',
    cilium('p', '{endpointSelector: {}, ingress: [{fromEndpoints: []}]}'),
    'only denies 2',
  ],
  [
    'deny rules',
    cilium('p', '{endpointSelector: {matchLabels: {app: db}}, ingressDeny: [{fromEntities: [world]}]}'),
    'only denies 1',
  ],
  [
    'an allow beside a deny rule',
    cilium('p', '{endpointSelector: {}, ingressDeny: [{fromEntities: [world]}], ingress: [{fromEntities: [all]}]}'),
    'allows 2',
  ],
  [
    'ports for everybody',
    cilium('p', '{endpointSelector: {matchLabels: {app: db}}, ingress: [{toPorts: [{ports: [{port: "80"}]}]}]}'),
    'allows 1',
  ],
  [
    'DNS alone',
    cilium('p', '{endpointSelector: {}, egress: [{toEntities: [cluster], toPorts: [{ports: [{port: "53"}]}]}]}'),
    'allows 2',
  ],
  ['a default deny of Kubernetes', kubernetes('p', '{podSelector: {}, policyTypes: [Ingress]}'), 'only denies 2'],
  ['an allow of Kubernetes', kubernetes('p', '{podSelector: {}, ingress: [{}]}'), 'allows 2'],
  ['what Cilium refuses says nothing', cilium('p', '{ingress: [{}]}'), 'allows 0'],
])('%s', (_, policy, expected) => {
  expect(order(policy)).toEqual([`p ${expected}`]);
});

test('the narrow first, then the wide, then what only denies; those without pods by what they ask for', () => {
  expect(
    order(
      cilium('deny', '{endpointSelector: {matchLabels: {app: db}}, ingress: [{}]}'),
      cilium('wide', '{endpointSelector: {}, egress: [{toEntities: [cluster]}]}'),
      cilium('narrow', '{endpointSelector: {matchLabels: {app: web}}, egress: [{toEntities: [all]}]}'),
      cilium('nobody', '{endpointSelector: {matchLabels: {app: none}}, egress: [{toEntities: [all]}]}'),
      cilium(
        'nobody-at-all',
        '{endpointSelector: {matchLabels: {app: none, tier: none}}, egress: [{toEntities: [all]}]}',
      ),
    ),
  ).toEqual(['nobody-at-all allows 0', 'nobody allows 0', 'narrow allows 1', 'wide allows 2', 'deny only denies 1']);
});
