/**
 * The law of written expectations: they hold for the mesh that they are written from, and something is unmet in every
 * mesh in which a flow is gained or lost.
 */
import * as fc from 'fast-check';
import { meshOfCase } from './case-mesh';
import { withoutPolicies } from './space-members';
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
    fc.property(meshCase(minor), fc.nat(), (question, which) => {
      const [before, after] = [question, withoutPolicies(question, which)].map(each => meshOfCase(each, minor).mesh);
      const file = writtenExpectations(before);
      expect(unmet(before, file)).toEqual([]);
      const changes = diffMeshes(before, after).flows.filter(({ change }) => change === 'gained' || change === 'lost');
      counts[changes.length > 0 ? 'changed' : 'equal']++;
      // an entry about a pattern of names that no policy writes any more selects nothing
      const findings = unmet(after, file);
      expect(changes.length === 0 || findings.length > 0).toBe(true);
      expect(changes.length > 0 || findings.every(({ code }) => code === 'expectation-unused')).toBe(true);
    }),
    { seed: SEED + minor, numRuns: 20 },
  );
  expect(counts.changed).toBeGreaterThan(0);
  expect(counts.equal).toBeGreaterThan(0);
});
