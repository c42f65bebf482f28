/**
 * All flows at once, and each flow asked by itself: at both ends of every range of ports, with each end of every block
 * of addresses, and with the requests that proxies let through.
 */
import * as fc from 'fast-check';
import { meshOfCase } from './case-mesh';
import { membersOf, requestsKey } from './space-members';
import { formatEndpoint } from '../../src/evaluator/flows/endpoint';
import { decideFlow, isAllowed } from '../../src/evaluator/flows/flow';
import { FlowSpace } from '../../src/evaluator/flows/flow-space';
import { EvaluatedMesh } from '../../src/evaluator/read/mesh';
import { meshCase } from '../../test-support/meshes/generator';

const SEED = 20261128;

function compare(mesh: EvaluatedMesh): void {
  const [space] = FlowSpace.of([mesh]);
  const differences: string[] = [];
  space.classes.forEach((subject, number) => {
    if (subject.kind !== 'pods' && subject.kind !== 'node') {
      return;
    }
    for (const direction of ['egress', 'ingress'] as const) {
      for (const { ranges, row, requests } of space.rows(number, direction)) {
        for (const { protocol, first, last } of ranges) {
          for (const port of new Set([first, last])) {
            space.classes.forEach((other, peer) => {
              const limited = requests.find(({ peers }) => peers.has(peer))?.rules.key ?? '';
              for (const member of membersOf(other)) {
                const self = subject.endpoint!;
                const [source, destination] = direction === 'egress' ? [self, member] : [member, self];
                const decision = decideFlow(mesh, source, destination, { protocol, port })[direction];
                const [fast, literal] = [
                  `${row.verdict(peer)} ${limited}`,
                  `${decision.verdict} ${requestsKey(decision)}`,
                ];
                const allowed = space.allowed(number, direction).find(({ peers }) => peers.has(peer))?.connections;
                const range = space.table
                  .get(allowed ?? 0)
                  .find(each => each.protocol === protocol && each.first <= port && port <= each.last);
                if (fast !== literal || isAllowed(decision.verdict) !== (range !== undefined)) {
                  differences.push(
                    `${formatEndpoint(source)} -> ${formatEndpoint(destination)} ${protocol}/${port} ${direction}: ` +
                      `${fast} ${range !== undefined}, asked alone ${literal}`,
                  );
                }
              }
            });
          }
        }
      }
    }
  });
  expect(differences).toEqual([]);
}

test.each([15, 16, 18, 20])('random meshes of 1.%i', minor => {
  fc.assert(
    fc.property(meshCase(minor), question => compare(meshOfCase(question, minor).mesh)),
    { seed: SEED + minor, numRuns: minor === 20 ? 40 : 12 },
  );
});
