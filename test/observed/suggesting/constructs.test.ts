/**
 * A suggestion as constructs and as YAML is the same: the program writes exactly the policies, and the library accepts
 * and verifies every statement.
 */
import * as fc from 'fast-check';
import { passingFlows, pickedFlows, plan, record, scopeOf } from './random-suggestion';
import { policiesOfProgram } from './run-program';
import { constructProgram } from '../../../src/observed/suggesting/construct-program';
import { suggest } from '../../../src/observed/suggesting/suggestion';
import { meshCase } from '../../../test-support/meshes/generator';
import { meshOfCase } from '../../evaluator/case-mesh';

const SEED = 20261129;

const sorted = (objects: readonly any[]) =>
  [...objects].sort((one, other) => (JSON.stringify(one.metadata) < JSON.stringify(other.metadata) ? -1 : 1));

test.each([15, 16, 18, 20])('random meshes of 1.%i', minor => {
  let policies = 0;
  fc.assert(
    fc.property(meshCase(minor), plan, (question, how) => {
      const { mesh, endpoints } = meshOfCase(question, minor);
      const passing = passingFlows(mesh, endpoints.values());
      const suggestion = suggest(mesh, record(mesh, pickedFlows(passing, how), how.shuffle), scopeOf(mesh, how));
      // a mesh of constructs has two clusters or more
      fc.pre(suggestion.policies.length > 0 && mesh.clusters.length > 1);
      const written = policiesOfProgram(constructProgram(suggestion, ['a recording']), mesh);
      for (const { name } of mesh.clusters) {
        const expected = suggestion.policies.filter(({ cluster }) => cluster === name).map(({ object }) => object);
        expect(sorted(written.get(name)!)).toEqual(sorted(expected));
        policies += expected.length;
      }
    }),
    { seed: SEED + minor, numRuns: 12, endOnFailure: true },
  );
  expect(policies).toBeGreaterThan(20);
});
