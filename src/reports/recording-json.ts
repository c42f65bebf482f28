import { Coverage } from './replay-coverage';
import { Recording } from '../observed/flows/recording';
import { FlowFiles } from '../observed/reading/flow-files';
import { formatTime } from '../observed/reading/time';

/** A recording in JSON: what was read, and what is missing in it. */
export function recordingJson(recording: Recording, files: FlowFiles, coverage: Coverage) {
  return {
    files: files.files,
    records: recording.records,
    ...spanJson(coverage),
    gaps: coverage.gaps.map(spanJson),
    lost: coverage.lost,
    nodes: [...recording.nodes.values()]
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map(({ name, records, lost, wasUnavailable, versions, ...span }) => ({
        node: name,
        records,
        lost,
        ...spanJson(span),
        ...(wasUnavailable ? { unavailable: true } : {}),
        ...(versions.size > 0 ? { versions: [...versions].sort() } : {}),
      })),
    skipped: { ...recording.skipped, 'events': recording.events, 'other-programs': recording.others },
    broken: { lines: files.broken.count, places: files.broken.places },
    unreadable: files.problems.map(({ file, message }) => ({ file, message })),
    unrecordedClusters: coverage.unrecorded,
    workloadsWithoutRecords: coverage.silent,
  };
}

/** The time of records, for JSON: a field that is undefined is left out. */
export function spanJson({ first, last }: { readonly first?: number; readonly last?: number }) {
  return {
    first: first === undefined ? undefined : formatTime(first),
    last: last === undefined ? undefined : formatTime(last),
  };
}
