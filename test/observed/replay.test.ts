/** Laws of replays on random meshes: what the evaluator decides, recorded and replayed. */
import * as fc from 'fast-check';
import { Endpoint } from '../../src/evaluator/flows/endpoint';
import { decideFlow, FlowDecision, FlowPort, isAllowed } from '../../src/evaluator/flows/flow';
import { EvaluatedMesh } from '../../src/evaluator/read/mesh';
import { Ends } from '../../src/observed/flows/ends';
import { Recording } from '../../src/observed/flows/recording';
import { MeshJudge } from '../../src/observed/judging/mesh-judge';
import { Replay, ReplayedFlow, replayFlows } from '../../src/observed/judging/replay';
import { findRuleUse } from '../../src/observed/judging/unused-rules';
import { unwrap } from '../../src/observed/reading/envelopes';
import { meshCase } from '../../test-support/meshes/generator';
import { FlowToRecord, recordFlow } from '../../test-support/recorded-flows';
import { meshOfCase } from '../evaluator/case-mesh';

const SEED = 20261128;
const DIRECTIONS = ['egress', 'ingress'] as const;
const PORTS: readonly FlowPort[] = [
  { protocol: 'TCP', port: 80 },
  { protocol: 'UDP', port: 53 },
  { protocol: 'ICMP', port: 8 },
];

/** The flows between pods that the labels of identities tell apart. */
function flowsOf(mesh: EvaluatedMesh): FlowToRecord[] {
  const pods = mesh.workloads.filter(({ hostNetwork }) => !hostNetwork);
  const identities = new Set(pods.map(({ labels }) => JSON.stringify(labels.labels)));
  const ends = pods.map((workload): Endpoint => ({ kind: 'workload', workload }));
  return identities.size < pods.length
    ? []
    : ends.flatMap(source =>
      ends.flatMap(destination => PORTS.map(port => ({ source, destination, port }))),
    );
}

function replayed(
  recorded: EvaluatedMesh,
  flows: readonly FlowToRecord[],
  mesh: EvaluatedMesh,
  before?: EvaluatedMesh,
): Replay {
  const recording = new Recording(new Ends(before ? [mesh, before] : [mesh]));
  flows
    .flatMap((flow, index) => recordFlow(recorded, flow, index))
    .reverse()
    .forEach(record => unwrap(record, item => recording.add(item)));
  return replayFlows(recording.finish(), mesh, before);
}

const textOf = ({ flow: { source, destination, protocol, port } }: ReplayedFlow) =>
  `${source.text} ${destination.text} ${protocol}/${port}`;
const nameOf = (end: Endpoint) => {
  if (end.kind !== 'workload') {
    throw new Error(end.kind);
  }
  const { namespace, name, cluster } = end.workload;
  return `${namespace === 'default' ? '' : `${namespace}/`}${name}@${cluster}`;
};
const textOfFlow = ({ source, destination, port }: FlowToRecord) =>
  `${nameOf(source)} ${nameOf(destination)} ${port.protocol}/${port.port}`;

/** Pods of contradicting rules keep an older policy, so the records say what they let through. */
const isConflicting = ({ egress, ingress }: FlowDecision) => [egress.verdict, ingress.verdict].includes('failed');

test.each([15, 18, 19, 20])('single flows are decided as by decideFlow, in 1.%i', minor => {
  fc.assert(
    fc.property(meshCase(minor), question => {
      const { mesh, endpoints } = meshOfCase(question, minor);
      const judge = new MeshJudge(mesh);
      const ends = [...endpoints.values()];
      for (const source of ends) {
        for (const destination of ends) {
          for (const port of PORTS) {
            const fast = judge.decide(source, destination, port);
            const literal = decideFlow(mesh, source, destination, port);
            const of = ({ verdict, egress, ingress }: typeof fast) => [
              verdict,
              ...[egress, ingress].flatMap(end => [end.verdict, end.entries.map(({ origin }) => origin)]),
            ];
            expect(of(fast)).toEqual(of(literal));
          }
        }
      }
    }),
    { seed: SEED + minor, numRuns: 15 },
  );
});

test('a recording never disagrees with the mesh that it was made of, and changes nothing', () => {
  fc.assert(
    fc.property(meshCase(20), question => {
      const { mesh } = meshOfCase(question, 20);
      const { flows, unknown } = replayed(mesh, flowsOf(mesh), mesh);
      expect(unknown).toEqual([]);
      const differing = flows.flatMap(each =>
        each.agreement.differences
          .filter(({ explanation }) => explanation !== 'conflict')
          .map(({ direction, kind }) => `${textOf(each)} ${direction} ${kind}`),
      );
      expect(differing).toEqual([]);
      expect(flows.filter(({ change, decision }) => change && !isConflicting(decision)).map(textOf)).toEqual([]);
    }),
    { seed: SEED, numRuns: 30 },
  );
});

test('a verdict that is turned round is the only disagreement', () => {
  fc.assert(
    fc.property(meshCase(20), fc.nat(), fc.constantFrom(...DIRECTIONS), (question, which, turned) => {
      const { mesh } = meshOfCase(question, 20);
      const all = flowsOf(mesh);
      const enforced = all.filter(({ source, destination, port }) => {
        const decision = decideFlow(mesh, source, destination, port);
        return (
          !['unenforced', 'failed', 'outside'].includes(decision[turned].verdict) &&
          (turned === 'egress' || isAllowed(decision.egress.verdict))
        );
      });
      fc.pre(enforced.length > 0);
      const wrong = enforced[which % enforced.length];
      const { flows } = replayed(mesh, all.map(each => (each === wrong ? { ...each, turned } : each)), mesh);
      const differing = flows.filter(({ agreement }) =>
        agreement.differences.some(({ explanation }) => explanation !== 'conflict'),
      );
      expect(differing.map(textOf)).toEqual([textOfFlow(wrong)]);
    }),
    { seed: SEED, numRuns: 25 },
  );
});

test('against other manifests, exactly the flows change whose verdicts do', () => {
  fc.assert(
    fc.property(meshCase(20), fc.nat(), (question, which) => {
      const { mesh: before } = meshOfCase(question, 20);
      const clusters = question.clusters.map((cluster, index) =>
        index === which % question.clusters.length ? { ...cluster, policies: cluster.policies?.slice(1) } : cluster,
      );
      const { mesh } = meshOfCase({ ...question, clusters }, 20);
      const all = flowsOf(before);
      const counterpart = new Map(mesh.workloads.map(workload => [nameOf({ kind: 'workload', workload }), workload]));
      const of = (end: Endpoint): Endpoint => ({ kind: 'workload', workload: counterpart.get(nameOf(end))! });
      const expected = all.flatMap(flow => {
        const [was, is] = [
          decideFlow(before, flow.source, flow.destination, flow.port),
          decideFlow(mesh, of(flow.source), of(flow.destination), flow.port),
        ];
        return was.verdict === is.verdict ? [] : [`${textOfFlow(flow)} ${is.verdict}`];
      });
      const { flows } = replayed(before, all, mesh, before);
      const changed = flows
        .filter(({ change }) => change === 'denied' || change === 'allowed')
        .map(each => `${textOf(each)} ${each.change}`);
      expect(changed.sort()).toEqual([...new Set(expected)].sort());
    }),
    { seed: SEED, numRuns: 30 },
  );
});

test('a rule is used if removing it denies a recorded flow', () => {
  fc.assert(
    fc.property(meshCase(20), question => {
      const { mesh } = meshOfCase(question, 20);
      const replay = replayed(mesh, flowsOf(mesh), mesh);
      const { unused, rules } = findRuleUse(mesh, replay, new Set(mesh.clusters.map(({ name }) => name)));
      expect(unused.length).toBeLessThanOrEqual(rules);
      const decisive = replay.flows
        .filter(({ decision }) => decision.verdict === 'allowed')
        .flatMap(({ decision }) =>
          [decision.egress, decision.ingress].flatMap(({ cluster, entries }) =>
            entries.map(({ origin: { kind, namespace, name, path } }) => [cluster, kind, namespace, name, path].join(' ')),
          ),
        );
      const names = unused.map(({ cluster, kind, namespace, name, path }) => [cluster, kind, namespace, name, path].join(' '));
      expect(names.filter(name => decisive.includes(name))).toEqual([]);
    }),
    { seed: SEED, numRuns: 25 },
  );
});
