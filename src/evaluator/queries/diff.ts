import { declaredPorts, sortedPorts } from './matrix';
import { FlowPort } from '../flows/flow';
import { PairVerdict, PortReachability, Reachability } from '../flows/reachability';
import { EvaluatedMesh } from '../read/mesh';
import { compareWorkloads, Workload } from '../read/workload';

/** A flow that only one of two meshes allows, with its verdicts before and after. */
export interface FlowChange {
  readonly source: Workload;
  readonly destination: Workload;
  readonly port: FlowPort;
  /** Undefined if a workload or the port is missing. */
  readonly before?: PairVerdict;
  readonly after?: PairVerdict;
}

/** The changes from one mesh to another. */
export interface MeshDiff {
  /** Flows allowed after, but not before. */
  readonly gained: readonly FlowChange[];
  /** Flows allowed before, but not after. */
  readonly lost: readonly FlowChange[];
  readonly addedWorkloads: readonly Workload[];
  readonly removedWorkloads: readonly Workload[];
}

/** Compares the flows of two meshes. Workloads are the same if they have the same cluster, namespace, kind and name. */
export function diffMeshes(before: EvaluatedMesh, after: EvaluatedMesh, ports?: readonly FlowPort[]): MeshDiff {
  const pairs = pairWorkloads(before.workloads, after.workloads);
  const [portsBefore, portsAfter] = [before, after].map(mesh => portsBy(new Reachability(mesh)));
  const gained: FlowChange[] = [];
  const lost: FlowChange[] = [];
  for (const to of pairs) {
    const portsIn = (mesh: EvaluatedMesh, workload: Workload | undefined) =>
      workload === undefined ? [] : (ports ?? declaredPorts(mesh, workload));
    for (const port of sortedPorts([...portsIn(before, to.before), ...portsIn(after, to.after)])) {
      for (const from of pairs.filter(each => each !== to)) {
        const was = from.before && to.before ? portsBefore(port).verdict(from.before, to.before) : undefined;
        const is = from.after && to.after ? portsAfter(port).verdict(from.after, to.after) : undefined;
        if ((was?.verdict === 'allowed') !== (is?.verdict === 'allowed')) {
          const change = {
            source: (from.after ?? from.before)!,
            destination: (to.after ?? to.before)!,
            port,
            before: was,
            after: is,
          };
          (is?.verdict === 'allowed' ? gained : lost).push(change);
        }
      }
    }
  }
  return {
    gained: gained.sort(compareChanges),
    lost: lost.sort(compareChanges),
    addedWorkloads: pairs.filter(each => !each.before).map(each => each.after!),
    removedWorkloads: pairs.filter(each => !each.after).map(each => each.before!),
  };
}

interface Pair {
  readonly before?: Workload;
  readonly after?: Workload;
}

function pairWorkloads(before: readonly Workload[], after: readonly Workload[]): Pair[] {
  const key = ({ cluster, namespace, kind, name }: Workload) => `${cluster} ${namespace} ${kind} ${name}`;
  const pairs = new Map<string, { before?: Workload; after?: Workload }>(
    before.map(workload => [key(workload), { before: workload }]),
  );
  for (const workload of after) {
    pairs.set(key(workload), { ...pairs.get(key(workload)), after: workload });
  }
  return [...pairs.values()].sort((one, other) =>
    compareWorkloads((one.after ?? one.before)!, (other.after ?? other.before)!),
  );
}

function portsBy(reachability: Reachability): (port: FlowPort) => PortReachability {
  const byPort = new Map<string, PortReachability>();
  return port => {
    const key = `${port.protocol}/${port.port}`;
    const onPort = byPort.get(key) ?? reachability.on(port);
    byPort.set(key, onPort);
    return onPort;
  };
}

function compareChanges(one: FlowChange, other: FlowChange): number {
  return (
    compareWorkloads(one.source, other.source) ||
    compareWorkloads(one.destination, other.destination) ||
    (one.port.protocol < other.port.protocol
      ? -1
      : one.port.protocol > other.port.protocol
        ? 1
        : one.port.port - other.port.port)
  );
}
