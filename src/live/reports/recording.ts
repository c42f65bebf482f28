import { Column, Part, Report } from '../../reports/report';
import type { RecordingJson } from '../../reports/schemas/record';
import { counted } from '../../reports/words';
import { RecordedCounts } from '../recording/recorded-lines';

/** A recording of one cluster, or a redacted one. */
export interface RecordedFile {
  /** Of the cluster or context; undefined for redacted recordings of several. */
  readonly name?: string;
  readonly context?: string;
  /** Undefined without records: there is no file then. */
  readonly file?: string;
  readonly counts: Pick<RecordedCounts, 'records' | 'lost' | 'first' | 'last'> & {
    readonly nodes: { readonly size: number };
    readonly unavailable: { readonly size: number };
  };
  /** How often the connection to Hubble broke. */
  readonly interruptions: number;
  /** Why there is no recording, or not all of one. */
  readonly problem?: string;
}

/** What was recorded into a folder. */
export interface RecordingResult {
  readonly folder: string;
  readonly files: readonly RecordedFile[];
  readonly isRedacted: boolean;
}

/** `cilium-mesh record`: the files of a recording, and what is missing in it. */
export function recordingReport({ folder, files, isRedacted }: RecordingResult): Report {
  const items = () => files.map(fileJson);
  return {
    title: 'record',
    parts: () => [
      { kind: 'table', columns: COLUMNS, rows: files.map(fileRow) },
      ...files.flatMap(problemLines),
      ...(isRedacted ? [{ kind: 'line', text: NOT_JUDGED } as const] : []),
      { kind: 'line', text: summary(folder, files) },
    ],
    document: { field: 'files', more: { folder, redacted: isRedacted }, items },
    records: {
      columns: ['name', 'context', 'file', 'records', 'nodes', 'lost', 'first', 'last', 'interruptions', 'problem'],
      items,
    },
  };
}

const NOT_JUDGED =
  'redacted: rules about addresses, DNS names and requests cannot be judged by this recording; ' +
  'labels, namespaces, workloads and policies are in it';

const COLUMNS: readonly Column[] = [
  { title: 'cluster', type: 'text' },
  { title: 'file', type: 'place' },
  { title: 'records', type: 'number' },
  { title: 'nodes', type: 'number' },
  { title: 'lost', type: 'number' },
  { title: 'from', type: 'text' },
  { title: 'to', type: 'text' },
];

function fileRow({ name, file, counts: { records, nodes, lost, first, last } }: RecordedFile): string[] {
  return [
    name ?? '-',
    file ?? '-',
    String(records),
    String(nodes.size),
    String(lost),
    toSecond(first) ?? '-',
    toSecond(last) ?? '-',
  ];
}

function toSecond(time: string | undefined): string | undefined {
  return time?.replace(/\.\d+/, '');
}

function problemLines({ name = 'recording', counts, interruptions, problem }: RecordedFile): Part[] {
  const line = (head: string, text: string): Part => ({
    kind: 'line',
    text: [{ text: head, tone: head === 'problem' ? 'bad' : 'doubtful' }, ` ${name}: ${text}`],
  });
  return [
    ...(problem === undefined ? [] : [line('problem', problem)]),
    ...(interruptions === 0
      ? []
      : [line('unknown', `the connection to Hubble broke ${counted(interruptions, 'time')}: records may be missing`)]),
    ...(counts.unavailable.size === 0
      ? []
      : [line('unknown', `${counted(counts.unavailable.size, 'node')} did not answer: their records are missing`)]),
    ...(counts.lost === 0
      ? []
      : [line('unknown', `Hubble lost ${counted(counts.lost, 'event')}: missing records prove nothing`)]),
    ...(counts.records > 0 || problem !== undefined
      ? []
      : [line('unknown', 'no records: no new connections, or Hubble sees no traffic there')]),
  ];
}

function summary(folder: string, files: readonly RecordedFile[]): string {
  const records = files.reduce((sum, { counts }) => sum + counts.records, 0);
  const written = files.filter(({ file }) => file !== undefined).length;
  return written === 0
    ? 'nothing was recorded'
    : `${folder}: ${counted(records, 'record')} in ${counted(written, 'file')}. To judge them: cilium-mesh replay ${folder}`;
}

function fileJson({ name, context, file, counts, interruptions, problem }: RecordedFile): RecordingJson {
  const { records, nodes, unavailable, lost, first, last } = counts;
  return {
    ...(name === undefined ? {} : { name }),
    ...(context === undefined ? {} : { context }),
    ...(file === undefined ? {} : { file }),
    records,
    nodes: nodes.size,
    unavailableNodes: unavailable.size,
    lost,
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
    interruptions,
    ...(problem === undefined ? {} : { problem }),
  };
}
