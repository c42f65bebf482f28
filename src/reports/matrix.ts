import { Column, Inline, Part, Report } from './report';
import type { FlowJson } from './schemas/matrix';
import { flowVerdictText, verdictText } from './verdicts';
import { counted } from './words';
import { workloadColumns, workloadJson } from './workload-json';
import { formatPort } from '../evaluator/flows/flow';
import { matrix, MatrixFlow, MatrixScope } from '../evaluator/queries/matrix';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { formatWorkload } from '../evaluator/read/workload';

/** `cilium-mesh matrix`: the verdict of every pair of workloads. */
export function matrixReport(mesh: EvaluatedMesh, scope: MatrixScope): Report {
  const items = () => flowsJson(matrix(mesh, scope));
  return {
    title: 'matrix',
    parts: () => matrixParts(matrix(mesh, scope), mesh.workloads.length > 1 || scope.all),
    document: { field: 'flows', items },
    records: {
      columns: [
        ...workloadColumns('source'),
        ...workloadColumns('destination'),
        'protocol',
        'port',
        'egress',
        'ingress',
        ...(scope.request ? ['request'] : []),
        'verdict',
      ],
      items,
    },
  };
}

/** The messages for an empty matrix. */
const NO_FLOWS = 'No flows: no workload declares a port. Name a port with --port.';
const NO_PAIRS = 'No flows: the manifests contain fewer than two workloads. Add the manifests of the applications.';

const COLUMNS: readonly Column[] = [
  { title: 'from', type: 'endpoint' },
  { title: 'to', type: 'endpoint' },
  { title: 'port', type: 'port' },
  { title: 'egress', type: 'verdict' },
  { title: 'ingress', type: 'verdict' },
  { title: 'verdict', type: 'verdict' },
];

/** One row for each flow, and the number of allowed flows. */
function* matrixParts(flows: Iterator<MatrixFlow>, hasPairs: boolean): Generator<Part> {
  let [count, allowed] = [0, 0];
  function* rows(first: MatrixFlow): Generator<Inline[]> {
    for (let next: IteratorResult<MatrixFlow> = { value: first }; !next.done; next = flows.next()) {
      count++;
      allowed += next.value.verdict === 'allowed' ? 1 : 0;
      yield flowRow(next.value);
    }
  }
  const first = flows.next();
  if (first.done) {
    yield { kind: 'line', text: hasPairs ? NO_FLOWS : NO_PAIRS };
    return;
  }
  yield { kind: 'table', columns: COLUMNS, rows: rows(first.value) };
  yield { kind: 'line', text: `${counted(count, 'flow')}, ${allowed} allowed` };
}

function flowRow({ source, destination, port, egress, ingress, request, verdict }: MatrixFlow): Inline[] {
  return [
    formatWorkload(source),
    formatWorkload(destination),
    formatPort(port),
    verdictText(egress),
    verdictText(ingress),
    flowVerdictText(verdict, request),
  ];
}

function* flowsJson(flows: Iterable<MatrixFlow>): Generator<FlowJson> {
  for (const { source, destination, port, egress, ingress, verdict, request } of flows) {
    const ends = { source: workloadJson(source), destination: workloadJson(destination) };
    yield {
      ...ends,
      protocol: port.protocol,
      port: port.port,
      egress,
      ingress,
      ...(request ? { request } : {}),
      verdict,
    };
  }
}
