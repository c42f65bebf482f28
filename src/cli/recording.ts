import { CommandError } from './io';
import { formatList } from '../diagnostics/texts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { Ends } from '../observed/flows/ends';
import { ObservedFlow } from '../observed/flows/observed-flow';
import { Period, Recording } from '../observed/flows/recording';
import { Replay } from '../observed/judging/replay';
import { FlowFiles, FlowSource, readFlowFiles } from '../observed/reading/flow-files';

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
  const recording = new Recording(new Ends(meshes), period);
  const files = await readFlowFiles(sources, process.stdin, (item, { cluster }) => recording.add(item, cluster));
  const flows = recording.finish();
  if (recording.records === 0) {
    throw new CommandError(
      [
        ...files.problems.map(({ file, message, fix }) => `${file}: ${message}\n    fix: ${fix}`),
        `no flows of Hubble in ${formatList(sources.map(({ path }) => path))}: ${files.files} files, ` +
          `${files.broken.count} lines of invalid JSON, ${files.foreign.count} of other text, ${recording.others} ` +
          'values of other programs',
      ].join('\n'),
    );
  }
  return { recording, files, flows };
}

/** Refuses a recording of another mesh at once. */
export function checkMapped({ flows, unknown }: Replay, mesh: EvaluatedMesh): void {
  const hasPods = flows.some(({ flow }) =>
    [flow.source, flow.destination].some(
      ({ matches: [match] }) => 'endpoint' in match && match.endpoint.kind === 'workload',
    ),
  );
  if (hasPods || unknown.length === 0) {
    return;
  }
  const ends = [...new Set(unknown.flatMap(({ flow }) => [flow.source, flow.destination]).map(({ text }) => text))];
  throw new CommandError(
    'no recorded flow has an end in the manifests: this may be a recording of another mesh\n' +
      `    clusters of the mesh: ${formatList(mesh.clusters.map(({ name }) => name), 10)}\n` +
      `    ends of the recording: ${formatList(ends, 5)}\n` +
      '    fix: name the mesh that was recorded; if the records do not name clusters, write NAME=PATH for each recording',
  );
}
