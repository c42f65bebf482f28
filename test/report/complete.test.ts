/** What the editor offers: fields that the cluster's version of Cilium reads, and names of the mesh. */
import * as path from 'path';
import { engineOf } from './page-engine';
import { readMesh } from '../../src/evaluator/read/mesh';
import { readMeshFile } from '../../src/manifests/mesh-input';

const { input } = readMeshFile(path.join(__dirname, '..', 'reports', 'mesh', 'mesh.yaml'));
const engine = engineOf({ input, mesh: readMesh(input) });

/** The options at `|`. */
function options(text: string): string[] {
  const answer = engine.answer('complete', {
    side: 'new',
    cluster: 'paris',
    text: text.replace('|', ''),
    at: text.indexOf('|'),
  });
  return answer.options.map(option => option.text);
}

const HEAD = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: test, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: shop}}
`;

test('fields of a rule that are not there yet', () => {
  const fields = options(`${HEAD}  egress:\n  - toEntities: [cluster]\n    to|\n`);
  expect(fields).toEqual(expect.arrayContaining(['toEndpoints', 'toCIDRSet', 'toPorts', 'toFQDNs', 'authentication']));
  expect(fields).not.toContain('toEntities');
  expect(fields).not.toContain('fromEndpoints');
});

test('fields after one that is being written, and in flow style', () => {
  expect(options(`${HEAD}  ingress:\n  - from|: []\n`)).toContain('fromEndpoints');
  expect(options(`${HEAD}  egress: [{toPorts: [{|}]}]\n`)).toEqual(expect.arrayContaining(['ports', 'rules']));
});

test('values of a closed set', () => {
  expect(options(`${HEAD}  egress:\n  - toEntities:\n    - |\n`)).toEqual(
    expect.arrayContaining(['world', 'kube-apiserver', 'cluster']),
  );
  expect(options(`${HEAD}  egress: [{toPorts: [{ports: [{port: "80", protocol: |}]}]}]\n`)).toContain('TCP');
  expect(options('apiVersion: cilium.io/v2\nkind: |\nmetadata: {name: test}\n')).toContain('CiliumClusterwideNetworkPolicy');
});

test('labels of the mesh, their values, and clusters', () => {
  const peers = (inner: string) => options(`${HEAD}  egress:\n  - toEndpoints:\n    - matchLabels:\n        ${inner}\n`);
  expect(peers('a|')).toEqual(expect.arrayContaining(['app', 'io.cilium.k8s.policy.cluster']));
  expect(peers('app: |')).toEqual(expect.arrayContaining(['shop', 'prices']));
  expect(peers('k8s:app: |')).toContain('prices');
  expect(peers('io.cilium.k8s.policy.cluster: |')).toEqual(['lyon', 'paris']);
  expect(peers('io.kubernetes.pod.namespace: "sh|"')).toContain('shop');
  const expression = (inner: string) =>
    options(`${HEAD}  egress:\n  - toEndpoints:\n    - matchExpressions:\n      - {${inner}}\n`);
  expect(expression('key: |')).toContain('app');
  expect(expression('key: io.cilium.k8s.policy.cluster, operator: I|')).toEqual(['In', 'NotIn', 'Exists', 'DoesNotExist']);
  expect(expression('key: io.cilium.k8s.policy.cluster, operator: In, values: [|]')).toEqual(['lyon', 'paris']);
});

test('lists and maps that are still being written', () => {
  expect(options(`${HEAD}  ingress:\n  - fromEndpoints: [{matchLabels: {io.cilium.k8s.policy.cluster: l|\n`)).toEqual([
    'lyon',
    'paris',
  ]);
  expect(options(`${HEAD}  egress: [{toPorts: [{ports: [{protocol: "|\n`)).toContain('TCP');
});

test('what is written replaces the whole word, and nothing is offered in broken YAML or unknown places', () => {
  const text = `${HEAD}  egr-ess: []\n`;
  const answer = engine.answer('complete', { side: 'new', cluster: 'paris', text, at: text.indexOf('egr') + 2 });
  expect(text.slice(answer.from, answer.to)).toBe('egr-ess');
  expect(answer.options.map(option => option.text)).toContain('egress');
  expect(options(`${HEAD}  egress: }|\n`)).toEqual([]);
  expect(options(`${HEAD}  description: |\n`)).toEqual([]);
});
