/** Pods that only their service account tells apart: no default deny selects them, and the statements deny the rest. */
import { evaluate, EvaluatedMesh } from '../../../src/evaluator';
import { Ends } from '../../../src/observed/flows/ends';
import { ObservedFlow } from '../../../src/observed/flows/observed-flow';
import { Recording } from '../../../src/observed/flows/recording';
import { unwrap } from '../../../src/observed/reading/envelopes';
import { suggest } from '../../../src/observed/suggesting/suggestion';
import { recordFlow } from '../../../test-support/recorded-flows';

const pod = (name: string, labels: object, serviceAccountName: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels },
  spec: { serviceAccountName, containers: [{ name: 'c', image: 'c', ports: [{ containerPort: 80 }] }] },
});

// the labels of db select backup too
const PODS = [
  pod('client', { app: 'client' }, 'default'),
  pod('db', { app: 'db' }, 'db'),
  pod('backup', { app: 'db', tier: 'backup' }, 'backup'),
];

function meshOf(...policies: readonly object[]): EvaluatedMesh {
  return evaluate({
    clusters: [{ name: 'paris', id: 1, manifests: [{ file: 'm', objects: [...PODS, ...policies] }] }],
  }).mesh;
}

const FLOWS = [['client', 'db'], ['db', 'db'], ['backup', 'db'], ['db', 'client']] as const;

/** The recorded flows of the mesh without policies, with their ends in another one. */
function flowsIn(mesh: EvaluatedMesh): ObservedFlow[] {
  const open = meshOf();
  const endOf = (wanted: string) =>
    ({ kind: 'workload', workload: open.workloads.find(({ name }) => name === wanted)! }) as const;
  const recording = new Recording(new Ends([mesh]));
  FLOWS.forEach(([from, to], index) =>
    recordFlow(open, { source: endOf(from), destination: endOf(to), port: { protocol: 'TCP', port: 80 } }, index).forEach(
      record => unwrap(record, item => recording.add(item)),
    ),
  );
  return recording.finish();
}

test('what the statements of a pod would cut has statements too, and a second run adds nothing', () => {
  const suggestOf = (mesh: EvaluatedMesh) =>
    suggest(mesh, flowsIn(mesh), {
      chosen: mesh.workloads.filter(({ name }) => name !== 'backup'),
      byWorkload: true,
      audited: false,
      http: false,
    });
  const { statements, defaultDenies, left, seen, policies } = suggestOf(meshOf());
  expect(seen).toHaveLength(FLOWS.length);
  expect(left).toEqual([]);
  expect(defaultDenies.map(({ pods }) => pods?.name)).toEqual(['client']);
  const allowed = statements.flatMap(({ flows }) => flows);
  expect(allowed.map(({ source, destination }) => [source.text, destination.text]).sort()).toEqual(FLOWS.map(each => each.map(name => `shop/${name}@paris`)).sort());
  expect(suggestOf(meshOf(...policies.map(({ object }) => object))).policies).toEqual([]);
});
