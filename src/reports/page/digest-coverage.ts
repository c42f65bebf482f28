import { FlowDigest } from '../../observed/digest/flow-digest';
import { Recording } from '../../observed/flows/recording';
import { FlowFiles } from '../../observed/reading/flow-files';
import { Coverage } from '../replay-coverage';

/** What a recording covers, without the names of nodes and files. */
export function digestCoverage(recording: Recording, files: FlowFiles, coverage: Coverage): FlowDigest['coverage'] {
  const nodes = [...recording.nodes.values()];
  const { first, last, lost, clusters, silent } = coverage;
  return {
    records: recording.records,
    nodes: nodes.filter(({ records }) => records > 0).length,
    files: files.files,
    ...(first === undefined || last === undefined ? {} : { first, last }),
    lost,
    lossyNodes: nodes.filter(node => node.lost > 0 || node.wasUnavailable).length,
    clusters: [...clusters].sort(),
    silent,
    brokenLines: files.broken.count,
    unreadableFiles: files.problems.length,
  };
}
