/**
 * Two ways to the same verdicts: over identity classes and sets of them, and one flow at a time with every rule asked.
 */
import * as fs from 'fs';
import * as path from 'path';
import * as fc from 'fast-check';
import { meshOfCase } from './case-mesh';
import { decideFlow, FlowPort, formatPort } from '../../src/evaluator/flows/flow';
import { Reachability } from '../../src/evaluator/flows/reachability';
import { EvaluatedMesh } from '../../src/evaluator/read/mesh';
import { Case } from '../../test-support/judge';
import { meshCase } from '../../test-support/meshes/generator';

const RECORDED = path.join(__dirname, 'recorded');

const PORTS: FlowPort[] = [
  { protocol: 'TCP', port: 80 },
  { protocol: 'TCP', port: 8080 },
  { protocol: 'UDP', port: 53 },
  { protocol: 'SCTP', port: 443 },
  { protocol: 'ICMP', port: 8 },
];

/** Every pair of workloads, and the counts. */
function compare(mesh: EvaluatedMesh): void {
  const reachability = new Reachability(mesh);
  for (const port of PORTS) {
    const on = reachability.on(port);
    const [fast, literal]: string[][] = [[], []];
    let allowed = 0;
    for (const source of mesh.workloads) {
      for (const destination of mesh.workloads) {
        const { egress, ingress, verdict } = decideFlow(
          mesh,
          { kind: 'workload', workload: source },
          { kind: 'workload', workload: destination },
          port,
        );
        const quick = on.verdict(source, destination);
        const flow = `${source.name} -> ${destination.name} ${formatPort(port)}`;
        fast.push(`${flow} ${quick.egress} ${quick.ingress} ${quick.verdict}`);
        literal.push(`${flow} ${egress.verdict} ${ingress.verdict} ${verdict}`);
        allowed += verdict === 'allowed' && source !== destination ? 1 : 0;
      }
    }
    expect(fast).toEqual(literal);
    const names = mesh.clusters.map(each => each.name);
    expect(on.summary(names).reduce((sum, row) => sum + row.allowed, 0)).toBe(allowed);
    expect(on.summary(names).reduce((sum, row) => sum + row.flows, 0)).toBe(
      mesh.workloads.length * (mesh.workloads.length - 1),
    );
  }
}

/** A fixed seed, so a run finds what the run before it found; change it to look for more. */
const SEED = 20261128;

test.each([15, 16, 18, 20])('random meshes of 1.%i', minor => {
  fc.assert(
    fc.property(meshCase(minor), question => compare(meshOfCase(question, minor).mesh)),
    { seed: SEED + minor, numRuns: minor === 20 ? 150 : 40 },
  );
});

test.each(fs.readdirSync(RECORDED).filter(file => file.endsWith('.jsonl')))('the meshes of %s', file => {
  const cases = fs
    .readFileSync(path.join(RECORDED, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line).question as Case);
  cases.slice(0, 200).forEach(question => compare(meshOfCase(question, Number(file.split('.')[1])).mesh));
});

/** Found by a random mesh: up to 1.19 a selector of CIDR groups is one of labels like any other, and selects pods. */
test('a selector of CIDR groups by labels of pods in 1.18', () => {
  const policy = {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumClusterwideNetworkPolicy',
    metadata: { name: 'p' },
    spec: {
      endpointSelector: {},
      ingress: [{ fromCIDRSet: [{ cidrGroupSelector: { matchLabels: { 'k8s:tier': '2' } } }] }],
    },
  };
  const { mesh } = meshOfCase(
    {
      clusters: [{ name: 'koornacht', id: 1, policies: [JSON.stringify(policy)], services: [] }],
      endpoints: ['2', '3'].map(tier => ({
        id: `pod-${tier}`,
        cluster: 'koornacht',
        namespace: 'default',
        labels: { app: 'web', tier },
      })),
      ports: [{ port: 80, protocol: 'TCP' }],
      flows: [],
    } as unknown as Case,
    18,
  );
  compare(mesh);
  const on = new Reachability(mesh).on({ protocol: 'TCP', port: 80 });
  const [two, three] = mesh.workloads;
  expect([on.verdict(two, three).ingress, on.verdict(three, two).ingress]).toEqual(['allowed', 'default-denied']);
});
