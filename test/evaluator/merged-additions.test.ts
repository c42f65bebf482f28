/** One policy for the clusters of a peer allows what one for each cluster does. */
import * as fc from 'fast-check';
import { meshOfCase } from './case-mesh';
import { decideFlow, FlowPort } from '../../src/evaluator/flows/flow';
import { Addition, withAdditions } from '../../src/evaluator/queries/added-policies';
import { addedPolicies, additions } from '../../src/evaluator/queries/addition';
import { mergePeerClusters } from '../../src/evaluator/queries/merged-additions';
import { meshCase } from '../../test-support/meshes/generator';

const PORTS: readonly FlowPort[] = [
  { protocol: 'TCP', port: 80 },
  { protocol: 'UDP', port: 53 },
  { protocol: 'ICMP', port: 8 },
];

test('policies that are merged allow the same flows of random meshes', () => {
  let merged = 0;
  fc.assert(
    fc.property(meshCase(20), question => {
      const { mesh, endpoints } = meshOfCase(question, 20);
      const ends = [...endpoints.values()];
      const flows = ends.flatMap(source =>
        ends.flatMap(destination =>
          PORTS.map(port => ({ source, destination, port, decision: decideFlow(mesh, source, destination, port) })),
        ),
      );
      const denied = flows.filter(({ decision }) => decision.verdict === 'denied').slice(0, 12);
      const single = additions(mesh, denied).flatMap(each => [...each.additions]);
      const together = addedPolicies(mesh, denied);
      merged += together.some(({ policy }) => JSON.stringify(policy).includes('"In"')) ? 1 : 0;
      const verdicts = (added: readonly Addition[]) => {
        const after = withAdditions(mesh, added);
        return flows.map(({ source, destination, port }) => decideFlow(after, source, destination, port).verdict);
      };
      expect(verdicts(together)).toEqual(verdicts(single));
    }),
    { seed: 20261130, numRuns: 40 },
  );
  expect(merged).toBeGreaterThan(4);
});

const CLUSTER = 'k8s:io.cilium.k8s.policy.cluster';

/** A policy of lyon that allows pods of a cluster. */
function from(cluster: string, { port = '80', name = `from-${cluster}`, more = [] as object[] } = {}): Addition {
  return {
    cluster: 'lyon',
    direction: 'ingress',
    policy: {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNetworkPolicy',
      metadata: { name, namespace: 'shop' },
      spec: {
        endpointSelector: { matchLabels: { app: 'db' } },
        ingress: [
          {
            fromEndpoints: [
              {
                matchLabels: { app: 'web', [CLUSTER]: cluster },
                ...(more.length > 0 ? { matchExpressions: more } : {}),
              },
            ],
            toPorts: [{ ports: [{ port, protocol: 'TCP' }] }],
          },
        ],
      },
    },
  };
}

test('the clusters of a peer are values of one expression, sorted, beside other expressions', () => {
  const more = [{ key: 'tier', operator: 'DoesNotExist' }];
  const added = ['paris', 'bern', 'paris'].map(cluster => from(cluster, { more }));
  const [{ policy }, ...others] = mergePeerClusters(added);
  expect(others).toEqual([]);
  expect(policy.metadata).toEqual({ name: 'from-paris', namespace: 'shop' });
  expect(policy.spec.ingress[0].fromEndpoints).toEqual([
    {
      matchLabels: { app: 'web' },
      matchExpressions: [...more, { key: CLUSTER, operator: 'In', values: ['bern', 'paris'] }],
    },
  ]);
});

test.each<[string, Addition[]]>([
  ['one', [from('paris')]],
  ['other ports', [from('paris'), from('bern', { port: '81' })]],
  ['other clusters that get them', [from('paris'), { ...from('bern'), cluster: 'rome' }]],
  ['other labels', [from('paris'), from('bern', { more: [{ key: 'tier', operator: 'DoesNotExist' }] })]],
])('%s: nothing is merged', (_, added) => {
  expect(mergePeerClusters(added)).toEqual(added);
});

test('two peers whose clusters differ are not merged: each pair would be allowed', () => {
  const both = (one: string, other: string): Addition => {
    const { policy, ...rest } = from(one);
    const ingress = [policy, from(other).policy].flatMap(({ spec }) => spec.ingress);
    return { ...rest, policy: { ...policy, spec: { ...policy.spec, ingress } } };
  };
  const added = [both('paris', 'bern'), both('bern', 'rome')];
  expect(mergePeerClusters(added)).toEqual(added);
});
