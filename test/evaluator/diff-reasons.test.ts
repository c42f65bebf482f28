/** The law of reasons: what decides a flow or a service in a diff is a rule, a setting or an object. */
import * as fc from 'fast-check';
import { meshOfCase } from './case-mesh';
import { servicesOf } from './random-services';
import { everyThird, withoutPolicies } from './space-members';
import { diffMeshes } from '../../src/evaluator/queries/diff/diff';
import { meshCase } from '../../test-support/meshes/generator';

const SEED = 20261130;

test.each([15, 20])('random meshes of 1.%i', minor => {
  const counts = { ruled: 0, reasoned: 0, services: 0 };
  fc.assert(
    fc.property(
      meshCase(minor),
      fc.nat(),
      fc.array(fc.nat(), { maxLength: 3 }),
      fc.array(fc.nat(), { maxLength: 3 }),
      (question, which, had, gets) => {
        const extras = (numbers: readonly number[]) => ({
          hostNetwork: everyThird(question, which),
          objects: servicesOf(question, numbers),
        });
        const before = meshOfCase(question, minor, extras(had)).mesh;
        const after = meshOfCase(withoutPolicies(question, which), minor, extras(gets)).mesh;
        const { flows, services } = diffMeshes(before, after);
        for (const { decision, rules, reasons } of flows.flatMap(({ example }) => [example.before!, example.after!])) {
          for (const direction of ['egress', 'ingress'] as const) {
            const { verdict } = decision[direction];
            const hasRules = rules[direction].length > 0;
            // either rules or a reason, and neither outside of the mesh
            expect([verdict, hasRules, reasons[direction] !== undefined]).toEqual([
              verdict,
              hasRules,
              !hasRules && verdict !== 'outside',
            ]);
            counts[hasRules ? 'ruled' : 'reasoned']++;
          }
        }
        for (const { before: was, after: is, causes } of services) {
          const texts = (side: typeof was) => JSON.stringify([side?.conditions, side?.reasons]);
          expect(causes.length > 0 || texts(was) !== texts(is)).toBe(true);
          counts.services++;
        }
      },
    ),
    { seed: SEED + minor, numRuns: 30 },
  );
  Object.values(counts).forEach(count => expect(count).toBeGreaterThan(0));
});
