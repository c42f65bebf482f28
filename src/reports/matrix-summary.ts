import { countsPicture } from './picture/connection-picture';
import { Report } from './report';
import type { ClusterFlowsJson } from './schemas/matrix';
import { counted } from './words';
import { FlowPort, formatPort } from '../evaluator/flows/flow';
import { Reachability } from '../evaluator/flows/reachability';
import { matrix, MatrixFlow, MatrixScope, placeChanges } from '../evaluator/queries/matrix';
import { EvaluatedMesh } from '../evaluator/read/mesh';

/** `cilium-mesh matrix --summary`: the number of flows of each pair of clusters. */
export function matrixSummaryReport(mesh: EvaluatedMesh, scope: MatrixScope): Report {
  const items = () => clusterFlows(mesh, scope);
  return {
    title: 'matrix --summary',
    parts: () => [
      {
        kind: 'table',
        columns: [
          { title: 'from', type: 'endpoint' },
          { title: 'to', type: 'endpoint' },
          { title: 'port', type: 'port' },
          { title: 'flows', type: 'number' },
          { title: 'allowed', type: 'number' },
        ],
        rows: items().map(each => [
          each.source,
          each.destination,
          `${each.protocol}/${each.port}`,
          String(each.flows),
          String(each.allowed),
        ]),
      },
    ],
    picture: most =>
      countsPicture(
        items().map(({ source, destination, protocol, port, flows, allowed }) => ({
          source,
          destination,
          allowed,
          label: `${protocol}/${port}: ${allowed} of ${counted(flows, 'flow')}`,
        })),
        most,
      ),
    document: { field: 'summary', items },
    records: { columns: ['source', 'destination', 'protocol', 'port', 'flows', 'allowed'], items },
  };
}

/** Counts for each pair of clusters. For all workloads on selected ports, it does not compute single flows. */
function clusterFlows(mesh: EvaluatedMesh, scope: MatrixScope): ClusterFlowsJson[] {
  const { ports, request, from, to, all } = scope;
  return ports && !request && from === mesh.workloads && to === mesh.workloads
    ? countedByIdentity(mesh, ports, all).sort(compareClusterFlows)
    : countedOneByOne(mesh, scope).sort(compareClusterFlows);
}

function countedByIdentity(
  mesh: EvaluatedMesh,
  ports: NonNullable<MatrixScope['ports']>,
  all: boolean,
): ClusterFlowsJson[] {
  const clusters = mesh.clusters.map(each => each.name).sort();
  const reachability = new Reachability(mesh);
  return ports.flatMap(port => {
    const changes = new Map<string, { flows: number; allowed: number }>();
    for (const { source, destination, flows, allowed } of placeChanges(mesh, reachability, [port], all)) {
      const key = keyOf(source.cluster, destination.cluster, port);
      const change = changes.get(key) ?? { flows: 0, allowed: 0 };
      changes.set(key, change);
      change.flows += flows;
      change.allowed += allowed;
    }
    return reachability
      .on(port)
      .summary(clusters, all)
      .map(({ source, destination, flows, allowed }) => {
        const changed = changes.get(keyOf(source, destination, port));
        return {
          source,
          destination,
          protocol: port.protocol,
          port: port.port,
          flows: flows + (changed?.flows ?? 0),
          allowed: allowed + (changed?.allowed ?? 0),
        };
      });
  });
}

function countedOneByOne(mesh: EvaluatedMesh, scope: MatrixScope): ClusterFlowsJson[] {
  return [...countFlows(matrix(mesh, scope)).values()];
}

type Counts = { -readonly [field in keyof ClusterFlowsJson]: ClusterFlowsJson[field] };

/** The flows of each pair of clusters; one whose verdict depends on the node counts for each place. */
function countFlows(all: Iterable<MatrixFlow>): ReadonlyMap<string, ClusterFlowsJson> {
  const counts = new Map<string, Counts>();
  for (const {
    source,
    destination,
    port: { protocol, port },
    verdict,
  } of all) {
    const key = keyOf(source.cluster, destination.cluster, { protocol, port });
    const count = counts.get(key) ?? {
      source: source.cluster,
      destination: destination.cluster,
      protocol,
      port,
      flows: 0,
      allowed: 0,
    };
    counts.set(key, count);
    count.flows++;
    count.allowed += verdict === 'allowed' ? 1 : 0;
  }
  return counts;
}

function keyOf(source: string, destination: string, port: FlowPort): string {
  return `${source} ${destination} ${formatPort(port)}`;
}

function compareClusterFlows(one: ClusterFlowsJson, other: ClusterFlowsJson): number {
  const key = (row: ClusterFlowsJson) => [row.source, row.destination, row.protocol].join(' ');
  return key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : one.port - other.port;
}
