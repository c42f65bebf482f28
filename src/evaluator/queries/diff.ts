import { declaredPorts, sortedPorts } from './matrix';
import { FlowPort } from '../flows/flow';
import { PairVerdict, PortReachability, Reachability } from '../flows/reachability';
import { EvaluatedMesh } from '../read/mesh';
import { compareWorkloads, Workload } from '../read/workload';

/** A flow that is there in one mesh only, with its verdicts before and after. */
export interface FlowChange {
  readonly source: Workload;
  readonly destination: Workload;
  readonly port: FlowPort;
  /** Undefined when one of the workloads, or the port, is not there. */
  readonly before?: PairVerdict;
  readonly after?: PairVerdict;
}

/** What changes from one mesh to another. */
export interface MeshDiff {
  /** Allowed after, and not before. */
  readonly gained: readonly FlowChange[];
  /** Allowed before, and not after. */
  readonly lost: readonly FlowChange[];
  readonly addedWorkloads: readonly Workload[];
  readonly removedWorkloads: readonly Workload[];
}

/** Compares the flows of two meshes; workloads are the same when they have one cluster, namespace, kind and name. */
export function diffMeshes(before: EvaluatedMesh, after: EvaluatedMesh, ports?: readonly FlowPort[]): MeshDiff {
  const pairs = paired(before.workloads, after.workloads);
  const [old, young] = [before, after].map(mesh => portsBy(new Reachability(mesh)));
  const gained: FlowChange[] = [];
  const lost: FlowChange[] = [];
  for (const to of pairs) {
    const there = (mesh: EvaluatedMesh, workload: Workload | undefined) => workload === undefined ? [] : ports ?? declaredPorts(mesh, workload);
    for (const port of sortedPorts([...there(before, to.before), ...there(after, to.after)])) {
      for (const from of pairs.filter(each => each !== to)) {
        const was = from.before && to.before ? old(port).verdict(from.before, to.before) : undefined;
        const is = from.after && to.after ? young(port).verdict(from.after, to.after) : undefined;
        if ((was?.verdict === 'allowed') !== (is?.verdict === 'allowed')) {
          const change = { source: (from.after ?? from.before)!, destination: (to.after ?? to.before)!, port, before: was, after: is };
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

function paired(before: readonly Workload[], after: readonly Workload[]): Pair[] {
  const key = ({ cluster, namespace, kind, name }: Workload) => `${cluster} ${namespace} ${kind} ${name}`;
  const pairs = new Map<string, { before?: Workload; after?: Workload }>(before.map(workload => [key(workload), { before: workload }]));
  for (const workload of after) {
    pairs.set(key(workload), { ...pairs.get(key(workload)), after: workload });
  }
  return [...pairs.values()].sort((one, other) => compareWorkloads((one.after ?? one.before)!, (other.after ?? other.before)!));
}

function portsBy(reachability: Reachability): (port: FlowPort) => PortReachability {
  const known = new Map<string, PortReachability>();
  return port => {
    const key = `${port.protocol}/${port.port}`;
    const found = known.get(key) ?? reachability.on(port);
    known.set(key, found);
    return found;
  };
}

function compareChanges(one: FlowChange, other: FlowChange): number {
  return compareWorkloads(one.source, other.source) || compareWorkloads(one.destination, other.destination)
    || (one.port.protocol < other.port.protocol ? -1 : one.port.protocol > other.port.protocol ? 1 : one.port.port - other.port.port);
}
