import { columns, CommandError, counted, Io, Status } from './io';
import { documentJson, workloadJson } from './json';
import { checkFormat, loadInput, loadMesh, meshFileIn, MeshOptions, portOf, versionOf } from './mesh-options';
import { PairVerdict } from '../evaluator/flows/reachability';
import { diffMeshes, FlowChange } from '../evaluator/queries/diff';
import { EvaluatedMesh, readMesh } from '../evaluator/read/mesh';
import { shownWorkload, Workload } from '../evaluator/read/workload';

export interface DiffOptions extends MeshOptions {
  readonly port?: readonly string[];
}

/** `cilium-mesh diff OLD NEW`, or `diff --cilium 1.18..1.20`: flows gained and lost. */
export async function diffCommand(old: string | undefined, young: string | undefined, options: DiffOptions, io: Io): Promise<Status> {
  checkFormat(options.format);
  const ports = options.port?.map(portOf);
  const [before, after] = meshes(old, young, options);
  const diff = diffMeshes(before, after, ports);
  if (options.format === 'json') {
    await documentJson('flows', [...diff.gained.map(each => changeJson('gained', each)), ...diff.lost.map(each => changeJson('lost', each))], io.out, {
      addedWorkloads: diff.addedWorkloads.map(workloadJson), removedWorkloads: diff.removedWorkloads.map(workloadJson),
    });
  } else {
    await io.out(list('workloads added', diff.addedWorkloads) + list('workloads removed', diff.removedWorkloads));
    await io.out(changes('gained', diff.gained, io.colors.green) + changes('lost', diff.lost, io.colors.red));
    await io.out(`${counted(diff.gained.length, 'flow')} gained, ${diff.lost.length} lost\n`);
  }
  return diff.gained.length + diff.lost.length > 0 ? Status.FOUND : Status.OK;
}

function meshes(old: string | undefined, young: string | undefined, options: DiffOptions): [EvaluatedMesh, EvaluatedMesh] {
  const range = options.cilium === undefined ? undefined : /^(.+?)\.\.([^]+)$/.exec(options.cilium);
  if (options.cilium !== undefined && !range) {
    throw new CommandError(`diff --cilium takes two versions such as 1.18..1.20, not ${JSON.stringify(options.cilium)}`);
  }
  if (range && (old !== undefined || young !== undefined)) {
    throw new CommandError('diff compares two meshes, or two versions of Cilium on one: leave out OLD and NEW, or --cilium');
  }
  if (range) {
    const input = loadInput(options);
    return [readMesh(input, { version: versionOf(range[1]) }), readMesh(input, { version: versionOf(range[2]) })];
  }
  if (old === undefined || young === undefined) {
    throw new CommandError('diff compares two meshes: write diff OLD NEW (mesh files, or folders that hold mesh/mesh.yaml or mesh.yaml), or diff --cilium 1.18..1.20');
  }
  if (options.mesh !== undefined || options.cluster) {
    throw new CommandError('diff OLD NEW names both meshes: leave out --mesh and --cluster');
  }
  return [loadMesh({ format: options.format, mesh: meshFileIn(old) }).mesh, loadMesh({ format: options.format, mesh: meshFileIn(young) }).mesh];
}

function list(title: string, workloads: readonly Workload[]): string {
  return workloads.length === 0 ? '' : `${title}: ${workloads.map(shownWorkload).join(', ')}\n`;
}

function changes(title: string, flows: readonly FlowChange[], color: (text: string) => string): string {
  return columns(flows.map(({ source, destination, port, before, after }) => [
    color(title), `${shownWorkload(source)} -> ${shownWorkload(destination)}`, `${port.protocol}/${port.port}`, `${shown(before)} => ${shown(after)}`,
  ]));
}

function shown(verdict: PairVerdict | undefined): string {
  return verdict === undefined ? 'not there' : `${verdict.egress}/${verdict.ingress}`;
}

function changeJson(change: string, { source, destination, port, before, after }: FlowChange): unknown {
  return { change, source: workloadJson(source), destination: workloadJson(destination), protocol: port.protocol, port: port.port, before: before ?? null, after: after ?? null };
}
