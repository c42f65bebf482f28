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

test.each([15, 16, 18, 20])('random meshes of 1.%i', minor => {
  fc.assert(
    fc.property(meshCase(minor), question => compare(meshOfCase(question, minor).mesh)),
    { numRuns: minor === 20 ? 150 : 40 },
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
