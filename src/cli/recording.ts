import { CommandError } from './io';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatList, formatValue } from '../diagnostics/texts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { isAssumed } from '../observed/flows/assumed-dns';
import { Ends, ObservedEnd } from '../observed/flows/ends';
import { ObservedFlow } from '../observed/flows/observed-flow';
import { Period, Recording } from '../observed/flows/recording';
import { FlowFiles, FlowSource, readFlowFiles } from '../observed/reading/flow-files';
import { SKIP_REASONS, SKIPPED } from '../reports/replay-coverage';
import { counted } from '../reports/words';

/** A recording, read to its end. */
export interface ReadRecording {
  readonly recording: Recording;
  readonly files: FlowFiles;
  readonly flows: readonly ObservedFlow[];
}

/** Reads recordings, and finds the ends of their flows in meshes. Refuses what contains no flows. */
export async function readRecording(
  sources: readonly FlowSource[],
  meshes: readonly EvaluatedMesh[],
  period: Period,
): Promise<ReadRecording> {
  checkClusters(sources, meshes);
  const recording = new Recording(new Ends(meshes), period);
  const files = await readFlowFiles(sources, process.stdin, (item, { cluster }) => recording.add(item, cluster));
  const flows = recording.finish();
  if (recording.records === 0) {
    const problems = files.problems.map(({ file, message, fix }) => `${file}: ${message}\n    fix: ${fix}`);
    if (files.files === 0) {
      throw new CommandError(problems.join('\n'));
    }
    throw new CommandError(
      [
        ...problems,
        `no flows of Hubble in ${formatList(sources.map(({ path }) => path))}: ${counted(files.files, 'file')}, ` +
          `${counted(files.broken.count, 'line')} of invalid JSON, ${files.foreign.count} of other text, ` +
          `${counted(recording.others, 'value')} of other programs`,
      ].join('\n'),
    );
  }
  if (flows.length === 0) {
    throw new CommandError(noFlowText(recording));
  }
  return { recording, files, flows };
}

/** Why none of the records says who connected to whom: nothing was compared, which must not look like "no change". */
function noFlowText({ records, skipped }: Recording): string {
  const reasons = SKIP_REASONS.filter(reason => skipped[reason] > 0);
  const isMasked = skipped.incomplete > 0 || skipped['no-verdict'] > 0;
  const isOutside = skipped['outside-of-period'] > 0 || skipped.undated > 0;
  return [
    `none of ${counted(records, 'record')} says who connected to whom, so nothing can be judged`,
    ...reasons.map(reason => `    ${SKIPPED[reason]}: ${skipped[reason]}`),
    ...(isMasked ? ['    fix: record source, destination, l4, verdict and event_type too, or without a field mask'] : []),
    ...(isOutside ? ['    fix: name a period that the recording covers with --since and --until'] : []),
    ...(isMasked || isOutside ? [] : ['    fix: record longer, while clients open new connections']),
  ].join('\n');
}

/** Refuses `NAME=PATH` with a name that no cluster has. */
function checkClusters(sources: readonly FlowSource[], meshes: readonly EvaluatedMesh[]): void {
  const names = [...new Set(meshes.flatMap(({ clusters }) => clusters.map(({ name }) => name)))];
  const faults = sources.flatMap(({ path, cluster }) =>
    cluster === undefined || names.includes(cluster)
      ? []
      : [
        `${cluster}=${path}: the mesh has no cluster ${formatValue(cluster)}${didYouMean(cluster, names)}\n` +
            `    clusters of the mesh: ${formatList(names, 10)}`,
      ],
  );
  if (faults.length > 0) {
    throw new CommandError(faults.join('\n'));
  }
}

/** Flows whose ends the manifests have, and the others. */
interface MappedFlows {
  readonly flows: ReadonlyArray<{ readonly flow: ObservedFlow }>;
  readonly unknown: ReadonlyArray<{ readonly flow: ObservedFlow }>;
}

/** Refuses a recording of which nothing can be judged, such as that of another mesh. */
export function checkMapped({ flows, unknown }: MappedFlows, mesh: EvaluatedMesh): void {
  const hasPods = flows.some(({ flow }) => endsOf(flow).some(isWorkload));
  if (hasPods || unknown.length === 0) {
    return;
  }
  const ends = unknown.flatMap(({ flow }) => endsOf(flow));
  const unmapped = new Set(ends.filter(({ matches: [match] }) => 'unknown' in match).map(({ text }) => text));
  throw new CommandError(
    [
      ends.some(isWorkload)
        ? 'no recorded flow has both ends in the manifests, so nothing can be judged'
        : 'no recorded flow has an end in the manifests: this may be a recording of another mesh',
      `    clusters of the mesh: ${formatList(mesh.clusters.map(({ name }) => name), 10)}`,
      `    ends that are not in the manifests: ${formatList([...unmapped], 5)}`,
      '    fix: name the mesh that was recorded; if the records do not name clusters, write NAME=PATH for each recording',
    ].join('\n'),
  );
}

function endsOf({ source, destination }: ObservedFlow): ObservedEnd[] {
  return [source, destination];
}

function isWorkload({ matches: [match] }: ObservedEnd): boolean {
  return 'endpoint' in match && match.endpoint.kind === 'workload' && !isAssumed(match.endpoint.workload);
}
