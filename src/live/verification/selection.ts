import { predictFlows, Prediction, predictServices, unpredictedFlows, unpredictedServices } from './prediction';
import { isProblem } from '../../diagnostics/problem';
import { FlowPort } from '../../evaluator/flows/flow';
import { Request } from '../../evaluator/flows/request';
import { MatrixScope, sortedPorts } from '../../evaluator/queries/matrix';
import { ReferenceProblem } from '../../evaluator/queries/reference-problem';
import { findService } from '../../evaluator/queries/service-reference';
import { selectWorkloads } from '../../evaluator/queries/workload-pattern';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { Workload } from '../../evaluator/read/workload';
import { ServiceName } from '../../evaluator/services/service-name';

/** Which predictions to verify. */
export interface Selection {
  /** A pattern of client workloads. */
  readonly from?: string;
  /** A pattern of destination workloads, or one service, `svc/namespace/name`. */
  readonly to?: string;
  /** By default, the ports that the destination declares. */
  readonly ports?: readonly FlowPort[];
  readonly only?: 'flows' | 'services';
  readonly request?: Request;
}

/** The predictions that a selection matches. */
export function selectPredictions(mesh: EvaluatedMesh, selection: Selection): readonly Prediction[] | ReferenceProblem {
  const selected = select(mesh, selection);
  if (isProblem(selected)) {
    return selected;
  }
  const { clients, service, withFlows, withServices } = selected;
  const { request } = selection;
  return [
    ...(withFlows ? predictFlows(mesh, scopeOf(selected, selection)) : []),
    ...(withServices ? predictServices(mesh, clients, service, request) : []),
  ];
}

/** The flows and services of a selection that no prediction is about, and why: one sentence each. */
export function selectUnpredicted(mesh: EvaluatedMesh, selection: Selection): readonly string[] {
  const selected = select(mesh, selection);
  if (isProblem(selected)) {
    return [];
  }
  const { clients, service, withFlows, withServices } = selected;
  return [
    ...(withFlows ? unpredictedFlows(mesh, scopeOf(selected, selection)) : []),
    ...(withServices ? unpredictedServices(mesh, clients, service, selection.request) : []),
  ];
}

function scopeOf({ clients, destinations }: Selected, { ports, request }: Selection): MatrixScope {
  return { ports: ports && sortedPorts(ports), from: clients, to: destinations, all: false, request };
}

interface Selected {
  readonly clients: readonly Workload[];
  readonly destinations: readonly Workload[];
  readonly service?: ServiceName;
  readonly withFlows: boolean;
  readonly withServices: boolean;
}

function select(mesh: EvaluatedMesh, { from, to, only }: Selection): Selected | ReferenceProblem {
  const sources = from === undefined ? mesh.workloads : selectWorkloads(mesh, from);
  const service = to?.startsWith('svc/') ? findService(mesh, to) : undefined;
  const destinations = to === undefined || service ? mesh.workloads : selectWorkloads(mesh, to);
  if (isProblem(sources)) {
    return sources;
  } else if (isProblem(service)) {
    return service;
  } else if (isProblem(destinations)) {
    return destinations;
  }
  return {
    // a CronJob has no pods that wait for a probe
    clients: sources.filter(each => each.kind !== 'CronJob'),
    destinations,
    service,
    withFlows: only !== 'services' && !service,
    withServices: only !== 'flows' && (to === undefined || service !== undefined),
  };
}
