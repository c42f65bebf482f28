import { FINDING_CODES, FindingCode } from './codes';
import { FindingContext } from './context';
import { Finding } from './finding';
import { at, isOfArguments } from './mesh-model';
import { isMap } from './raw-rules';
import { EvaluatedCluster } from '../read/cluster';

/** Helm values that contradict mesh.yaml, and those that decide over flows and are not modelled. */
export function valuesFindings({ mesh, input }: FindingContext): Finding[] {
  return mesh.clusters.flatMap(cluster => [...otherCluster(cluster, isOfArguments(input.source)), ...notModelled(cluster)]);
}

function otherCluster({ name, input }: EvaluatedCluster, byArguments: boolean): Finding[] {
  const values = input.values;
  if (!values) {
    return [];
  }
  const said = at(values.values, 'cluster');
  if (!isMap(said)) {
    return []; // values that several clusters share, which `helm --set` completes
  }
  return [
    ...said.name === name ? [] : [finding('values-other-cluster', name, input, 'cluster.name', said.name === undefined
      ? 'the values leave cluster.name out: Cilium would install a cluster named "default", which is in no mesh'
      : `the values install a cluster named ${JSON.stringify(said.name)}, and ${byArguments ? '--cluster' : 'mesh.yaml'} calls it ${JSON.stringify(name)}`, `write cluster.name: ${name}`)],
    ...said.id === input.id || (byArguments && said.id !== undefined) ? [] : [finding('values-other-cluster', name, input, 'cluster.id', said.id === undefined
      ? 'the values leave cluster.id out: Cilium would install a cluster with ID 0, which is in no mesh'
      : `the values install cluster ID ${JSON.stringify(said.id)}, and mesh.yaml says ${input.id}`, byArguments ? 'write cluster.id, another one in each cluster' : `write cluster.id: ${input.id}`)],
  ];
}

function notModelled({ name, input, settings }: EvaluatedCluster): Finding[] {
  return settings.unmodelled.map(path => finding('values-not-modelled', name, input, path.split(':', 1)[0], `${path} changes verdicts, and this program does not model it`, 'take verdicts in this cluster with care'));
}

function finding(code: FindingCode, cluster: string, { values }: EvaluatedCluster['input'], path: string, message: string, fix: string): Finding {
  return { code, severity: FINDING_CODES[code].severity, cluster, file: values!.file, line: values!.line(path), message, fix };
}
