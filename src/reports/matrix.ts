import { memberColumns, memberJson } from './members';
import { flowsPicture } from './picture/connection-picture';
import { placesJson, placesRecord } from './place';
import { Column, Inline, Part, Report } from './report';
import type { FlowJson } from './schemas/matrix';
import { quietVerdictText } from './verdicts';
import { counted } from './words';
import { workloadColumns, workloadJson } from './workload-json';
import { formatPort } from '../evaluator/flows/flow';
import { FlowSpace } from '../evaluator/flows/flow-space';
import { formatPlaces } from '../evaluator/flows/places';
import { CellVerdict } from '../evaluator/queries/cell-verdict';
import { ConnectionMatrix, MemberFlow } from '../evaluator/queries/connection-matrix';
import { matrix, MatrixFlow, MatrixScope } from '../evaluator/queries/matrix';
import { formatMember, Member } from '../evaluator/queries/members';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { formatWorkload, Workload } from '../evaluator/read/workload';

/** A flow between workloads, or between endpoints of any kind. */
type ReportedFlow = MatrixFlow | MemberFlow;

/** `cilium-mesh matrix --port`: the verdict of every pair of workloads on single ports. */
export function matrixReport(mesh: EvaluatedMesh, scope: MatrixScope, verdict?: CellVerdict): Report {
  return flowsReport(() => withVerdict(matrix(mesh, scope), verdict), {
    verdict,
    hasPairs: mesh.workloads.length > 1 || scope.all,
    columns: [...workloadColumns('source'), ...workloadColumns('destination')],
    hasPlaces: scope.from.some(({ hostNetwork }) => hostNetwork) || scope.to.some(({ hostNetwork }) => hostNetwork),
    hasRequest: scope.request !== undefined,
  });
}

/** The same for endpoints of any kind. */
export function memberFlowsReport(
  pairs: ConnectionMatrix,
  { ports, request }: Pick<MatrixScope, 'ports' | 'request'>,
  verdict?: CellVerdict,
): Report {
  return flowsReport(() => withVerdict(pairs.flowsOn(ports, request), verdict), {
    verdict,
    space: pairs.space,
    hasPairs: true,
    columns: [...memberColumns('source'), ...memberColumns('destination')],
    hasPlaces: pairs.hasPlaces,
    hasRequest: request !== undefined,
  });
}

function* withVerdict<F extends ReportedFlow>(flows: Iterable<F>, verdict: CellVerdict | undefined): Generator<F> {
  for (const flow of flows) {
    const ends: readonly string[] = verdict === 'allowed' ? [] : [flow.egress, flow.ingress];
    if (verdict === undefined || flow.verdict === verdict || (verdict !== 'denied' && ends.includes(verdict))) {
      yield flow;
    }
  }
}

function flowsReport(
  flows: () => Generator<ReportedFlow>,
  { verdict, space, hasPairs, columns, hasPlaces, hasRequest }: {
    readonly verdict: CellVerdict | undefined;
    /** Of members that are not workloads. */
    readonly space?: FlowSpace;
    readonly hasPairs: boolean;
    readonly columns: readonly string[];
    readonly hasPlaces: boolean;
    readonly hasRequest: boolean;
  },
): Report {
  const items = () => flowsJson(flows());
  return {
    title: 'matrix',
    parts: () => matrixParts(flows(), hasPairs),
    picture: most => flowsPicture(flows(), space, verdict !== undefined, most),
    document: { field: 'flows', items },
    records: {
      columns: [
        ...columns,
        'protocol',
        'port',
        ...(hasPlaces ? ['placement', 'nodes'] : []),
        'egress',
        'ingress',
        ...(hasRequest ? ['request'] : []),
        'verdict',
      ],
      items: function* () {
        for (const flow of flows()) {
          yield { ...flowJson(flow), ...placesRecord(flow) };
        }
      },
    },
  };
}

/** The messages for an empty matrix. */
const NO_FLOWS = 'No flows: no workload declares a port. Name a port with --port.';
const NO_PAIRS = 'No flows: the manifests contain fewer than two workloads. Name other endpoints, such as --to world, or add --all.';

const COLUMNS: readonly Column[] = [
  { title: 'from', type: 'endpoint' },
  { title: 'to', type: 'endpoint' },
  { title: 'port', type: 'port' },
  { title: 'egress', type: 'verdict' },
  { title: 'ingress', type: 'verdict' },
  { title: 'verdict', type: 'verdict' },
];

/** One row for each flow, and the number of allowed flows. */
function* matrixParts(flows: Iterator<ReportedFlow>, hasPairs: boolean): Generator<Part> {
  let [count, allowed] = [0, 0];
  function* rows(first: ReportedFlow): Generator<Inline[]> {
    for (let next: IteratorResult<ReportedFlow> = { value: first }; !next.done; next = flows.next()) {
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

function flowRow({ source, destination, port, egress, ingress, request, verdict, ...places }: ReportedFlow): Inline[] {
  const [from, to] = [formatEnd(source), formatEnd(destination)];
  return [
    from,
    `${to}${formatPlaces(places, from, to)}`,
    formatPort(port),
    quietVerdictText(egress),
    quietVerdictText(ingress),
    request === undefined
      ? quietVerdictText(verdict)
      : [quietVerdictText(verdict), ` (the request: ${request})`],
  ];
}

function* flowsJson(flows: Iterable<ReportedFlow>): Generator<FlowJson> {
  for (const flow of flows) {
    yield flowJson(flow);
  }
}

function flowJson({ source, destination, port, egress, ingress, verdict, request, ...places }: ReportedFlow): FlowJson {
  return {
    source: endJson(source),
    destination: endJson(destination),
    protocol: port.protocol,
    port: port.port,
    ...placesJson(places),
    egress,
    ingress,
    ...(request ? { request } : {}),
    verdict,
  };
}

function formatEnd(end: Workload | Member): string {
  return 'endpoint' in end ? formatMember(end) : formatWorkload(end);
}

function endJson(end: Workload | Member) {
  return 'endpoint' in end ? memberJson(end) : workloadJson(end);
}
