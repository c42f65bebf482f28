/**
 * The law of diff: it is empty exactly if every flow, asked by itself, has the same verdict in both meshes. Flows are
 * asked at both ends of every range of ports of either mesh, with each end of every block of addresses.
 */
import * as fc from 'fast-check';
import { meshOfCase } from './case-mesh';
import { everyThird, membersOf, requestsKey, withoutPolicies } from './space-members';
import { Endpoint, formatEndpoint } from '../../src/evaluator/flows/endpoint';
import { decideFlow, FlowPort } from '../../src/evaluator/flows/flow';
import { FlowSpace } from '../../src/evaluator/flows/flow-space';
import { rangesBetween } from '../../src/evaluator/flows/port-range';
import { Renames, renamesBetween } from '../../src/evaluator/flows/renames';
import { DiffEndpoints, diffMeshes } from '../../src/evaluator/queries/diff/diff';
import { EvaluatedMesh } from '../../src/evaluator/read/mesh';
import { Case } from '../../test-support/judge';
import { meshCase } from '../../test-support/meshes/generator';

const SEED = 20261128;

/** What a flow may do: nothing, or the requests that the proxies of both ends let through, perhaps undetermined. */
function outcome(mesh: EvaluatedMesh, source: Endpoint, destination: Endpoint, port: FlowPort): string {
  const { egress, ingress, verdict } = decideFlow(mesh, source, destination, port);
  const sets = [...new Set([requestsKey(egress), requestsKey(ingress)])].filter(each => each !== '').sort();
  return verdict === 'denied' ? 'denied' : `${verdict} ${sets.join(' ')}`;
}

function portsOf(spaces: readonly FlowSpace[]): FlowPort[] {
  return spaces[0].protocols.flatMap(protocol => {
    const starts = spaces.flatMap(space =>
      space.classes.flatMap(({ kind, endpoint }, number) =>
        kind === 'pods' && endpoint
          ? (['egress', 'ingress'] as const).flatMap(direction =>
            space
              .rows(number, direction)
              .flatMap(({ ranges }) => ranges.filter(each => each.protocol === protocol).map(({ first }) => first)),
          )
          : [],
      ),
    );
    return rangesBetween(protocol, starts).flatMap(({ first, last }) =>
      [...new Set([first, last])].map(port => ({ protocol, port })),
    );
  });
}

/** The flows that change, asked one by one, and as diff says; with renames, those that change apart from the names. */
function compare(
  before: EvaluatedMesh,
  after: EvaluatedMesh,
  renames?: Renames,
): { readonly asked: string[]; readonly said: string[] } {
  const spaces = FlowSpace.of([before, after], [], [], renames);
  const ports = portsOf(spaces);
  const diff = diffMeshes(before, after);
  const flows = renames ? diff.renamed!.flows : diff.flows;
  const has = (endpoints: readonly DiffEndpoints[], member: Endpoint) =>
    endpoints.some(each => membersOf(each.endpoints).some(other => nameOf(other) === nameOf(member)));
  const [asked, said]: string[][] = [[], []];
  const members = spaces[0].classes.map((_, number) => bothSides(spaces, number));
  const arePods = (number: number) => spaces.some(({ classes }) => classes[number].kind === 'pods');
  members.forEach((sources, source) =>
    members.forEach((destinations, destination) => {
      for (const from of arePods(source) || arePods(destination) ? sources : []) {
        for (const to of destinations) {
          const changes = flows.filter(each => has(each.sources, from[1]) && has(each.destinations, to[1]));
          for (const port of ports) {
            const name = `${nameOf(from[0])} -> ${nameOf(to[0])} ${port.protocol}/${port.port}`;
            if (outcome(before, from[0], to[0], port) !== outcome(after, from[1], to[1], port)) {
              asked.push(name);
            }
            const ranges = changes.flatMap(change => change.ranges);
            const range = ranges.find(
              ({ protocol, first, last }) => protocol === port.protocol && first <= port.port && port.port <= last,
            );
            if (range) {
              said.push(name);
              const unknown = (['before', 'after'] as const).filter(
                (_, side) => decideFlow([before, after][side], from[side], to[side], port).verdict === 'unknown',
              );
              expect(range.undetermined ?? []).toEqual(unknown);
            }
          }
        }
      }
    }),
  );
  return { asked, said };
}

/** The members of a class as each mesh has them. */
function bothSides(spaces: readonly FlowSpace[], number: number): Array<readonly [Endpoint, Endpoint]> {
  const [was, is] = spaces.map(({ classes }) => membersOf(classes[number]));
  return was.map((each, index) => [each, is[index]] as const);
}

/** Tells a node where the pods run, and pods with its network, from the same ones elsewhere. */
function nameOf(endpoint: Endpoint): string {
  const placement = endpoint.kind === 'node' || endpoint.kind === 'workload' ? endpoint.placement : undefined;
  return `${formatEndpoint(endpoint)} ${placement ?? ''}`;
}

test.each([15, 18, 20])('fewer policies in random meshes of 1.%i', minor => {
  const counts = { changed: 0, equal: 0 };
  fc.assert(
    fc.property(meshCase(minor), fc.nat(), (question, which) => {
      const [before, after] = [question, withoutPolicies(question, which)].map(each => meshOfCase(each, minor).mesh);
      const { asked, said } = compare(before, after);
      counts[asked.length > 0 ? 'changed' : 'equal']++;
      expect(said).toEqual(asked);
      expect(diffMeshes(before, after).flows.length > 0).toBe(asked.length > 0);
    }),
    { seed: SEED + minor, numRuns: 30 },
  );
  expect(counts.changed).toBeGreaterThan(0);
  expect(counts.equal).toBeGreaterThan(0);
});

test.each([15, 20])('pods that get the network of their node in random meshes of 1.%i', minor => {
  const counts = { changed: 0, placed: 0 };
  fc.assert(
    fc.property(meshCase(minor), fc.nat(), fc.nat(), (question, which, first) => {
      const [before, after] = [
        meshOfCase(question, minor, { hostNetwork: everyThird(question, first) }).mesh,
        meshOfCase(withoutPolicies(question, which), minor, { hostNetwork: everyThird(question, first + 1) }).mesh,
      ];
      const { asked, said } = compare(before, after);
      expect(said).toEqual(asked);
      counts.changed += asked.length > 0 ? 1 : 0;
      counts.placed += diffMeshes(before, after).flows.filter(({ example }) => example.placement).length;
    }),
    { seed: SEED + minor, numRuns: 20 },
  );
  expect(counts.changed).toBeGreaterThan(0);
  expect(counts.placed).toBeGreaterThan(0);
});

/** Rules of which an order of Cilium's computations may decide: see cases/users-authentication-order. */
const AUTHENTICATION = { authentication: { mode: 'required' } };
const DNS = { toPorts: [{ ports: [{ port: '53', protocol: 'UDP' }], rules: { dns: [{ matchPattern: '*' }] } }] };
const WEB = { toPorts: [{ ports: [{ port: '80', protocol: 'TCP' }, { port: '443', protocol: 'TCP' }] }] };
const RULES = [
  { toEntities: ['all'], ...DNS, ...AUTHENTICATION },
  { toEntities: ['cluster-mesh'], ...AUTHENTICATION },
  { toEntities: ['cluster-mesh'], ...WEB },
  { toEntities: ['world'], ...AUTHENTICATION },
  { toEntities: ['world'], ...WEB },
];

test('authentication that an order of computations decides, in random meshes', () => {
  const minor = 20;
  const counts = { possibly: 0, certain: 0 };
  const mesh = (question: Case, egress: readonly object[]) => {
    const policy = {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumClusterwideNetworkPolicy',
      metadata: { name: 'authenticated' },
      spec: { endpointSelector: {}, egress },
    };
    const clusters = question.clusters.map((cluster, index) =>
      index === 0 ? { ...cluster, policies: [JSON.stringify(policy)] } : cluster,
    );
    return meshOfCase({ ...question, clusters }, minor).mesh;
  };
  const rules = fc.subarray(RULES, { minLength: 2 });
  fc.assert(
    fc.property(meshCase(minor), rules, rules, (question, old, changed) => {
      const [before, after] = [mesh(question, old), mesh(question, changed)];
      const { asked, said } = compare(before, after);
      expect(said).toEqual(asked);
      for (const { change } of diffMeshes(before, after).flows) {
        counts[change.startsWith('possibly-') ? 'possibly' : 'certain']++;
      }
    }),
    { seed: SEED + minor, numRuns: 20 },
  );
  expect(counts.possibly).toBeGreaterThan(0);
  expect(counts.certain).toBeGreaterThan(0);
});

test.each([
  [17, 18],
  [18, 19],
  [19, 20],
])('an upgrade of random meshes from 1.%i to 1.%i', (old, updated) => {
  fc.assert(
    fc.property(meshCase(old), question => {
      const [before, after] = [old, updated].map(minor => meshOfCase(question, minor).mesh);
      const { asked, said } = compare(before, after);
      expect(said).toEqual(asked);
    }),
    { seed: SEED + old, numRuns: 10 },
  );
});

/** The case with another name of its first cluster, which its policies do not know. */
function withRenamedCluster(question: Case): Case {
  const [{ name: old }] = question.clusters;
  const nameOfCluster = (name: string) => (name === old ? `${old}-renamed` : name);
  return {
    ...question,
    clusters: question.clusters.map(cluster => ({ ...cluster, name: nameOfCluster(cluster.name) })),
    endpoints: question.endpoints.map(each =>
      each.cluster === undefined ? each : { ...each, cluster: nameOfCluster(each.cluster) },
    ),
  };
}

test('a cluster of random meshes has another name', () => {
  const counts = { changed: 0, equal: 0 };
  fc.assert(
    fc.property(meshCase(20), question => {
      const [before, after] = [question, withRenamedCluster(question)].map(each => meshOfCase(each, 20).mesh);
      const renames = renamesBetween(before, after);
      const hasPods = before.workloads.some(({ cluster }) => cluster === question.clusters[0].name);
      expect(renames.clusters.size).toBe(hasPods ? 1 : 0);
      if (hasPods) {
        const { asked, said } = compare(before, after, renames);
        expect(said).toEqual(asked);
        counts[asked.length > 0 ? 'changed' : 'equal']++;
      }
    }),
    { seed: SEED, numRuns: 20 },
  );
  expect(counts.changed).toBeGreaterThan(0);
  expect(counts.equal).toBeGreaterThan(0);
});

test('nothing changes between a mesh and itself', () => {
  fc.assert(
    fc.property(meshCase(20), question => {
      const [before, after] = [question, question].map(each => meshOfCase(each, 20).mesh);
      const { flows, services, addedWorkloads, removedWorkloads, renamedWorkloads } = diffMeshes(before, after);
      expect([flows, services, addedWorkloads, removedWorkloads, renamedWorkloads]).toEqual([[], [], [], [], []]);
    }),
    { seed: SEED, numRuns: 30 },
  );
});
