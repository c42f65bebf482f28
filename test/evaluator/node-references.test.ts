/** References of nodes: paris has a worker and a control plane, which its host policy distinguishes. */
import { evaluate } from '../../src/evaluator';
import { decideFlow } from '../../src/evaluator/flows/flow';
import { parseEndpointPattern } from '../../src/evaluator/queries/endpoint-pattern';
import { Referent, resolveReference } from '../../src/evaluator/queries/reference';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'prometheus', labels: { app: 'prometheus' } },
  spec: { containers: [{ name: 'a', image: 'a' }] },
};
const workers = {
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumClusterwideNetworkPolicy',
  metadata: { name: 'workers' },
  spec: { nodeSelector: { matchLabels: { role: 'worker' } }, ingress: [{ fromEntities: ['remote-node'] }] },
};
const { mesh } = evaluate({
  clusters: [
    {
      name: 'paris',
      id: 1,
      values: { file: 'values.yaml', values: { hostFirewall: { enabled: true } } },
      nodes: [
        { name: 'worker', labels: { role: 'worker' } },
        { name: 'control-plane', labels: { role: 'control-plane' } },
      ],
      manifests: [{ file: 'paris', objects: [pod, workers] }],
    },
    { name: 'lyon', id: 2, nodes: [{ name: 'lyon-1' }], manifests: [{ file: 'lyon', objects: [] }] },
  ],
});

function endpoint(text: string) {
  const referent = resolveReference(mesh, text) as Extract<Referent, { kind: 'endpoint' }>;
  return referent.endpoint;
}

test('a node is that of the pods and another one', () => {
  const found = endpoint('node:worker@paris');
  expect(found).toMatchObject({ kind: 'node', cluster: 'paris', node: { name: 'worker' } });
  expect('placement' in found).toBe(false);
  expect(endpoint('node:lyon-1')).toMatchObject({ kind: 'node', cluster: 'lyon' });
});

test('entity:host/name is the node of the pods', () => {
  expect(endpoint('entity:host/worker@paris')).toMatchObject({ placement: 'same-node', node: { name: 'worker' } });
  expect(endpoint('entity:remote-node/worker@paris')).toMatchObject({ placement: 'other-node' });
});

test('as a pattern, entity:host is each of the nodes', () => {
  const pattern = parseEndpointPattern(mesh, 'entity:host@paris');
  expect(pattern).toMatchObject({
    kind: 'single',
    endpoints: [
      { node: { name: 'control-plane' }, placement: 'same-node' },
      { node: { name: 'worker' }, placement: 'same-node' },
    ],
  });
});

test('its own policies decide', () => {
  const decide = (node: string) =>
    decideFlow(mesh, endpoint('prometheus@paris'), endpoint(node), { protocol: 'TCP', port: 9101 }).ingress.verdict;
  expect(['worker', 'control-plane'].map(name => decide(`node:${name}@paris`))).toEqual([
    'default-denied',
    'unenforced',
  ]);
});

test.each([
  [
    'entity:host@paris',
    'entity:host@paris stands for several nodes, which policies distinguish',
    'write one of entity:host/control-plane@paris, entity:host/worker@paris',
  ],
  ['entity:health/worker@paris', 'entity:health has no nodes', 'write entity:host/node@cluster'],
  ['node:wroker@paris', 'unknown node "wroker@paris" (did you mean "node:worker@paris"?)', 'the nodes are node:'],
])('%s: a problem', (text, problem, fix) => {
  expect(resolveReference(mesh, text)).toEqual({ problem, fix: expect.stringContaining(fix) });
});

test('entity:host of a cluster whose nodes are alike is that entity', () => {
  expect(endpoint('entity:host@lyon')).toEqual({ kind: 'entity', entity: 'host', cluster: 'lyon' });
});
