import { fileLine } from './diagnostics';
import { Part } from './report';
import { counted } from './words';
import { formatList } from '../diagnostics/texts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { Gap } from '../observed/flows/covered-time';
import { ObservedFlow } from '../observed/flows/observed-flow';
import { clusterOfNode, RecordedNode, Recording, SkippedReason } from '../observed/flows/recording';
import { FlowFiles } from '../observed/reading/flow-files';
import { formatSpan, formatTime } from '../observed/reading/time';

/** What a recording covers, and what it cannot prove. */
export interface Coverage {
  readonly first?: number;
  readonly last?: number;
  /** The longest times within it without any record. */
  readonly gaps: readonly Gap[];
  readonly lost: number;
  /** Clusters with records of their own nodes. */
  readonly clusters: ReadonlySet<string>;
  /** Clusters of the mesh without. */
  readonly unrecorded: readonly string[];
  /** Workloads that are no end of any flow. */
  readonly silent: number;
}

/** What a recording covers of a mesh. */
export function coverageOf(
  mesh: EvaluatedMesh,
  recording: Recording,
  { flows }: { readonly flows: ReadonlyArray<{ readonly flow: ObservedFlow }> },
): Coverage {
  const nodes = [...recording.nodes.values()].filter(({ records }) => records > 0);
  const times = (field: 'first' | 'last') => nodes.flatMap(node => node[field] ?? []);
  const [firsts, lasts] = [times('first'), times('last')];
  const local = flows.flatMap(({ flow }) => [
    ...(flow.isRecordedAtSource ? [flow.source] : []),
    ...(flow.isRecordedAtDestination ? [flow.destination] : []),
  ]);
  const clusters = new Set([
    ...nodes.flatMap(({ name }) => clusterOfNode(name) ?? []),
    ...local.flatMap(({ matches: [match] }) =>
      'endpoint' in match && match.endpoint.kind === 'workload' ? [match.endpoint.workload.cluster] : [],
    ),
  ]);
  const seen = new Set(
    flows.flatMap(({ flow }) => [flow.source, flow.destination]).flatMap(({ matches: [match] }) =>
      'endpoint' in match && match.endpoint.kind === 'workload' ? [match.endpoint.workload] : [],
    ),
  );
  return {
    ...(firsts.length > 0 ? { first: firsts.reduce((one, other) => Math.min(one, other)) } : {}),
    ...(lasts.length > 0 ? { last: lasts.reduce((one, other) => Math.max(one, other)) } : {}),
    gaps: recording.covered.gaps(),
    lost: [...recording.nodes.values()].reduce((sum, { lost }) => sum + lost, 0),
    clusters,
    unrecorded: mesh.clusters.filter(({ name }) => !clusters.has(name)).map(({ name }) => name),
    silent: mesh.workloads.filter(workload => !workload.hostNetwork && !seen.has(workload)).length,
  };
}

/** The length of the recording, in words. */
export function lengthOf({ first, last }: Coverage): string {
  return first === undefined || last === undefined ? 'an unknown time' : formatSpan(last - first);
}

/** The length of the recording with its times, and with what was lost in it, in words. */
export function coveredTime(coverage: Coverage): string {
  const { first, last, gaps, lost } = coverage;
  const missing = gaps.reduce((sum, gap) => sum + gap.last - gap.first, 0);
  const times = first === undefined || last === undefined ? '' : ` (${formatTime(first)} to ${formatTime(last)})`;
  const without = missing === 0 ? '' : `, of which ${formatSpan(missing)} have no records`;
  return `${lengthOf(coverage)}${times}${without}${lost === 0 ? '' : `, and ${counted(lost, 'event')} were lost`}`;
}

/** What was read, and what is missing in it. */
export function coverageParts(
  mesh: EvaluatedMesh,
  recording: Recording,
  files: FlowFiles,
  coverage: Coverage,
): Part[] {
  const { first, last, gaps, lost, unrecorded, silent } = coverage;
  const nodes = [...recording.nodes.values()].filter(({ records }) => records > 0);
  const time =
    first === undefined || last === undefined
      ? 'without times'
      : `${formatTime(first)} to ${formatTime(last)} (${lengthOf(coverage)})`;
  const line = (text: string): Part => ({ kind: 'line', text });
  const lossy = [...recording.nodes.values()].filter(node => node.lost > 0 || node.wasUnavailable);
  return [
    line(
      `recording: ${counted(recording.records, 'record')} of ${counted(nodes.length, 'node')} in ` +
        `${counted(files.files, 'file')}, ${time}; ${counted(lost, 'event')} lost`,
    ),
    ...skippedLines(recording),
    ...(gaps.length === 0
      ? []
      : [
        doubtLine(
          `no records ${formatList(gaps.map(gapText))}: nothing was recorded, nothing happened, or a clock was wrong`,
        ),
      ]),
    ...(lossy.length === 0
      ? []
      : [
        doubtLine(
          `${formatList(lossy.map(node => `${node.name || 'a node'} ${lossText(node)}`), 5)}: missing records there ` +
              'prove nothing',
        ),
      ]),
    ...(unrecorded.length === 0 || recording.records === 0
      ? []
      : [doubtLine(`no node of ${formatList(unrecorded)} recorded: what is known is from the other ends`)]),
    ...otherVersions(mesh, nodes).map(doubtLine),
    ...mesh.clusters.flatMap(({ name, nodes: known }) => {
      const count = nodes.filter(node => clusterOfNode(node.name) === name).length;
      return known.length > count && count > 0
        ? [doubtLine(`records of ${count} of ${known.length} nodes in ${name}`)]
        : [];
    }),
    ...(silent === 0 || recording.records === 0
      ? []
      : [doubtLine(`${counted(silent, 'workload')} of ${mesh.workloads.length} ${silent === 1 ? 'has' : 'have'} no records`)]),
    ...(files.broken.count === 0
      ? []
      : [
        doubtLine(
          `${counted(files.broken.count, 'line')} of invalid JSON: ` +
              formatList(files.broken.places.map(({ file, line: number }) => fileLine(file, number)), 5),
        ),
      ]),
    ...files.problems.map(({ file, message, fix }) => doubtLine(`${fileLine(file, undefined)}: ${message}. To fix: ${fix}`)),
  ];
}

function gapText({ first, last }: Gap): string {
  return `from ${formatTime(first)} to ${formatTime(last)} (${formatSpan(last - first)})`;
}

/** Clusters whose nodes recorded with another minor version than that of the manifests. */
function otherVersions(mesh: EvaluatedMesh, nodes: readonly RecordedNode[]): string[] {
  return mesh.clusters.flatMap(({ name, version }) => {
    const recorded = new Set(
      nodes
        .filter(node => clusterOfNode(node.name) === name)
        .flatMap(({ versions }) => [...versions].flatMap(text => /^v?1\.(\d+)\./.exec(text)?.[1] ?? [])),
    );
    recorded.delete(String(version.minor));
    const others = [...recorded].sort().map(minor => `1.${minor}`);
    return others.length === 0
      ? []
      : [`${name} recorded with Cilium ${formatList(others)}, and the manifests say 1.${version.minor}: verdicts may differ`];
  });
}

function lossText({ lost, wasUnavailable }: { readonly lost: number; readonly wasUnavailable: boolean }): string {
  return [...(lost > 0 ? [`lost ${counted(lost, 'event')}`] : []), ...(wasUnavailable ? ['did not answer'] : [])].join(
    ' and ',
  );
}

/** Why records are part of no flow, in words. */
export const SKIPPED: { readonly [reason in SkippedReason]: string } = {
  'reply': 'replies',
  'before-policy': 'records before any policy',
  'incomplete': 'records without ends or ports',
  'no-verdict': 'records without a verdict',
  'direction-unknown': 'records of unknown direction',
  'outside-of-period': 'records outside of the period',
  'undated': 'records without a time',
};

export const SKIP_REASONS = Object.keys(SKIPPED) as readonly SkippedReason[];

/** Reasons for which a record may have been one of a connection that is not known. */
const UNREADABLE: readonly SkippedReason[] = ['incomplete', 'no-verdict', 'direction-unknown'];

/** Records of connections that cannot be read. */
export function unreadableRecords({ skipped }: Recording): number {
  return UNREADABLE.reduce((sum, reason) => sum + skipped[reason], 0);
}

function skippedLines({ skipped, events, others }: Recording): Part[] {
  const textOf = (reasons: readonly SkippedReason[], more: readonly (readonly [number, string])[] = []) =>
    reasons
      .map(reason => [skipped[reason], SKIPPED[reason]] as const)
      .concat(more)
      .filter(([count]) => count > 0)
      .map(([count, text]) => `${text} (${count})`)
      .join(', ');
  const unreadable = textOf(UNREADABLE);
  const rest = textOf(
    SKIP_REASONS.filter(reason => !UNREADABLE.includes(reason)),
    [
      [events, 'events of agents'],
      [others, 'values of other programs'],
    ],
  );
  return [
    ...(rest === '' ? [] : [{ kind: 'line', text: `not counted in flows: ${rest}` } as const]),
    ...(unreadable === '' ? [] : [doubtLine(`${unreadable}: what they recorded is not judged`)]),
  ];
}

function doubtLine(text: string): Part {
  return { kind: 'line', text: [{ text: 'unknown: ', tone: 'doubtful' }, text] };
}
