/** Services that verify leaves out, because their answers cannot be predicted: it says which, and why. */
import * as path from 'path';
import { readMesh } from '../../../src/evaluator/read/mesh';
import { selectPredictions, selectUnpredicted } from '../../../src/live/verification/selection';
import { readMeshFile } from '../../../src/manifests/mesh-input';

const CASES = path.join(__dirname, '..', '..', 'evaluator', 'cases');
const NODES = 'the shares of the backends depend on the nodes or the number of their pods, which manifests do not say';

function meshOf(name: string) {
  return readMesh(readMeshFile(path.join(CASES, name, 'mesh.yaml')).input);
}

function predictedServices(mesh: ReturnType<typeof meshOf>): string[] {
  const predictions = selectPredictions(mesh, { only: 'services', from: 'client@paris' });
  return Array.isArray(predictions) ? predictions.map(each => each.service.name) : [];
}

test('shares that depend on nodes are left out, and named', () => {
  const mesh = meshOf('users-traffic-policy-local');
  const unpredicted = selectUnpredicted(mesh, { from: 'client@paris' });
  expect(unpredicted).toEqual(
    ['internal', 'internal-affine', 'own'].map(name =>
      expect.stringMatching(new RegExp(`^svc/default/${name} TCP/\\d+ for clients in paris: ${NODES}$`)),
    ),
  );
  const predicted = predictedServices(mesh);
  expect(predicted).toContain('agent');
  expect(predicted).not.toContain('own');
  expect(selectUnpredicted(mesh, { from: 'client@paris', to: 'svc/own' })).toHaveLength(1);
});

test('a selection of flows leaves out no service', () => {
  expect(selectUnpredicted(meshOf('users-traffic-policy-local'), { only: 'flows' })).toEqual([]);
});

test('flows that an order of computations decides are left out, and named', () => {
  const mesh = meshOf('users-authentication-order');
  const selection = { from: 'web@lyon', to: 'db@paris', only: 'flows' as const };
  expect(selectUnpredicted(mesh, selection)).toEqual([
    'web@lyon to db@paris TCP/80: the order in which Cilium computes rules with authentication decides',
  ]);
  expect(selectPredictions(mesh, selection)).toEqual([]);
});

test('services with known shares are not named', () => {
  expect(selectUnpredicted(meshOf('isovalent-lab-02-global'), {})).toEqual([]);
});
