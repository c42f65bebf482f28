/**
 * The smallest additions that `explain` writes allow the flows that were asked for, take no other away, and open only
 * what they say.
 */
import * as fc from 'fast-check';
import { CaseMesh, manifestOf, meshOfCase } from './case-mesh';
import { ENDPOINT_ENTITIES, Endpoint, formatEndpoint } from '../../src/evaluator/flows/endpoint';
import { decideFlow, FlowPort, isAllowed } from '../../src/evaluator/flows/flow';
import { Addition } from '../../src/evaluator/queries/added-policies';
import { additions, DecidedFlow, FlowAdditions } from '../../src/evaluator/queries/addition';
import { EvaluatedMesh, readMesh } from '../../src/evaluator/read/mesh';
import { meshCase } from '../../test-support/meshes/generator';

/** A fixed seed, so a run finds what the run before it found; change it to look for more. */
fc.configureGlobal({ seed: 20261128 });

const PORTS: FlowPort[] = [
  { protocol: 'TCP', port: 80 },
  { protocol: 'TCP', port: 443 },
  { protocol: 'UDP', port: 53 },
  { protocol: 'ICMP', port: 8 },
  { protocol: 'ICMP', port: 0 },
];

/** The mesh with the additions applied. */
function applied({ input, mesh }: CaseMesh, added: readonly Addition[]): EvaluatedMesh {
  const clusters = {
    ...input,
    clusters: input.clusters.map(cluster => ({
      ...cluster,
      manifests: [
        ...cluster.manifests,
        ...added.filter(each => each.cluster === cluster.name).map(each => manifestOf(each.policy)),
      ],
    })),
  };
  return readMesh(clusters, { version: mesh.clusters[0].version });
}

/** The endpoint of another mesh with the same workloads. */
function inMesh(mesh: EvaluatedMesh, end: Endpoint): Endpoint {
  return end.kind === 'workload'
    ? {
      kind: 'workload',
      workload: mesh.workloads.find(
        each => each.cluster === end.workload.cluster && each.name === end.workload.name,
      )!,
    }
    : end;
}

const named: Endpoint = { kind: 'name', name: 'api.example.org' };

/** All endpoints of a mesh that flows may have. */
function endpointsOf({ endpoints }: CaseMesh): Endpoint[] {
  const known = [...endpoints.values()].filter(end => end.kind !== 'entity' || ENDPOINT_ENTITIES.includes(end.entity));
  return [...known, named];
}

/** A flow; of every port, or of every protocol too. */
const flowText = (source: Endpoint, destination: Endpoint, { protocol, port }: Partial<FlowPort>) =>
  `${formatEndpoint(source)} -> ${formatEndpoint(destination)} ${protocol ?? '*'}/${port ?? '*'}`;

describe.each([
  [20, 100],
  [18, 40],
  [15, 40],
])('random meshes of 1.%i', (minor, numRuns) => {
  test('additions allow what was asked for, and what they list', () => {
    const counts = { flows: 0, listed: 0, impossible: 0 };
    fc.assert(
      fc.property(meshCase(minor), fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), (question, picks) => {
        const read = meshOfCase(question, minor);
        const denied = deniedFlows(read);
        if (denied.length === 0) {
          return;
        }
        const asked = picks.map(pick => denied[pick % denied.length]);
        const answers = additions(read.mesh, asked);
        const added = answers.flatMap(answer => answer.additions);
        const after = applied(read, added);
        counts.flows += asked.length;
        counts.listed += answers.filter(({ alsoOpened }) => alsoOpened.length > 0).length;
        // where a rule denies the DNS server, no rule lets pods learn a name; nodes need a policy with nodeSelector
        counts.impossible += answers.filter(
          ({ impossible }, index) =>
            impossible.length > 0 &&
            asked[index].destination !== named &&
            [asked[index].source, asked[index].destination].every(end => !isSubject(end)),
        ).length;
        expectAccepted(after, added);
        expectDistinctNames(added);
        for (const [index, { source, destination, port }] of asked.entries()) {
          const { verdict } = decideFlow(after, inMesh(after, source), inMesh(after, destination), port);
          const text = flowText(source, destination, port);
          expect([text, verdict]).toEqual([text, answers[index].impossible.length === 0 ? 'allowed' : 'denied']);
        }
        expectOnlyListedChanges(read, after, asked, answers);
      }),
      { numRuns },
    );
    expect(counts.flows).toBeGreaterThan(numRuns / 2);
    expect(counts.listed).toBeGreaterThan(numRuns / 20);
    // since 1.20 no rule requires labels of all peers
    expect(minor < 20 ? 0 : counts.impossible).toBe(0);
  });
});

/** Whether the host firewall may enforce policies at an endpoint. */
function isSubject(end: Endpoint): boolean {
  return end.kind === 'node' || (end.kind === 'entity' && end.entity === 'host');
}

/** The flows that default deny drops, at one end or both. */
function deniedFlows(read: CaseMesh): DecidedFlow[] {
  const endpoints = endpointsOf(read);
  return endpoints
    .flatMap(source => endpoints.filter(each => each !== source).map(destination => ({ source, destination })))
    .flatMap(pair =>
      PORTS.map(port => ({ ...pair, port, decision: decideFlow(read.mesh, pair.source, pair.destination, port) })),
    )
    .filter(
      ({ decision }) =>
        decision.verdict === 'denied' &&
        [decision.egress, decision.ingress].every(({ verdict }) => isAllowed(verdict) || verdict === 'default-denied'),
    );
}

function expectAccepted(after: EvaluatedMesh, added: readonly Addition[]): void {
  const policies = after.clusters
    .flatMap(cluster => cluster.policies)
    .filter(policy => added.some(each => each.policy === policy.manifest.object));
  expect(policies.flatMap(policy => policy.refusals)).toEqual([]);
}

/** Policies of one name are equal, so the last of them may replace the others. */
function expectDistinctNames(added: readonly Addition[]): void {
  const texts = new Set(added.map(({ cluster, policy }) => `${cluster} ${JSON.stringify(policy)}`));
  const names = new Set(added.map(({ cluster, policy }) => `${cluster} ${policy.metadata.name}`));
  expect(names.size).toBe(texts.size);
}

/**
 * The endpoint, and those that it is part of: the names of an address, the world, and the remote nodes for a node
 * or the host of another cluster.
 */
function wider(end: Endpoint): Endpoint[] {
  const names = end.kind === 'address' ? end.names : [];
  const isHostOfCluster =
    end.kind === 'node' || (end.kind === 'entity' && end.entity === 'host' && end.cluster !== undefined);
  return [
    end,
    ...(end.kind === 'node' ? [{ kind: 'entity', entity: 'host', cluster: end.cluster } as const] : []),
    ...(isHostOfCluster ? (['host', 'remote-node'] as const) : []).map((entity): Endpoint => ({
      kind: 'entity',
      entity,
    })),
    ...names.map((name): Endpoint => ({ kind: 'name', name })),
    ...(end.kind === 'address' || end.kind === 'name' ? [{ kind: 'entity', entity: 'world' } as const] : []),
  ];
}

function expectOnlyListedChanges(
  read: CaseMesh,
  after: EvaluatedMesh,
  asked: readonly DecidedFlow[],
  answers: readonly FlowAdditions[],
): void {
  const listed = new Set([
    ...asked.map(({ source, destination, port }) => flowText(source, destination, port)),
    ...answers
      .flatMap(({ alsoOpened }) => alsoOpened)
      .map(({ source, destination, ...ports }) => flowText(source, destination, ports)),
  ]);
  const isListed = (source: Endpoint, destination: Endpoint, port: FlowPort) =>
    wider(source).some(from =>
      wider(destination).some(to =>
        [port, { protocol: port.protocol }, {}].some(each => listed.has(flowText(from, to, each))),
      ),
    );
  const endpoints = endpointsOf(read);
  const unlisted: string[] = [];
  const gone: string[] = [];
  for (const source of endpoints) {
    for (const destination of endpoints.filter(each => each !== source)) {
      for (const port of PORTS) {
        const before = decideFlow(read.mesh, source, destination, port);
        const then = decideFlow(after, inMesh(after, source), inMesh(after, destination), port);
        const text = flowText(source, destination, port);
        if (before.verdict === 'denied' && then.verdict === 'allowed') {
          unlisted.push(...(isListed(source, destination, port) ? [] : [text]));
        } else if (
          before.verdict === 'allowed' &&
          (then.egress.verdict !== before.egress.verdict || then.ingress.verdict !== before.ingress.verdict)
        ) {
          gone.push(`${text}: ${then.egress.verdict}, ${then.ingress.verdict}`);
        }
      }
    }
  }
  const shown = asked.map(({ source, destination, port }) => flowText(source, destination, port));
  expect({ shown, unlisted, gone }).toEqual({ shown, unlisted: [], gone: [] });
}

test('workloads that nothing is enforced on stay so, because the selector leaves them out', () => {
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
  const decision = decideFlow(read.mesh, plain, db, port);
  const [{ additions: added }] = additions(read.mesh, [{ source: plain, destination: db, port, decision }]);
  expect(added.map(each => each.policy.spec.endpointSelector)).toEqual([
    { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
  ]);
  const after = applied(read, added);
  const [plainAfter, tieredAfter, dbAfter] = [plain, tiered, db].map(end => inMesh(after, end));
  expect([
    decideFlow(after, plainAfter, dbAfter, port).verdict,
    decideFlow(after, tieredAfter, plainAfter, port).egress.verdict,
    decideFlow(after, tieredAfter, plainAfter, port).verdict,
  ]).toEqual(['allowed', 'unenforced', 'allowed']);
});
