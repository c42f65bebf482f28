import { matchesGlob } from './glob';
import { nearestText } from './nearest-text';
import { ReferenceProblem } from './reference-problem';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { formatValue } from '../../diagnostics/texts';
import { EvaluatedMesh } from '../read/mesh';
import { formatWorkload, Workload } from '../read/workload';

/**
 * The workloads that a pattern selects: a reference with `*`, labels (`label:app=web`, `app=web,tier!=db`), or
 * `@cluster` for all of a cluster.
 */
export function selectWorkloads(mesh: EvaluatedMesh, text: string): readonly Workload[] | ReferenceProblem {
  const at = text.lastIndexOf('@');
  const [written, cluster] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
  const path = written.replace(/^label:/, '');
  const clusters = mesh.clusters.map(each => each.name);
  if (cluster !== undefined && !clusters.some(name => matchesGlob(cluster, name))) {
    return {
      problem: `${formatValue(text)}: unknown cluster ${formatValue(cluster)}${didYouMean(cluster, clusters)}`,
      fix: nearestText('clusters', cluster, clusters),
    };
  }
  const inCluster = mesh.workloads.filter(workload => cluster === undefined || matchesGlob(cluster, workload.cluster));
  const hasLabels = /[=!]/.test(path) || path !== written;
  const isElsewhere = !hasLabels && !path.includes('/') && inCluster.some(byName(['*', path]));
  const workloads =
    path === ''
      ? inCluster
      : hasLabels
        ? inCluster.filter(byLabels(path))
        : inCluster.filter(byName(path.split('/')));
  return workloads.length > 0
    ? workloads
    : {
      problem: `${formatValue(text)} selects no workload${hasLabels ? nearLabel(path, mesh) : nearName(text, mesh)}`,
      fix:
          'write name@cluster, namespace/name, Kind/namespace/name (with * for any text), @cluster, ' +
          'or labels such as label:app=web@cluster' +
          (isElsewhere
            ? `; a name alone is of the namespace default: ${formatValue(`*/${text}`)} selects all namespaces`
            : ''),
    };
}

function nearName(text: string, { workloads }: EvaluatedMesh): string {
  const names = text.includes('@')
    ? workloads.map(formatWorkload)
    : workloads.map(({ namespace, name }) => (text.includes('/') ? `${namespace}/${name}` : name));
  return didYouMean(text, [...new Set([...names, ...workloads.map(formatWorkload), 'world'])]);
}

function nearLabel(text: string, { workloads }: EvaluatedMesh): string {
  const labels = workloads.flatMap(each => Object.entries(each.podLabels).map(([key, value]) => `${key}=${value}`));
  return didYouMean(text, [...new Set(labels)]);
}

function byName(parts: readonly string[]): (workload: Workload) => boolean {
  const [name, namespace = parts.length === 1 ? 'default' : '*', kind = '*'] = [...parts].reverse();
  return workload =>
    matchesGlob(name, workload.name) &&
    matchesGlob(namespace, workload.namespace) &&
    matchesGlob(kind.toLowerCase(), workload.kind.toLowerCase());
}

function byLabels(text: string): (workload: Workload) => boolean {
  const terms = text.split(',').map(term => /^([^=!]+)(!?=)=?(.*)$/.exec(term));
  return workload =>
    terms.every(term => term !== null && (workload.podLabels[term[1].trim()] === term[3].trim()) === (term[2] === '='));
}
