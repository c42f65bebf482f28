/**
 * The law of written expectations: they hold for the mesh that they are written from, and something is unmet in another
 * mesh exactly if `diff` reports a change.
 */
import * as fc from 'fast-check';
import { meshOfCase } from './case-mesh';
import { servicesOf } from './random-services';
import { everyThird, withoutPolicies, withoutPolicy } from './space-members';
import { diffMeshes } from '../../src/evaluator/queries/diff/diff';
import { readExpectations } from '../../src/evaluator/queries/expectations/expectations';
import { unmetExpectations } from '../../src/evaluator/queries/expectations/unmet';
import { writtenExpectations } from '../../src/evaluator/queries/expectations/written';
import { EvaluatedMesh } from '../../src/evaluator/read/mesh';
import { meshCase } from '../../test-support/meshes/generator';

const SEED = 20261128;

function unmet(mesh: EvaluatedMesh, file: unknown) {
  const { expectations, problems } = readExpectations(file);
  expect(problems).toEqual([]);
  return unmetExpectations(mesh, expectations);
}

test.each([15, 18, 20])('random meshes of 1.%i', minor => {
  const counts = { changed: 0, equal: 0 };
  fc.assert(
    fc.property(meshCase(minor), fc.nat(), fc.boolean(), fc.boolean(), (question, which, isSingle, adds) => {
      const changed = isSingle ? withoutPolicy(question, which) : withoutPolicies(question, which);
      const sides = [question, changed].map(each => meshOfCase(each, minor).mesh);
      const [before, after] = adds ? sides.reverse() : sides;
      const file = writtenExpectations(before);
      expect(unmet(before, file)).toEqual([]);
      const { flows, services } = diffMeshes(before, after);
      counts[flows.length > 0 ? 'changed' : 'equal']++;
      expect(unmet(after, file).length > 0).toBe(flows.length + services.length > 0);
    }),
    { seed: SEED + minor, numRuns: 25 },
  );
  expect(counts.changed).toBeGreaterThan(0);
  expect(counts.equal).toBeGreaterThan(0);
});

test.each([15, 20])('Services, aliases, load balancers and pods with host network in random meshes of 1.%i', minor => {
  const counts = { flows: 0, services: 0, equal: 0, placed: 0 };
  fc.assert(
    fc.property(
      meshCase(minor),
      fc.nat(),
      fc.nat(),
      fc.array(fc.nat(), { maxLength: 3 }),
      fc.array(fc.nat(), { maxLength: 3 }),
      fc.constantFrom('policies', 'services', 'places', 'nothing'),
      (question, which, first, had, gets, change) => {
        const extras = (numbers: readonly number[], from: number) => ({
          hostNetwork: everyThird(question, from),
          objects: servicesOf(question, numbers),
        });
        const { mesh: before } = meshOfCase(question, minor, extras(had, first));
        const { mesh: after } = meshOfCase(
          change === 'policies' ? withoutPolicies(question, which) : question,
          minor,
          extras(change === 'services' ? gets : had, change === 'places' ? first + 1 : first),
        );
        const file = writtenExpectations(before);
        expect(unmet(before, file)).toEqual([]);
        const { flows, services } = diffMeshes(before, after);
        counts.flows += flows.length > 0 ? 1 : 0;
        counts.services += services.length > 0 ? 1 : 0;
        counts.equal += flows.length + services.length === 0 ? 1 : 0;
        counts.placed += flows.filter(({ example }) => example.placement === 'same-node').length;
        expect(unmet(after, file).length > 0).toBe(flows.length + services.length > 0);
      },
    ),
    { seed: SEED + minor, numRuns: 40 },
  );
  Object.values(counts).forEach(count => expect(count).toBeGreaterThan(0));
});
