/**
 * Meshes that are known from somewhere, with the flows that they are known to have: see cases/README.md.
 */
import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { CiliumVersion } from '../../src/cilium/version';
import { decideFlow } from '../../src/evaluator/flows/flow';
import { Expectations, readExpectations } from '../../src/evaluator/queries/expectations/expectations';
import { unmetExpectations } from '../../src/evaluator/queries/expectations/unmet';
import { matrix } from '../../src/evaluator/queries/matrix';
import { findService } from '../../src/evaluator/queries/service-reference';
import { EvaluatedMesh, readMesh } from '../../src/evaluator/read/mesh';
import { formatWorkload } from '../../src/evaluator/read/workload';
import { serviceView } from '../../src/evaluator/services/backends';
import { readMeshFile } from '../../src/manifests/mesh-input';

const CASES = path.join(__dirname, 'cases');

const names = fs
  .readdirSync(CASES)
  .filter(name => fs.existsSync(path.join(CASES, name, 'expected.yaml')))
  .sort();

describe.each(names)('%s', name => {
  const expected = parse(fs.readFileSync(path.join(CASES, name, 'expected.yaml'), 'utf8'));
  const { input, problems } = readMeshFile(path.join(CASES, name, 'mesh.yaml'));

  test('is read', () => {
    expect(problems).toEqual([]);
    expect(
      Object.keys(expected).filter(
        key => !['why', 'versions', 'default', 'flows', 'backends', 'scale', 'in'].includes(key),
      ),
    ).toEqual([]);
    expect(expected.why).toEqual(expect.any(String));
    expect(expected.versions.length).toBeGreaterThan(0);
    expect(Object.keys(expected.in ?? {}).filter(version => !expected.versions.includes(version))).toEqual([]);
  });

  describe.each(expected.versions as string[])('Cilium %s', version => {
    const here = expected.in?.[version] ?? {};
    const scale = new Map<string, number>(Object.entries({ ...expected.scale, ...here.scale }));
    const mesh = readMesh(input, {
      version: version === 'declared' ? undefined : CiliumVersion.parse(`${version}.0`),
      replicas: scale,
    });

    test('flows', () => {
      const { expectations, problems: faults } = readExpectations({
        apiVersion: 'cilium-mesh/v1',
        default: here.default ?? expected.default,
        flows: [...(expected.flows ?? []), ...(here.flows ?? [])],
      });
      // a case may say nothing of the flows of a version
      expect(faults.filter(({ path: place }) => place !== 'flows')).toEqual([]);
      expect(messagesOf(mesh, expectations)).toEqual([]);
      // entries may be about the same flow here, and then each of them counts
      for (const flow of expectations.flows) {
        expect(messagesOf(mesh, { flows: [flow] })).toEqual([]);
      }
    });

    test('both ways to evaluate agree', () => {
      for (const { source, destination, port, placement, egress, ingress, verdict } of matrix(mesh, {
        from: mesh.workloads,
        to: mesh.workloads,
        all: true,
      })) {
        const isOnOnlyNode = source.cluster === destination.cluster && mesh.cluster(source.cluster)!.nodes.length === 1;
        const at = placement ?? (isOnOnlyNode ? 'same-node' : undefined);
        const literal = decideFlow(
          mesh,
          { kind: 'workload', workload: source, placement: at },
          { kind: 'workload', workload: destination, placement: at },
          port,
        );
        expect([egress, ingress, verdict]).toEqual([literal.egress.verdict, literal.ingress.verdict, literal.verdict]);
      }
    });

    for (const { service, client, shares } of [...(expected.backends ?? []), ...(here.backends ?? [])]) {
      test(`backends of ${service} for ${client}`, () => expect(sharesOf(mesh, service, client)).toEqual(shares));
    }
  });
});

function messagesOf(mesh: EvaluatedMesh, expectations: Expectations): readonly string[] {
  return unmetExpectations(mesh, expectations)
    .filter(({ message }) => !/has no effect: .* the last entry counts$/.test(message))
    .map(each => each.message);
}

function sharesOf(mesh: EvaluatedMesh, service: string, client: string): unknown {
  const found = findService(mesh, service);
  if ('problem' in found) {
    throw new Error(found.problem);
  }
  const { backends } = serviceView(mesh, found, client);
  return Object.fromEntries(
    backends.map(({ workload, address, share }) => [
      workload ? formatWorkload(workload) : address,
      share === undefined ? '?' : Number(share.toFixed(4)),
    ]),
  );
}
