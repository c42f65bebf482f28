/** Records of what the evaluator decides on random meshes, read back: each flow with its verdicts at its ends. */
import * as fc from 'fast-check';
import { Endpoint, formatEndpoint } from '../../src/evaluator/flows/endpoint';
import { decideFlow, EndpointVerdict, isAllowed } from '../../src/evaluator/flows/flow';
import { declaredPorts } from '../../src/evaluator/queries/matrix';
import { EvaluatedMesh } from '../../src/evaluator/read/mesh';
import { Ends } from '../../src/observed/flows/ends';
import { wasDenied, wasLetThrough } from '../../src/observed/flows/observed-flow';
import { Recording } from '../../src/observed/flows/recording';
import { unwrap } from '../../src/observed/reading/envelopes';
import { meshCase } from '../../test-support/meshes/generator';
import { recordFlow } from '../../test-support/recorded-flows';
import { meshOfCase } from '../evaluator/case-mesh';

const SEED = 20261128;

function compare(mesh: EvaluatedMesh): void {
  const pods = mesh.workloads.filter(({ hostNetwork }) => !hostNetwork);
  const identities = new Set(pods.map(({ labels }) => JSON.stringify(labels.labels)));
  const recording = new Recording(new Ends([mesh]));
  const expected: string[] = [];
  let second = 0;
  for (const source of pods) {
    for (const destination of pods) {
      for (const port of declaredPorts(mesh, destination)) {
        const ends = [source, destination].map((workload): Endpoint => ({ kind: 'workload', workload }));
        const records = recordFlow(mesh, { source: ends[0], destination: ends[1], port }, second++);
        // without any verdict and arrival there is nothing to see
        if (records.length > 0) {
          const { egress, ingress, verdict } = decideFlow(mesh, ends[0], ends[1], port);
          const at = { egress: egress.verdict, ingress: isAllowed(egress.verdict) ? ingress.verdict : 'unenforced' };
          expected.push(
            `${formatEndpoint(ends[0])} ${formatEndpoint(ends[1])} ${port.protocol}/${port.port} ` +
              `${Object.values(at).map(recorded).join('/')} ${verdict}`,
          );
        }
        records.forEach(record => unwrap(record, item => recording.add(item)));
      }
    }
  }
  const read = recording.finish().map(flow => {
    const verdicts = (['egress', 'ingress'] as const).map(at => Object.keys(flow.decisions[at].outcomes).join());
    const verdict = wasLetThrough(flow) ? 'allowed' : wasDenied(flow) ? 'denied' : 'unknown';
    return `${flow.source.text} ${flow.destination.text} ${flow.protocol}/${flow.port} ${verdicts.join('/')} ${verdict}`;
  });
  // workloads of one identity are told apart by the names of their pods only
  if (identities.size === pods.length) {
    expect([...read].sort()).toEqual([...new Set(expected)].sort());
  }
}

/**
 * The outcome that is recorded of a verdict. A policy that Cilium cannot compute lets nothing pass, and a verdict that
 * depends on the order of rules drops.
 */
function recorded(verdict: EndpointVerdict): string {
  const drops = verdict === 'failed' || verdict === 'undetermined';
  return verdict === 'unenforced' ? '' : drops ? 'default-denied' : verdict;
}

test.each([15, 18, 20])('random meshes of 1.%i', minor => {
  fc.assert(
    fc.property(meshCase(minor), question => compare(meshOfCase(question, minor).mesh)),
    { seed: SEED + minor, numRuns: 25 },
  );
});
