/** The published JSON Schemas: they are what the code says, and every output of every example is valid by them. */
import * as fs from 'fs';
import * as path from 'path';
import { createColors } from 'picocolors';
import { parse } from 'yaml';
import { sarifValidator } from './schemas/sarif';
import { CiliumVersion } from '../../src/cilium/version';
import { ConnectionMatrix } from '../../src/evaluator/queries/connection-matrix';
import { diffMeshes } from '../../src/evaluator/queries/diff/diff';
import { EndpointPattern, parseEndpointPattern } from '../../src/evaluator/queries/endpoint-pattern';
import { explainFlow } from '../../src/evaluator/queries/explain';
import { explainService, ServiceExplanation } from '../../src/evaluator/queries/explain-service';
import { matrix } from '../../src/evaluator/queries/matrix';
import { EvaluatedMesh, readMesh } from '../../src/evaluator/read/mesh';
import { Workload } from '../../src/evaluator/read/workload';
import { checkMesh } from '../../src/evaluator/rules/check';
import { serviceNames } from '../../src/evaluator/services/service-name';
import { MeshInput } from '../../src/manifests/input';
import { readMeshFile } from '../../src/manifests/mesh-input';
import { backendsReport, clientView } from '../../src/reports/backends';
import { checkReport } from '../../src/reports/check';
import { connectionGridReport } from '../../src/reports/connection-grid';
import { connectionMatrixReport } from '../../src/reports/connection-matrix';
import { connectionSummaryReport } from '../../src/reports/connection-summary';
import { diffReport } from '../../src/reports/diff';
import { explainReport } from '../../src/reports/explain';
import { explainServiceReport } from '../../src/reports/explain-service';
import { Content, formatsFor, printReport } from '../../src/reports/formats/format';
import { MARKDOWN_LIMIT } from '../../src/reports/formats/markdown';
import { matrixReport, memberFlowsReport } from '../../src/reports/matrix';
import { matrixSummaryReport } from '../../src/reports/matrix-summary';
import { Report } from '../../src/reports/report';
import { schemaFiles } from '../../tools/schemas';
import { EXAMPLES } from '../support/examples';
import { folderOf, meshFileIn } from '../support/program';
import { schemaFaults } from '../support/schemas';

const FOLDER = path.join(__dirname, '..', '..', 'schemas');
const MESH_FOLDER = path.join(__dirname, 'mesh');

test('schemas/ is what `npx tsx tools/schemas.ts` writes', () => {
  const files = fs.readdirSync(FOLDER).map(name => [name, fs.readFileSync(path.join(FOLDER, name), 'utf8')]);
  expect(Object.fromEntries(files)).toEqual(schemaFiles());
});

test('mesh.yaml and expectations: valid files are valid, and the faults of others have their places', () => {
  const read = (name: string) => parse(fs.readFileSync(path.join(MESH_FOLDER, name), 'utf8'));
  expect(schemaFaults('mesh', read('mesh.yaml'))).toEqual([]);
  expect(schemaFaults('expectations', read('flows.yaml'))).toEqual([]);
  expect(
    schemaFaults('mesh', { apiVersion: 'cilium-mesh/v2', clusters: [{ name: 'a', id: '1', manifest: ['a'] }] }),
  ).toEqual([
    '/apiVersion: must be equal to constant',
    "/clusters/0: must have required property 'manifests'",
    '/clusters/0: must NOT have additional properties',
    '/clusters/0/id: must be integer',
  ]);
  expect(
    schemaFaults('expectations', { apiVersion: 'cilium-mesh/v1', flows: [{ from: 'a', verdict: 'alowed' }] }),
  ).toEqual([
    "/flows/0: must have required property 'to'",
    '/flows/0/verdict: must be equal to one of the allowed values',
  ]);
});

const VARIANTS = EXAMPLES.flatMap(([example, variants]) =>
  variants.length === 0 ? [[example, '']] : variants.map(variant => [example, variant]),
);
const isSarif = sarifValidator();

test.each(VARIANTS)('%s %s in every format', async (example, variant) => {
  const folder = folderOf(example, ...(variant === '' ? [] : [variant]));
  const file = meshFileIn(folder);
  expect(schemaFaults('mesh', parse(fs.readFileSync(file, 'utf8')))).toEqual([]);
  const { input, problems } = readMeshFile(file);
  expect(problems).toEqual([]);
  for (const [schema, report] of reports(input, readMesh(input))) {
    const contents = (['records', 'diagnostics', 'cases', 'picture', 'changes'] as const).filter(
      (each: Content) => report[each] !== undefined,
    );
    for (const format of formatsFor(contents)) {
      let out = '';
      await printReport(report, format, { colors: createColors(true), version: '1.0.0', folder }, text => {
        out += text;
      });
      if (format === 'json') {
        expect([schema, schemaFaults(schema, JSON.parse(out))]).toEqual([schema, []]);
      }
      if (format === 'sarif') {
        expect([isSarif(JSON.parse(out)), isSarif.errors]).toEqual([true, null]);
      }
      if (format === 'markdown') {
        expect(out.length).toBeLessThanOrEqual(MARKDOWN_LIMIT);
      }
      // colours are for terminals
      expect(format === 'text' || !out.includes('\u001b')).toBe(true);
    }
  }
});

/** The reports of matrix on all ports, between endpoints of every kind. */
function connectionReports(mesh: EvaluatedMesh): Array<[schema: string, report: Report]> {
  const texts = ['entity:kube-apiserver', 'world:192.0.2.1', 'fqdn:example.org'];
  const patterns = [
    { kind: 'workloads', workloads: mesh.workloads } as const,
    ...texts.map(text => parseEndpointPattern(mesh, text) as EndpointPattern),
  ];
  const pairs = ConnectionMatrix.of(mesh, { from: patterns, to: patterns }) as ConnectionMatrix;
  return [
    ['matrix', connectionMatrixReport(pairs)],
    ['matrix', memberFlowsReport(pairs, { ports: [{ protocol: 'TCP', port: 80 }] })],
    ['matrix-summary', connectionSummaryReport(pairs)],
    ['matrix-groups', connectionGridReport(pairs, { kind: 'namespace' })],
  ];
}

/** The reports of every command about a mesh, each with the name of its schema. */
function reports(input: MeshInput, mesh: EvaluatedMesh): Array<[schema: string, report: Report]> {
  const scope = { from: mesh.workloads, to: mesh.workloads, all: true };
  const clusters = mesh.clusters.map(each => each.name);
  const services = serviceNames(mesh);
  const request = { kind: 'http', http: { method: 'GET', path: '/', headers: {} } } as const;
  const end = (workload: Workload) => ({ kind: 'workload', workload }) as const;
  const flows = [...matrix(mesh, scope)];
  const explained = flows
    .slice(0, 20)
    .map(({ source, destination, port }) => explainFlow(mesh, end(source), end(destination), port));
  return [
    ['check', checkReport(checkMesh(mesh, input))],
    [
      'matrix',
      matrixReport(mesh, { ...scope, request }),
    ],
    ['matrix-summary', matrixSummaryReport(mesh, scope)],
    ...connectionReports(mesh),
    ['explain', explainReport(explained)],
    ...services.slice(0, 3).flatMap(service =>
      mesh.workloads.slice(0, 2).map((workload): [string, Report] => {
        const explanation = explainService(mesh, end(workload), { service }, { request });
        return ['explain', explainServiceReport(explanation as ServiceExplanation)];
      }),
    ),
    [
      'backends',
      backendsReport(
        services.map(service => ({
          service,
          clients: clusters.map(cluster => clientView(mesh, service, cluster)),
        })),
      ),
    ],
    ['diff', diffReport(diffMeshes(readMesh(input, { version: CiliumVersion.parse('1.18.0') }), mesh))],
  ];
}
