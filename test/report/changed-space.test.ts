/**
 * What is kept of a mesh while its policies change must not be seen: a mesh that is read again, and the flow space of
 * it, are those that are read from the beginning.
 */
import * as fc from 'fast-check';
import { policyKindOf } from '../../src/cilium/policy-kinds';
import { CiliumVersion } from '../../src/cilium/version';
import { formatMembers } from '../../src/evaluator/flows/endpoint-classes';
import { FlowSpace } from '../../src/evaluator/flows/flow-space';
import { diffMeshes, diffSpaces } from '../../src/evaluator/queries/diff/diff';
import { declaredPorts } from '../../src/evaluator/queries/matrix';
import { changedPlanesOf } from '../../src/evaluator/queries/planes/changed-planes';
import { columnsOf, hasBit } from '../../src/evaluator/queries/planes/columns';
import { planesOf } from '../../src/evaluator/queries/planes/planes';
import { rereadMesh } from '../../src/evaluator/read/changed-policies';
import { readMesh } from '../../src/evaluator/read/mesh';
import { MeshInput } from '../../src/manifests/input';
import { flowChangeJson } from '../../src/reports/diff';
import { meshCase } from '../../test-support/meshes/generator';
import { meshOfCase } from '../evaluator/case-mesh';

const SEED = 20261129;
const VERSION = CiliumVersion.parse('1.20.0')!;

/** The input without some of its policies: those whose bit is set. */
function without(input: MeshInput, bits: number): MeshInput {
  let index = 0;
  const clusters = input.clusters.map(cluster => {
    const manifests = cluster.manifests.filter(
      // eslint-disable-next-line no-bitwise -- a set
      ({ object }) => !policyKindOf(object) || (bits & (1 << index++ % 16)) === 0,
    );
    return manifests.length === cluster.manifests.length ? cluster : { ...cluster, manifests };
  });
  return { ...input, clusters };
}

/** Without functions, of which each entry has its own. */
function data(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)));
}

/** What every class allows to whom, in words. */
function connectionsOf(space: FlowSpace): string[] {
  const name = (number: number) => formatMembers(space.classes[number]).join();
  return space.index.present
    .toArray()
    .flatMap(number =>
      [...space.from(number)].flatMap(([id, reached]) =>
        reached
          .toArray()
          .map(
            other =>
              `${name(number)} -> ${name(other)} ` +
              space.table
                .get(id)
                .map(({ protocol, first, last, requests }) => `${protocol}/${first}-${last} ${requests.map(r => r.key)}`)
                .join(';'),
          ),
      ),
    )
    .sort();
}

test('a changed mesh and its space are those that are read from the beginning', () => {
  let [kept, changed] = [0, 0];
  fc.assert(
    fc.property(meshCase(20), fc.integer({ min: 1, max: 0xffff }), (question, bits) => {
      const { input, mesh } = meshOfCase(question);
      // both ways: policies leave, and they come back
      for (const [from, to] of [
        [input, without(input, bits)],
        [without(input, bits), input],
      ]) {
        const before = from === input ? mesh : readMesh(from, { version: VERSION });
        const fresh = readMesh(to, { version: VERSION });
        const reread = rereadMesh(before, to, { version: VERSION });
        expect(data(reread.clusters.map(each => each.entries))).toEqual(data(fresh.clusters.map(each => each.entries)));
        expect(reread.clusters.map(each => [...each.namespaces])).toEqual(
          fresh.clusters.map(each => [...each.namespaces]),
        );
        expect(reread.clusters.map(each => each.policies.map(({ refusals }) => refusals))).toEqual(
          fresh.clusters.map(each => each.policies.map(({ refusals }) => refusals)),
        );
        const [base] = FlowSpace.of([before]);
        const space = FlowSpace.changed(base, reread, [before]);
        const [was, is] = FlowSpace.of([before, fresh]);
        if (!space) {
          changed++;
          continue;
        }
        kept++;
        expect(connectionsOf(space)).toEqual(connectionsOf(is));
        expect(diffSpaces(base, space).flows.map(flowChangeJson)).toEqual(
          diffMeshes(before, fresh).flows.map(flowChangeJson),
        );
        const columns = columnsOf([base, space], workload => declaredPorts(reread, workload));
        const others = columnsOf([was, is], workload => declaredPorts(fresh, workload));
        if (columns.size === others.size) {
          for (const ports of ['any', 'declared'] as const) {
            const one = changedPlanesOf(base, space, columns, ports);
            const [old, current] = [base, space].map(each => planesOf(each, columns, ports).allowed);
            // a pair that may connect only after the change has gained a port
            for (let row = 0; row < one.size; row++) {
              for (let column = 0; column < one.size; column++) {
                const [x, y] = [old, current].map(plane => hasBit(plane, row * one.words, column));
                expect(!x && y ? hasBit(one.gained, row * one.words, column) : true).toBe(true);
                expect(x && !y ? hasBit(one.lost, row * one.words, column) : true).toBe(true);
              }
            }
          }
        }
      }
    }),
    { numRuns: 60, seed: SEED },
  );
  // both ways are tried
  expect(kept).toBeGreaterThan(30);
  expect(changed).toBeGreaterThan(5);
});
