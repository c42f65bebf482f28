import { predictFlows, Prediction, predictServices } from './prediction';
import { isProblem } from '../../diagnostics/problem';
import { FlowPort } from '../../evaluator/flows/flow';
import { Request } from '../../evaluator/flows/request';
import { sortedPorts } from '../../evaluator/queries/matrix';
import { ReferenceProblem } from '../../evaluator/queries/reference-problem';
import { findService } from '../../evaluator/queries/service-reference';
import { selectWorkloads } from '../../evaluator/queries/workload-pattern';
import { EvaluatedMesh } from '../../evaluator/read/mesh';

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
export function selectPredictions(
  mesh: EvaluatedMesh,
  { from, to, ports, only, request }: Selection,
): readonly Prediction[] | ReferenceProblem {
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
  // a CronJob has no pods that wait for a probe
  const clients = sources.filter(each => each.kind !== 'CronJob');
  const withFlows = only !== 'services' && !service;
  const withServices = only !== 'flows' && (to === undefined || service !== undefined);
  const scope = { ports: ports && sortedPorts(ports), from: clients, to: destinations, all: false, request };
  return [
    ...(withFlows ? predictFlows(mesh, scope) : []),
    ...(withServices ? predictServices(mesh, clients, service, request) : []),
  ];
}
