/** The production example's flows: nothing is suggested with its own policies, and no more statements without them. */
import * as fs from 'fs';
import * as path from 'path';
import { policiesOfProgram } from './run-program';
import { Cidr } from '../../../src/cilium/cidr';
import { Endpoint } from '../../../src/evaluator/flows/endpoint';
import { decideFlow, FlowPort } from '../../../src/evaluator/flows/flow';
import { EvaluatedMesh, readMesh } from '../../../src/evaluator/read/mesh';
import { MeshInput } from '../../../src/manifests/input';
import { readMeshFile } from '../../../src/manifests/mesh-input';
import { Ends } from '../../../src/observed/flows/ends';
import { Recording } from '../../../src/observed/flows/recording';
import { unwrap } from '../../../src/observed/reading/envelopes';
import { constructProgram } from '../../../src/observed/suggesting/construct-program';
import { portsText, sideText } from '../../../src/observed/suggesting/evidence';
import { suggest, Suggestion } from '../../../src/observed/suggesting/suggestion';
import { FlowToRecord, recordFlow } from '../../../test-support/recorded-flows';
import { folderOf } from '../../support/program';

const INPUT = ((): MeshInput => {
  const { input, problems } = readMeshFile(path.join(folderOf('production'), 'dist', 'mesh', 'mesh.yaml'));
  expect(problems).toEqual([]);
  return input;
})();
const PRODUCTION = readMesh(INPUT);
const POLICIES = /Policy$|^CiliumCIDRGroup$/;
const OPEN = readMesh({
  ...INPUT,
  clusters: INPUT.clusters.map(cluster => ({
    ...cluster,
    manifests: cluster.manifests.filter(({ object }) => !POLICIES.test(object.kind)),
  })),
});
const METRICS = Array.from({ length: 10 }, (_, index) => 9090 + index);
const PORTS = [443, 5432, 8080, 8443, ...METRICS].map((port): FlowPort => ({ protocol: 'TCP', port }));

/** All that production allows between its pods, from the ingress and to the bank. */
function allowedFlows(isSeen: (flow: FlowToRecord) => boolean = () => true): FlowToRecord[] {
  const pods = PRODUCTION.workloads.map((workload): Endpoint => ({ kind: 'workload', workload }));
  const bank: Endpoint = {
    kind: 'address',
    address: Cidr.masked('203.0.113.9/32')!,
    names: ['api.bank.example'],
  };
  const ingress = PRODUCTION.clusters.map(({ name }): Endpoint => ({ kind: 'entity', entity: 'ingress', cluster: name }));
  const isPossible = (source: Endpoint, destination: Endpoint) =>
    source.kind !== 'entity' || (destination.kind === 'workload' && destination.workload.cluster === source.cluster);
  return [...pods, ...ingress]
    .flatMap(source => [...pods, bank].map(destination => ({ source, destination })))
    .filter(({ source, destination }) => isPossible(source, destination))
    .flatMap(ends => PORTS.map(port => ({ ...ends, port })))
    .filter(({ source, destination, port }) => decideFlow(PRODUCTION, source, destination, port).verdict === 'allowed')
    .filter(isSeen);
}

function suggestFor(mesh: EvaluatedMesh, flows: readonly FlowToRecord[]): Suggestion {
  const recording = new Recording(new Ends([mesh]));
  flows
    .flatMap((flow, index) => recordFlow(PRODUCTION, flow, index))
    .forEach(each => unwrap(each, item => recording.add(item)));
  return suggest(mesh, recording.finish(), { chosen: mesh.workloads, byWorkload: false, audited: false, http: false });
}

const textsOf = ({ statements }: Suggestion) =>
  statements.map(
    ({ sources, destinations, ports, sameCluster }) =>
      `${sideText(sources, 5)} -> ${sideText(destinations, 5)} ${portsText(ports)}${sameCluster ? ' same cluster' : ''}`,
  );

test('with its own policies there is nothing to add', () => {
  const suggestion = suggestFor(PRODUCTION, allowedFlows());
  expect(suggestion.policies).toEqual([]);
  expect(suggestion.left).toEqual([]);
  expect(suggestion.alreadyAllowed.length).toBe(suggestion.seen.length);
  expect(suggestion.seen.length).toBeGreaterThan(100);
});

test('without policies, its flows give back its statements or fewer, and nothing that it denies', () => {
  const flows = allowedFlows();
  const suggestion = suggestFor(OPEN, flows);
  const regions = 'eu-north, eu-west, us-east, us-west';
  expect(textsOf(suggestion)).toEqual([
    'observability/prometheus in shared -> observability/prometheus in shared; payments/ledger in shared; ' +
      `payments/payments in shared; shop/cart in ${regions}; shop/storefront in ${regions} TCP/9090-9099`,
    'payments/ledger in shared; payments/payments in shared -> payments/ledger in shared TCP/5432',
    `shop/cart in ${regions} -> payments/payments in shared TCP/8443`,
    `shop/storefront in ${regions} -> shop/cart in ${regions} TCP/8080`,
    `entity:ingress -> shop/storefront in ${regions} TCP/8080`,
    'payments/payments in shared -> fqdn:api.bank.example TCP/443',
  ]);
  expectSameAsConstructs(suggestion);
  // the rules of production that allow something
  const own = fs.readFileSync(path.join(__dirname, '..', '..', '..', 'examples', 'production', 'main.ts'), 'utf8');
  expect(suggestion.statements.length).toBeLessThanOrEqual(own.match(/\.allow(To|From|Internally)\(/g)!.length);
  expect([suggestion.left, suggestion.opened, suggestion.open]).toEqual([[], [], []]);
  for (const source of OPEN.workloads) {
    for (const destination of OPEN.workloads) {
      const [from, to] = [source, destination].map((workload): Endpoint => ({ kind: 'workload', workload }));
      for (const port of [...PORTS, { protocol: 'TCP', port: 9100 } as const, { protocol: 'UDP', port: 8080 } as const]) {
        const verdict = decideFlow(suggestion.after, from, to, port).verdict;
        expect({ source, destination, port, verdict }).toEqual({
          source,
          destination,
          port,
          verdict: decideFlow(PRODUCTION, from, to, port).verdict,
        });
      }
    }
  }
});

test('traffic that stays in each cluster is one statement', () => {
  const flows = allowedFlows(({ source, destination, port }) => {
    const [from, to] = [source, destination].map(end => (end.kind === 'workload' ? end.workload : undefined));
    return from?.name === 'storefront' && to?.name === 'cart' && from.cluster === to.cluster && port.port === 8080;
  });
  const suggestion = suggestFor(OPEN, flows);
  expect(textsOf(suggestion)).toEqual([
    'shop/storefront in eu-north, eu-west, us-east, us-west -> shop/cart in eu-north, eu-west, us-east, us-west ' +
      'TCP/8080 same cluster',
  ]);
  expectSameAsConstructs(suggestion);
});

/** The program of constructs writes the same policies. */
function expectSameAsConstructs(suggestion: Suggestion): void {
  const written = policiesOfProgram(constructProgram(suggestion, []), OPEN);
  for (const { name } of OPEN.clusters) {
    const expected = suggestion.policies.filter(({ cluster }) => cluster === name).map(({ object }) => object);
    expect(written.get(name)).toEqual(expect.arrayContaining(expected));
    expect(written.get(name)!.length).toBe(expected.length);
  }
}
