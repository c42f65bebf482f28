import { FindingContext } from './context';
import { Finding, found } from './finding';
import { EvaluatedCluster } from '../read/cluster';

/** Objects that cannot be read, stand twice, or are ignored. */
export function objectFindings(context: FindingContext): Finding[] {
  return context.mesh.clusters.flatMap(cluster => [...twice(cluster), ...invalid(cluster), ...ignored(cluster)]);
}

function twice({ name, duplicates }: EvaluatedCluster): Finding[] {
  return duplicates.map(({ first, second }) => {
    const line = first.line();
    const place = line === undefined ? first.file : `${first.file}:${line}`;
    return found('object-twice', name, second, 'metadata.name', `${name} has this object twice, also in ${place}: the last one counts`, 'keep one of the two');
  });
}

function invalid({ name, workloadProblems }: EvaluatedCluster): Finding[] {
  return workloadProblems.map(({ manifest, path, message }) => found('workload-invalid', name, manifest, path, message, 'correct the field; the API server refuses the object as it is'));
}

/** Documents that the reader ignored, under the codes of `READ_CODES`. */
function ignored({ name, input }: EvaluatedCluster): Finding[] {
  return input.notes.map(({ code, file, line, message, got, fix }): Finding => ({
    code, severity: 'info', cluster: name, file, ...line === undefined ? {} : { line }, message: `${message}${got === undefined ? '' : ` (got ${got})`}`, fix,
  }));
}
