/** The smallest addition that `explain` writes allows the flow, and takes no other away. */
import * as fc from 'fast-check';
import { CaseMesh, manifestOf, meshOfCase } from './case-mesh';
import { ENDPOINT_ENTITIES, Endpoint, formatEndpoint } from '../../src/evaluator/flows/endpoint';
import { decideFlow, FlowPort } from '../../src/evaluator/flows/flow';
import { Addition, additions } from '../../src/evaluator/queries/addition';
import { matrix } from '../../src/evaluator/queries/matrix';
import { EvaluatedMesh, readMesh } from '../../src/evaluator/read/mesh';
import { meshCase } from '../../test-support/meshes/generator';

/** A fixed seed, so a run finds what the run before it found; change it to look for more. */
fc.configureGlobal({ seed: 20261128 });

const PORTS: FlowPort[] = [
  { protocol: 'TCP', port: 80 },
  { protocol: 'UDP', port: 53 },
  { protocol: 'ICMP', port: 8 },
];

/** The mesh with the additions applied. */
function applied({ input }: CaseMesh, added: readonly Addition[]): EvaluatedMesh {
  return readMesh({
    ...input,
    clusters: input.clusters.map(cluster => ({
      ...cluster,
      manifests: [
        ...cluster.manifests,
        ...added.filter(each => each.cluster === cluster.name).map(each => manifestOf(each.policy)),
      ],
    })),
  });
}

const named: Endpoint = { kind: 'name', name: 'api.example.org' };

test('random meshes', () => {
  let tried = 0;
  fc.assert(
    fc.property(meshCase(20), fc.nat(), (question, pick) => {
      const read = meshOfCase(question);
      const endpoints = [
        ...[...read.endpoints.values()].filter(end => end.kind !== 'entity' || ENDPOINT_ENTITIES.includes(end.entity)),
        named,
      ];
      const pairs = endpoints.flatMap(source => endpoints.map(destination => ({ source, destination })));
      const denied = pairs
        .flatMap(pair =>
          PORTS.map(port => ({ ...pair, port, decision: decideFlow(read.mesh, pair.source, pair.destination, port) })),
        )
        .filter(
          ({ source, destination, decision }) =>
            source !== destination &&
            decision.verdict === 'denied' &&
            [decision.egress, decision.ingress].every(({ verdict }) => verdict !== 'denied' && verdict !== 'failed'),
        );
      if (denied.length === 0) {
        return;
      }
      const { source, destination, port, decision } = denied[pick % denied.length];
      const added = additions(read.mesh, source, destination, port, decision);
      const after = applied(read, added);
      tried++;
      const written = after.clusters
        .flatMap(cluster => cluster.policies)
        .filter(policy => added.some(each => each.policy === policy.manifest.object));
      expect(written.flatMap(policy => policy.refusals)).toEqual([]);
      const again = (end: Endpoint): Endpoint =>
        end.kind === 'workload'
          ? {
            kind: 'workload',
            workload: after.workloads.find(
              each => each.cluster === end.workload.cluster && each.name === end.workload.name,
            )!,
          }
          : end;
      const now = decideFlow(after, again(source), again(destination), port);
      const shown = `${formatEndpoint(source)} -> ${formatEndpoint(destination)} ${port.protocol}/${port.port}`;
      expect([shown, now.verdict]).toEqual([shown, 'allowed']);
      const verdicts = (mesh: EvaluatedMesh) =>
        [...matrix(mesh, { ports: PORTS, from: mesh.workloads, to: mesh.workloads, all: true })].map(
          flow => flow.verdict,
        );
      const [before, then] = [verdicts(read.mesh), verdicts(after)];
      expect(before.filter((verdict, index) => verdict === 'allowed' && then[index] === 'denied')).toEqual([]);
    }),
    { numRuns: 150 },
  );
  expect(tried).toBeGreaterThan(50);
});

test('workloads that nothing is enforced on stay so, where the selector cannot be kept from them', () => {
  const pod = (id: string, labels: { [key: string]: string }) => ({ id, cluster: 'a', namespace: 'shop', labels });
  const policy = {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'p', namespace: 'shop' },
    spec: { endpointSelector: { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, egress: [{}] },
  };
  const read = meshOfCase({
    clusters: [{ name: 'a', id: 1, policies: [JSON.stringify(policy)] }],
    flows: [],
    endpoints: [
      pod('plain', { app: 'web' }),
      pod('tiered', { app: 'web', tier: '1' }),
      pod('db', { app: 'db', tier: '2' }),
    ],
  });
  const [plain, tiered, db] = ['plain', 'tiered', 'db'].map(id => read.endpoints.get(id)!);
  const [port] = PORTS;
  const added = additions(read.mesh, plain, db, port, decideFlow(read.mesh, plain, db, port));
  expect(added.map(each => each.policy.spec.enableDefaultDeny)).toEqual([{ egress: false }]);
  const after = applied(read, added);
  const again = (end: Endpoint): Endpoint => ({
    kind: 'workload',
    workload: after.workloads.find(each => end.kind === 'workload' && each.name === end.workload.name)!,
  });
  expect([
    decideFlow(after, again(plain), again(db), port).verdict,
    decideFlow(after, again(tiered), again(plain), port).verdict,
  ]).toEqual(['allowed', 'allowed']);
});
