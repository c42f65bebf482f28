/** Workloads of several meshes that are one workload. */
import { counterparts } from '../../src/evaluator/flows/counterparts';
import { EvaluatedMesh, readMesh } from '../../src/evaluator/read/mesh';
import { readManifests } from '../../src/manifests/documents';

const POD = '{metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}';

function meshOf(...objects: string[]): EvaluatedMesh {
  const { manifests } = readManifests(objects.join('\n---\n'), 'a.yaml');
  const settings = { name: 'a', id: 1, manifests: ['a.yaml'] };
  return readMesh({
    source: 'mesh.yaml',
    clusters: [{ name: 'a', id: 1, manifests, notes: [], settings, declared: { file: 'mesh.yaml', line: () => 1 } }],
  });
}

function workload(apiVersion: string, replicas: number): string {
  return (
    `{apiVersion: ${apiVersion}, kind: Deployment, metadata: {name: web, annotations: {cilium-mesh/workload: "true"}}, ` +
    `spec: {replicas: ${replicas}, selector: {matchLabels: {app: web}}, template: ${POD}}}`
  );
}

test('workloads of one kind and name in several API groups are several workloads', () => {
  const mesh = meshOf(workload('apps/v1', 1), workload('example.org/v1', 2));
  const pairs = counterparts([mesh, mesh], () => '');
  expect(pairs.map(sides => sides.map(each => each?.replicas))).toEqual([
    [1, 1],
    [2, 2],
  ]);
});

test('versions of one API group are one workload', () => {
  const [before, after] = [meshOf(workload('example.org/v1', 1)), meshOf(workload('example.org/v2', 2))];
  const pairs = counterparts([before, after], () => '');
  expect(pairs.map(sides => sides.map(each => each?.replicas))).toEqual([[1, 2]]);
});
