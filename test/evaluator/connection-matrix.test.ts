/**
 * The matrix over all ports, and each flow asked by itself: at both ends of every range of ports, between members of
 * every kind. Groups are unfolded, and have the same cells.
 */
import * as fc from 'fast-check';
import { meshOfCase } from './case-mesh';
import { evaluate } from '../../src/evaluator';
import { Connections } from '../../src/evaluator/flows/connections';
import { Endpoint, Placement } from '../../src/evaluator/flows/endpoint';
import { decideFlow } from '../../src/evaluator/flows/flow';
import { foldPairs, GroupedConnections, parseGrouping } from '../../src/evaluator/queries/connection-groups';
import { ConnectionMatrix, MatrixSelection } from '../../src/evaluator/queries/connection-matrix';
import { EndpointPattern, parseEndpointPattern } from '../../src/evaluator/queries/endpoint-pattern';
import { formatMember, keyOf, Member } from '../../src/evaluator/queries/members';
import { EvaluatedMesh } from '../../src/evaluator/read/mesh';
import { meshCase } from '../../test-support/meshes/generator';

const SEED = 20261128;

const GROUPINGS = ['cluster', 'namespace', 'workload', 'label:app'];

function matrixOf(mesh: EvaluatedMesh, selection: MatrixSelection): ConnectionMatrix {
  const matrix = ConnectionMatrix.of(mesh, selection);
  expect(matrix).toBeInstanceOf(ConnectionMatrix);
  return matrix as ConnectionMatrix;
}

/** Everything that can be asked for: all workloads, addresses, names and nodes, and references by themselves. */
function everything(mesh: EvaluatedMesh): EndpointPattern[] {
  const [ipv4, ipv6] = (['ipv4', 'ipv6'] as const).map(family =>
    mesh.clusters.some(({ settings }) => settings.policy[family]),
  );
  const references = [
    'world:192.0.2.7',
    ...(ipv4 ? ['world:10.0.0.0/8'] : []),
    'fqdn:www.example.org',
    'entity:host',
    'entity:kube-apiserver',
    'entity:world',
    ...mesh.clusters.flatMap(({ name }) => [`entity:host@${name}`, `entity:remote-node@${name}`]),
  ];
  return [
    { kind: 'workloads', workloads: mesh.workloads },
    ...(ipv4 || ipv6 ? [{ kind: 'world' } as const] : []),
    ...references.map(text => parseEndpointPattern(mesh, text) as EndpointPattern),
  ];
}

function allows(connections: Connections, protocol: string, port: number): boolean {
  return connections.some(each => each.protocol === protocol && each.first <= port && port <= each.last);
}

/** The endpoints of a member: an address at each border. */
function endpointsOf({ endpoint, blocks }: Member): Endpoint[] {
  return blocks
    ? blocks.flatMap(({ borders }) => borders.flat().map(address => ({ kind: 'address', address, names: [] }) as const))
    : [endpoint];
}

/** Pods with host network, on the node of the other end or not. */
function placed(endpoint: Endpoint, placement: Placement | undefined): Endpoint {
  return endpoint.kind === 'workload' && endpoint.workload.hostNetwork ? { ...endpoint, placement } : endpoint;
}

function compareCells(mesh: EvaluatedMesh): void {
  const matrix = matrixOf(mesh, { from: everything(mesh), to: everything(mesh) });
  const borders = new Map<string, { protocol: any; port: number }>();
  matrix.space.classes.forEach((_, number) =>
    (['egress', 'ingress'] as const).forEach(direction =>
      matrix.space.rows(number, direction).forEach(({ ranges }) =>
        ranges.forEach(({ protocol, first, last }) =>
          [first, last].forEach(port => borders.set(`${protocol}/${port}`, { protocol, port })),
        ),
      ),
    ),
  );
  const ports = [...borders.values()];
  const wrong: string[] = [];
  let number = 0;
  for (const { source, destination, connections, listening, placement } of matrix.cells()) {
    // every port of some cells, and some ports of every cell
    const asked = [...ports.filter((_, index) => (index + number) % 5 === 0), ...listening];
    number++;
    for (const from of endpointsOf(source)) {
      for (const to of endpointsOf(destination)) {
        for (const { protocol, port } of asked) {
          const { egress, ingress, verdict } = decideFlow(mesh, placed(from, placement), placed(to, placement), {
            protocol,
            port,
          });
          const declared = listening.find(each => each.protocol === protocol && each.port === port);
          const said = [allows(connections, protocol, port) ? 'allowed' : 'denied', declared ?? {}];
          const ends = { egress: egress.verdict, ingress: ingress.verdict, verdict };
          const right = [verdict, declared ? { ...declared, ...ends } : {}];
          if (JSON.stringify(said) !== JSON.stringify(right)) {
            wrong.push(`${formatMember(source)} -> ${formatMember(destination)} ${protocol}/${port}: ${verdict}`);
          }
        }
      }
    }
  }
  expect(wrong).toEqual([]);
}

function compareGroups(mesh: EvaluatedMesh, all: boolean): void {
  const matrix = matrixOf(mesh, { from: everything(mesh), to: everything(mesh), all });
  const name = (member: Member) => (typeof keyOf(member) === 'string' ? keyOf(member) : formatMember(member));
  // in groups, pods with host network are on another node
  const cells = [...matrix.cells()].filter(({ placement }) => placement !== 'same-node');
  const expected = cells.map(
    ({ source, destination, connections }) => `${name(source)} ${name(destination)} ${JSON.stringify(connections)}`,
  );
  for (const grouping of [{ kind: 'mesh' } as const, ...GROUPINGS.map(text => parseGrouping(text)!)]) {
    const grouped = [...new GroupedConnections(matrix, grouping).rows()].flat();
    const unfolded = grouped.flatMap(cell => {
      const folded = foldPairs(matrix, cell);
      const pairs = folded.flatMap(({ sources, destinations, connections }) =>
        sources.flatMap(source => destinations.map(destination => ({ source, destination, connections }))),
      );
      const members = cell.source.members.flatMap(source =>
        cell.destination.members
          .filter(each => matrix.isPair(source, each))
          .map(destination => ({ source, destination })),
      );
      const ports = members.flatMap(({ source, destination }) =>
        matrix.listeningPorts(destination).map(port => matrix.verdict(source, destination, port).verdict),
      );
      expect({
        pairs: members.length,
        connecting: pairs.length,
        flows: ports.length,
        allowed: ports.filter(verdict => verdict === 'allowed').length,
      }).toEqual({ pairs: cell.pairs, connecting: cell.connecting, flows: cell.flows, allowed: cell.allowed });
      const kinds = new Set(members.map(({ source, destination }) => matrix.connectionsOf(source, destination)));
      expect(cell.common).toBe(kinds.size === 1 ? [...kinds][0] : undefined);
      return members.map(({ source, destination }) => {
        const pair = pairs.find(each => each.source === source && each.destination === destination);
        return `${name(source)} ${name(destination)} ${JSON.stringify(matrix.space.table.get(pair?.connections ?? 0))}`;
      });
    });
    expect([...unfolded].sort()).toEqual([...expected].sort());
  }
}

test.each([15, 18, 20])('cells of random meshes of 1.%i', minor => {
  fc.assert(
    fc.property(meshCase(minor), question => compareCells(meshOfCase(question, minor).mesh)),
    { seed: SEED + minor, numRuns: minor === 20 ? 10 : 4 },
  );
});

test.each([true, false])('groups of random meshes, with pairs of a workload with itself: %s', all => {
  fc.assert(
    fc.property(meshCase(20), question => compareGroups(meshOfCase(question, 20).mesh, all)),
    { seed: SEED, numRuns: 10 },
  );
});

test('pods with host network are shown on one node and on two, where policies of the other end tell that apart', () => {
  const pod = (name: string, hostNetwork: boolean) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec: {hostNetwork: ${hostNetwork}, containers: [{name: c, ports: [{containerPort: 80}]}]}
---`;
  const yaml = `${pod('exporter', true)}${pod('db', false)}${pod('open', false)}
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db}
spec: {endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{matchLabels: {app: none}}]}]}
`;
  const { mesh } = evaluate({ clusters: [{ name: 'paris', id: 1, manifests: [{ file: 'paris.yaml', text: yaml }] }] });
  compareCells(mesh);
  const matrix = matrixOf(mesh, {});
  expect(
    [...matrix.cells()].map(({ source, destination, placement, listening }) => {
      const verdicts = listening.map(each => each.verdict);
      return [formatMember(source), formatMember(destination), placement ?? '', ...verdicts].join(' ');
    }),
  ).toEqual([
    'db@paris exporter@paris  allowed',
    'db@paris open@paris  allowed',
    'exporter@paris db@paris same-node allowed',
    'exporter@paris db@paris other-node denied',
    'exporter@paris open@paris  allowed',
    'open@paris db@paris  denied',
    'open@paris exporter@paris  allowed',
  ]);
  const single = [...matrix.flowsOn([{ protocol: 'TCP', port: 80 }])].map(
    ({ source, destination, placement, verdict }) =>
      `${formatMember(source)} ${formatMember(destination)} ${placement ?? ''} ${verdict}`,
  );
  expect(single.filter(each => each.includes('node'))).toEqual([
    'exporter@paris db@paris same-node allowed',
    'exporter@paris db@paris other-node denied',
  ]);
});
