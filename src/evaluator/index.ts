/**
 * The evaluator: what Cilium's policies and services do in a mesh, from manifests alone. Pure and without Node.js, so
 * it runs in browsers too.
 *
 *     const { mesh, problems } = evaluate({
 *       clusters: [{ name: 'paris', id: 1, manifests: [{ file: 'apps', objects }] }],
 *     });
 *     for (const { source, destination, port, verdict } of matrix(mesh)) { … }
 *
 * Nothing here throws for wrong manifests or references: what is wrong is in the results.
 */
import { Evaluation } from './evaluation';
import { FlowPort } from './flows/flow';
import { FlowSpace } from './flows/flow-space';
import { Request } from './flows/request';
import { CellVerdict } from './queries/cell-verdict';
import { foldPairs, GroupCell, GroupedConnections, Grouping, parseGrouping } from './queries/connection-groups';
import { ConnectionCell, ConnectionMatrix } from './queries/connection-matrix';
import { diffMeshes, DiffScope, FlowChange, MeshDiff } from './queries/diff/diff';
import { EndpointPattern, parseEndpointPattern } from './queries/endpoint-pattern';
import { ExpectationProblem, readExpectations } from './queries/expectations/expectations';
import { unmetExpectations } from './queries/expectations/unmet';
import { writtenExpectations } from './queries/expectations/written';
import { explainFlows, FlowExplanation } from './queries/explain';
import { ExplainedBackend, ExplainedServiceFlow, explainService } from './queries/explain-service';
import { declaredPorts, matrix as flowsOf, MatrixFlow, MatrixScope } from './queries/matrix';
import { placedFlows } from './queries/placed-flows';
import { resolveReference } from './queries/reference';
import { ReferenceProblem } from './queries/reference-problem';
import { withoutAlias } from './queries/service-target';
import { EvaluatedMesh } from './read/mesh';
import { checkMesh } from './rules/check';
import { ServiceFlow } from './services/service-flow';
import { ServiceView } from './services/service-view';
import { Diagnostic } from '../diagnostics/diagnostic';
import { isProblem } from '../diagnostics/problem';
import { formatValue } from '../diagnostics/texts';
import { MeshInput } from '../manifests/input';
import { ReadingDiagnostic } from '../manifests/reading-diagnostic';

export type { HttpRequest, ProxyVerdict } from './engine/http';
export type { Endpoint } from './flows/endpoint';
export type { AllowedRange, Connections, ConnectionsId } from './flows/connections';
export type { EndpointClass } from './flows/endpoint-classes';
export type { EndpointDecision, EndpointVerdict, FlowDecision, FlowPort } from './flows/flow';
export type { Request } from './flows/request';
export type { PortRange } from './flows/port-range';
export type { RequestRules } from './flows/requests';
export type { FoldedPairs, MemberGroup } from './queries/connection-groups';
export type { ListeningPort } from './queries/connection-matrix';
export { evaluate } from './evaluation';
export type { Evaluation, EvaluationOptions } from './evaluation';
export { decideEndpoint } from './flows/flow';
export { withPolicies } from './read/mesh';
export { FlowSpace } from './flows/flow-space';
export { GroupedConnections } from './queries/connection-groups';
export { ConnectionMatrix } from './queries/connection-matrix';
export { parsePort } from './queries/matrix';
export { formatMember } from './queries/members';
export type { Member } from './queries/members';
export { selectWorkloads } from './queries/workload-pattern';
export { backends } from './service-backends';
export type { ClusterSource, ManifestSource, MeshSource, NodeSource, ValuesSource } from '../manifests/memory-input';
export { foldPairs, parseGrouping };
export type {
  CellVerdict,
  ConnectionCell,
  Diagnostic,
  DiffScope,
  EvaluatedMesh,
  ExplainedBackend,
  ExplainedServiceFlow,
  ExpectationProblem,
  FlowExplanation,
  FlowChange,
  GroupCell,
  Grouping,
  MatrixFlow,
  MeshDiff,
  MeshInput,
  ReadingDiagnostic,
  ReferenceProblem,
  ServiceFlow,
  ServiceView,
};

/**
 * The verdict of every ordered pair of workloads on every port, one by one, sorted by source, destination, protocol and
 * port. Where the verdict depends on whether both ends are on one node, there is one with each `placement`.
 *
 * By default from all workloads to all others, on the ports that the destination's containers and Services declare.
 */
export function matrix(mesh: EvaluatedMesh, scope: Partial<MatrixScope> = {}): Iterable<MatrixFlow> {
  return flowsOf(mesh, { from: mesh.workloads, to: mesh.workloads, all: false, ...scope });
}

/**
 * Every flow of a mesh: classes of endpoints, and for each class the verdicts on all ports and the connections with all
 * other classes.
 */
export function flowSpace(mesh: EvaluatedMesh): FlowSpace {
  return FlowSpace.of([mesh])[0];
}

/** The part of the flow space that a matrix shows. */
export interface ConnectionScope {
  /**
   * Patterns of sources: `name@cluster`, `namespace/*`, `@cluster`, `app=web`, `world`, `world:192.0.2.0/24`,
   * `fqdn:example.org`, `entity:host@cluster`, `node:name@cluster`, `svc/namespace/name` for its backends.
   * @default - all workloads
   */
  readonly from?: readonly string[];
  /**
   * Patterns of destinations.
   * @default - all workloads
   */
  readonly to?: readonly string[];
  /**
   * Includes the connections of a workload to itself.
   * @default false
   */
  readonly all?: boolean;
}

/**
 * Who may connect to whom on all ports. `cells()` are the pairs, one at a time: their allowed ports as ranges with the
 * requests that proxies let through, and the verdicts on the ports that the destination declares. A pattern that
 * selects nothing is returned as a problem.
 */
export function connections(
  mesh: EvaluatedMesh,
  { from, to, all }: ConnectionScope = {},
): ConnectionMatrix | ReferenceProblem {
  const parsed = [from, to].map(texts => texts?.map(text => parseEndpointPattern(mesh, text)));
  const problem = parsed.flatMap(each => each ?? []).find(isProblem);
  const [sources, destinations] = parsed as Array<EndpointPattern[] | undefined>;
  return problem ?? ConnectionMatrix.of(mesh, { from: sources, to: destinations, all });
}

/**
 * Counts the connections between groups of endpoints. `foldPairs` lists the pairs of a cell, every one of them once.
 * `grouping` is `cluster`, `namespace`, `workload` or `label:KEY`, as `parseGrouping` reads it.
 */
export function groupConnections(pairs: ConnectionMatrix, grouping: Grouping): GroupedConnections {
  return new GroupedConnections(pairs, grouping);
}

/** Which flows to explain. */
export interface ExplainScope {
  /**
   * Protocols and ports; of ICMP the port is the type.
   * @default - those that the destination declares
   */
  readonly ports?: readonly FlowPort[];
  /**
   * Decides layer 7 too.
   * @default - layers 3 and 4 only
   */
  readonly request?: Request;
}

/** Flows to an endpoint, connections to a service, or why there are neither. */
export type Explanation =
  | { readonly flows: readonly FlowExplanation[] }
  | { readonly services: readonly ExplainedServiceFlow[] }
  | ReferenceProblem;

/**
 * What becomes of a flow, at which endpoint, and by which rules; of a service, for each of its ports and backends.
 * Where it depends on the places of the ends, there is one explanation for each.
 *
 * Endpoints are references: `name@cluster`, `namespace/name@cluster`, `Kind/namespace/name@cluster`, `world:192.0.2.1`,
 * `fqdn:example.org`, `entity:host@cluster`; destinations also `svc/namespace/name`, asked in the cluster behind its
 * `@` or in that of the source. A reference that names nothing is returned as a problem.
 */
export function explain(
  mesh: EvaluatedMesh,
  source: string,
  destination: string,
  { ports, request }: ExplainScope = {},
): Explanation {
  const [from, to] = [source, destination].map(text => resolveReference(mesh, text));
  if (isProblem(from)) {
    return from;
  }
  if (isProblem(to)) {
    return to;
  }
  if (from.kind === 'service') {
    const problem = `${formatValue(source)} is a service, and services send nothing`;
    return { problem, fix: 'name a workload, world:, fqdn: or entity:' };
  }
  const target = withoutAlias(mesh, from.endpoint, to);
  if (target.kind === 'endpoint') {
    const declared = target.endpoint.kind === 'workload' ? declaredPorts(mesh, target.endpoint.workload) : [];
    const flow = { source: from.endpoint, destination: target.endpoint };
    const asked = (ports ?? target.ports ?? declared).flatMap(port => placedFlows(mesh, { ...flow, port }, request));
    return { flows: explainFlows(mesh, asked, request) };
  }
  const explained = explainService(mesh, from.endpoint, target, { ports, request });
  return isProblem(explained) ? explained : { services: explained.flows };
}

/** What differs between all flows of two meshes, on all ports, and between the backends of their services. */
export function diff(before: EvaluatedMesh, after: EvaluatedMesh, scope: DiffScope = {}): MeshDiff {
  return diffMeshes(before, after, scope);
}

/** Everything that is wrong or surprising in a mesh, in the order of files and lines. */
export function check({ mesh, input, version }: Evaluation): Diagnostic[] {
  return checkMesh(mesh, input, version);
}

/**
 * The expectations that do not hold, or what is wrong with them. `expectations` is the content of an expectations file:
 * `{ apiVersion: 'cilium-mesh/v1', default?, flows: [{ from, to, ports?, http?, verdict, egress?, ingress? }] }`.
 */
export function unmet(mesh: EvaluatedMesh, expectations: unknown): readonly ExpectationProblem[] {
  const read = readExpectations(expectations);
  return read.problems.length > 0 ? read.problems : unmetExpectations(mesh, read.expectations);
}

/** Expectations that hold for a mesh, as the content of an expectations file: the verdicts on all of its flows. */
export function expectationsOf(mesh: EvaluatedMesh): unknown {
  return writtenExpectations(mesh);
}
