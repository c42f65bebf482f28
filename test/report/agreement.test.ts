/**
 * The page of a report and the program agree: on every connection, explanation, backend and finding of every example,
 * of every known mesh, and of every case of a finding. The page's engine runs on what a report embeds.
 */
import * as fs from 'fs';
import * as path from 'path';
import { engineOf } from './page-engine';
import { Engine } from '../../report/engine/engine';
import { CiliumVersion } from '../../src/cilium/version';
import { isProblem } from '../../src/diagnostics/problem';
import { formatEndpoint } from '../../src/evaluator/flows/endpoint';
import { formatPlaces } from '../../src/evaluator/flows/places';
import { GroupedConnections, parseGrouping } from '../../src/evaluator/queries/connection-groups';
import { ConnectionMatrix } from '../../src/evaluator/queries/connection-matrix';
import { explainFlows } from '../../src/evaluator/queries/explain';
import { declaredPorts } from '../../src/evaluator/queries/matrix';
import { placedFlows } from '../../src/evaluator/queries/placed-flows';
import { EvaluatedMesh, readMesh } from '../../src/evaluator/read/mesh';
import { formatWorkload } from '../../src/evaluator/read/workload';
import { formatService, serviceNames } from '../../src/evaluator/services/service-name';
import { judgeMesh } from '../../src/findings/judge-mesh';
import { countedFindings } from '../../src/findings/judgement';
import { MeshInput } from '../../src/manifests/input';
import { readMeshFile } from '../../src/manifests/mesh-input';
import { clientView, serviceJson } from '../../src/reports/backends';
import { findingJson } from '../../src/reports/check';
import { cellJson } from '../../src/reports/connection-matrix';
import { flowJson } from '../../src/reports/explain';
import { EXAMPLES } from '../support/examples';
import { FINDING_CASES, inputOf } from '../support/finding-cases';
import { folderOf, meshFileIn } from '../support/program';

// whole programs are synthesized
jest.setTimeout(60_000);

/** As JSON has it: without fields that are undefined. */
function data(value: unknown): any {
  return JSON.parse(JSON.stringify(value));
}

function expectConnections(engine: Engine, mesh: EvaluatedMesh): void {
  const matrix = ConnectionMatrix.of(mesh, {}) as ConnectionMatrix;
  const ids = engine
    .answer('endpoints', {})
    .endpoints.filter(({ kind }) => kind === 'workload')
    .map(({ id }) => id);
  const { cells, left } = engine.answer('connections', { side: 'new', from: ids, to: ids, most: 100_000 });
  expect(left).toBe(0);
  expect(data(cells.map(({ from, to, text, ...cell }) => cell))).toEqual(data([...matrix.cells()].map(cellJson)));
}

/** Numbers between groups of pods: each with its name, since the page has groups of other endpoints too. */
function expectGroups(engine: Engine, mesh: EvaluatedMesh): void {
  const matrix = ConnectionMatrix.of(mesh, {}) as ConnectionMatrix;
  for (const by of ['cluster', 'namespace', 'label:app'] as const) {
    const expected = [...new GroupedConnections(matrix, parseGrouping(by)!).rows()]
      .flat()
      .map(({ source, destination, pairs, connecting }) => [source.name, destination.name, pairs, connecting]);
    const groups = new Set(expected.map(([source]) => source));
    const { names, left, pairs, connecting } = engine.answer('groups', { side: 'new', by, filter: '', most: 1000 });
    expect(left).toBe(0);
    const cells = names.flatMap((from, row) =>
      names.map((to, column) => {
        const at = row * names.length + column;
        return [from, to, pairs[at], connecting[at]];
      }),
    );
    expect(cells.filter(([from, to]) => groups.has(from) && groups.has(to))).toEqual(expected);
  }
}

function expectExplanations(engine: Engine, mesh: EvaluatedMesh): number {
  const workloads = mesh.workloads.slice(0, 6);
  let count = 0;
  for (const source of workloads) {
    for (const destination of workloads.filter(each => each !== source)) {
      const [from, to] = [source, destination].map(workload => ({ kind: 'workload', workload }) as const);
      const flows = declaredPorts(mesh, destination).flatMap(port =>
        placedFlows(mesh, { source: from, destination: to, port }),
      );
      const answer = engine.answer('explain', {
        side: 'new',
        from: `${source.kind}/${source.namespace}/${source.name}@${source.cluster}`,
        to: `${destination.kind}/${destination.namespace}/${destination.name}@${destination.cluster}`,
      });
      if (flows.length === 0) {
        expect(answer).toEqual({ problem: `${formatWorkload(destination)} declares no ports`, fix: expect.any(String) });
      } else {
        expect(data('flows' in answer && answer.flows)).toEqual(
          data(
            explainFlows(mesh, flows).map(each => ({
              ...flowJson(each),
              places: formatPlaces(each, formatEndpoint(each.source), formatEndpoint(each.destination)),
            })),
          ),
        );
        count++;
      }
    }
  }
  return count;
}

function expectServices(engine: Engine, mesh: EvaluatedMesh): void {
  const clusters = mesh.clusters.map(({ name }) => name).sort();
  for (const service of serviceNames(mesh)) {
    const answer = engine.answer('service', { side: 'new', id: formatService(service) });
    const clients = clusters.map(cluster => clientView(mesh, service, cluster));
    expect(data('service' in answer && answer.service)).toEqual(data(serviceJson({ service, clients })));
  }
}

function expectFindings(engine: Engine, input: MeshInput, mesh: EvaluatedMesh, version?: CiliumVersion): number {
  const judgement = judgeMesh(mesh, input, { configuration: {}, folder: '.', version });
  const expected = countedFindings(judgement).map(findingJson);
  const { findings } = engine.answer('findings', { side: 'new' });
  expect(data(findings.map(({ policy, isNew, ...finding }) => finding))).toEqual(data(expected));
  return expected.length;
}

function expectAgreement(input: MeshInput, version?: CiliumVersion): { explanations: number; findings: number } {
  const mesh = readMesh(input, { version });
  const engine = engineOf({ input, mesh }, version ? { ciliumVersion: version } : {});
  expectConnections(engine, mesh);
  expectGroups(engine, mesh);
  expectServices(engine, mesh);
  return {
    explanations: expectExplanations(engine, mesh),
    findings: expectFindings(engine, input, mesh, version),
  };
}

const CASES = path.join(__dirname, '..', 'evaluator', 'cases');
const KNOWN = fs.readdirSync(CASES).filter(name => fs.existsSync(path.join(CASES, name, 'mesh.yaml')));

test.each(KNOWN)('known mesh %s', name => {
  const { input, problems } = readMeshFile(path.join(CASES, name, 'mesh.yaml'));
  expect(problems).toEqual([]);
  expectAgreement(input);
});

const VARIANTS = EXAMPLES.flatMap(([example, variants]) =>
  variants.length === 0 ? [[example]] : variants.map(variant => [example, variant]),
);

test.each(VARIANTS.map(words => [words.join(' '), words] as const))('example %s', (_, [example, ...variant]) => {
  const { input, problems } = readMeshFile(meshFileIn(folderOf(example, ...variant)));
  expect(problems).toEqual([]);
  expect(expectAgreement(input).explanations).toBeGreaterThan(0);
});

describe.each(FINDING_CASES.map(each => [each.code, each] as const))('cases of %s', (_, { trips, passes }) => {
  test('have the same findings', () => {
    const counts = [...trips, ...passes].map(({ clusters, exclude, cilium, fromArguments }) => {
      const read = inputOf({ clusters, exclude });
      const input = fromArguments ? { ...read, fromArguments } : read;
      const version = cilium === undefined ? undefined : CiliumVersion.parse(`${cilium}.0`)!;
      const mesh = readMesh(input, { version });
      const engine = engineOf({ input, mesh }, version ? { ciliumVersion: version } : {});
      return expectFindings(engine, input, mesh, version);
    });
    expect(Math.max(...counts)).toBeGreaterThan(0);
  });
});

test('groups are those that contain a text, and as many as are asked for', () => {
  const { input } = readMeshFile(path.join(CASES, KNOWN[0], 'mesh.yaml'));
  const engine = engineOf({ input, mesh: readMesh(input) });
  const ask = (filter: string, most: number) => {
    const { names, left, pairs } = engine.answer('groups', { side: 'new', by: 'cluster', filter, most });
    return { names, left, cells: pairs.length };
  };
  const all = ask('', 100);
  expect(all).toEqual({ names: all.names, left: 0, cells: all.names.length ** 2 });
  expect(ask('', 1)).toEqual({ names: all.names.slice(0, 1), left: all.names.length - 1, cells: 1 });
  const [, second] = all.names;
  expect(ask(second.toUpperCase(), 100).names).toContain(second);
  expect(ask('no group has this name', 100)).toEqual(all);
});

test('a mesh of no workloads is no problem', () => {
  expect(isProblem(ConnectionMatrix.of(readMesh({ source: '', clusters: [] }), {}))).toBe(false);
});
