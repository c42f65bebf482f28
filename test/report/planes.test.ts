/** Planes are what single flows say: every bit is asked again, flow by flow. */
import * as fc from 'fast-check';
import { FlowPort, isAllowed } from '../../src/evaluator/flows/flow';
import { FlowSpace } from '../../src/evaluator/flows/flow-space';
import { declaredPorts } from '../../src/evaluator/queries/matrix';
import { columnsOf, hasBit } from '../../src/evaluator/queries/planes/columns';
import { planesOf } from '../../src/evaluator/queries/planes/planes';
import { meshCase } from '../../test-support/meshes/generator';
import { meshOfCase } from '../evaluator/case-mesh';

test('planes have the verdicts of flows', () => {
  let [allowed, denied] = [0, 0];
  fc.assert(
    fc.property(meshCase(20), question => {
      const { mesh } = meshOfCase(question);
      const [space] = FlowSpace.of([mesh]);
      // some workloads of a class declare other ports, so columns divide classes
      const portsOf = new Map(
        mesh.workloads.map((workload, index): [unknown, FlowPort[]] => [
          workload,
          index % 3 === 0 ? [] : [...declaredPorts(mesh, workload), { protocol: 'TCP', port: 80 + (index % 2) }],
        ]),
      );
      const columns = columnsOf([space], workload => portsOf.get(workload)!);
      for (const port of [
        { protocol: 'TCP', port: 80 },
        { protocol: 'UDP', port: 53 },
      ] as const) {
        const planes = planesOf(space, columns, port);
        for (let row = 0; row < columns.size; row++) {
          for (let column = 0; column < columns.size; column++) {
            const [source, destination] = [columns.classes[row], columns.classes[column]];
            const egress = isAllowed(space.verdict(source, 'egress', destination, port));
            const ingress = isAllowed(space.verdict(destination, 'ingress', source, port));
            expect([
              hasBit(planes.egress, row * planes.words, column),
              hasBit(planes.ingress, row * planes.words, column),
              hasBit(planes.allowed, row * planes.words, column),
            ]).toEqual([egress, ingress, egress && ingress]);
            allowed += egress && ingress ? 1 : 0;
            denied += egress && ingress ? 0 : 1;
          }
        }
      }
      const declared = planesOf(space, columns, 'declared');
      for (const source of mesh.workloads) {
        for (const destination of mesh.workloads) {
          const [row, column] = [source, destination].map(each => columns.columnOf(each));
          const ports = portsOf.get(destination)!;
          const verdicts = ports.map(
            port =>
              isAllowed(space.verdict(columns.classes[row], 'egress', columns.classes[column], port)) &&
              isAllowed(space.verdict(columns.classes[column], 'ingress', columns.classes[row], port)),
          );
          const connects = [...space.from(columns.classes[row]).values()].some(set => set.has(columns.classes[column]));
          expect(hasBit(declared.any, row * declared.words, column)).toBe(connects);
          expect(hasBit(declared.allowed, row * declared.words, column)).toBe(
            ports.length === 0 ? connects : verdicts.includes(true),
          );
          if (ports.length > 0) {
            expect(hasBit(declared.whole, row * declared.words, column)).toBe(verdicts.every(Boolean));
          }
        }
      }
    }),
    { numRuns: 40, seed: 20261129 },
  );
  expect(allowed).toBeGreaterThan(100);
  expect(denied).toBeGreaterThan(100);
});
