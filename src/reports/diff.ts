import { Part, Report, Tone } from './report';
import type { ChangeJson } from './schemas/diff';
import { counted } from './words';
import { workloadColumns, workloadJson } from './workload-json';
import { formatPort } from '../evaluator/flows/flow';
import { PairVerdict } from '../evaluator/flows/reachability';
import { FlowChange, MeshDiff } from '../evaluator/queries/diff';
import { formatWorkload, Workload } from '../evaluator/read/workload';

/** `cilium-mesh diff`: flows gained and lost. */
export function diffReport(diff: MeshDiff): Report {
  const items = () => [
    ...diff.gained.map(each => changeJson('gained', each)),
    ...diff.lost.map(each => changeJson('lost', each)),
  ];
  const ends = ['before', 'after'].flatMap(field => ['egress', 'ingress', 'verdict'].map(each => `${field}.${each}`));
  return {
    title: 'diff',
    parts: () => [
      ...workloadsLine('workloads added', diff.addedWorkloads),
      ...workloadsLine('workloads removed', diff.removedWorkloads),
      ...changesTable('gained', diff.gained, 'good'),
      ...changesTable('lost', diff.lost, 'bad'),
      { kind: 'line', text: `${counted(diff.gained.length, 'flow')} gained, ${diff.lost.length} lost` },
    ],
    document: {
      field: 'flows',
      items,
      more: {
        addedWorkloads: diff.addedWorkloads.map(workloadJson),
        removedWorkloads: diff.removedWorkloads.map(workloadJson),
      },
    },
    records: {
      columns: ['change', ...workloadColumns('source'), ...workloadColumns('destination'), 'protocol', 'port', ...ends],
      items,
    },
  };
}

function workloadsLine(title: string, workloads: readonly Workload[]): Part[] {
  return workloads.length === 0
    ? []
    : [{ kind: 'line', text: `${title}: ${workloads.map(formatWorkload).join(', ')}` }];
}

function changesTable(change: string, flows: readonly FlowChange[], tone: Tone): Part[] {
  return flows.length === 0
    ? []
    : [
      {
        kind: 'table',
        headless: true,
        columns: [
          { title: 'change', type: 'text' },
          { title: 'flow', type: 'endpoint' },
          { title: 'port', type: 'port' },
          { title: 'egress/ingress', type: 'text' },
        ],
        rows: flows.map(({ source, destination, port, before, after }) => [
          { text: change, tone },
          `${formatWorkload(source)} -> ${formatWorkload(destination)}`,
          formatPort(port),
          `${verdictsText(before)} => ${verdictsText(after)}`,
        ]),
      },
    ];
}

function verdictsText(verdict: PairVerdict | undefined): string {
  return verdict === undefined ? 'not there' : `${verdict.egress}/${verdict.ingress}`;
}

function changeJson(change: 'gained' | 'lost', { source, destination, port, before, after }: FlowChange): ChangeJson {
  return {
    change,
    source: workloadJson(source),
    destination: workloadJson(destination),
    protocol: port.protocol,
    port: port.port,
    before: before ?? null,
    after: after ?? null,
  };
}
