import { formatNotJson } from './answer';
import { EvaluatedService } from '../evaluator/read/service';
import { NotJsonError, UnansweredError } from '../live/observations/answers';
import { ClusterStatus, Drift, StatusPart, StatusProblem } from '../live/observations/cluster-status';
import { lastLine } from '../live/observations/last-line';
import { LiveCluster } from '../live/plans/live-mesh';
import { formatObject } from '../live/plans/live-object';
import { Readiness } from '../live/plans/live-status';
import { formatCommand } from '../live/plans/script';
import { Column, Part, Report } from '../reports/report';
import type { StatusJson } from '../reports/schemas/status';
import { counted } from '../reports/words';

/** `cilium-mesh status`: the table of the clusters, and their problems. */
export function statusReport(clusters: readonly ClusterStatus[]): Report {
  const items = () => clusters.map(statusJson);
  const readiness = ['nodes', 'agents'].flatMap(each => [`${each}.ready`, `${each}.desired`]);
  return {
    title: 'status',
    parts: () => statusParts(clusters),
    document: { field: 'clusters', items },
    records: { columns: ['name', 'id', 'context', ...readiness, 'agents.version'], items },
  };
}

function statusParts(clusters: readonly ClusterStatus[]): Part[] {
  const problems = clusters.flatMap(({ cluster, problems: own }) => own.map((problem): Part => (
    { kind: 'line', text: [{ text: 'problem', tone: 'bad' }, ` ${cluster.name}: ${problemText(problem, cluster)}`] })));
  return [
    { kind: 'table', columns: COLUMNS, rows: clusters.map(status => clusterRow(status, clusters.length === 1)) },
    ...problems,
    { kind: 'line', text: problems.length === 0 ? 'No problems.' : counted(problems.length, 'problem') },
  ];
}

const COLUMNS: readonly Column[] = [
  { title: 'cluster', type: 'endpoint' }, { title: 'id', type: 'number' }, { title: 'context', type: 'endpoint' },
  { title: 'nodes', type: 'number' }, { title: 'agents', type: 'number' }, { title: 'Cilium', type: 'text' },
  { title: 'connected to', type: 'text' }, { title: 'global services', type: 'text' }, { title: 'manifests', type: 'text' },
];

function clusterRow(status: ClusterStatus, isAlone: boolean): string[] {
  const { cluster, nodes, agents, connections, globalServices, drift } = status;
  const connected = connections && [...connections].map(([name, readiness]) => `${name} ${ratioText(readiness)}`).join(', ');
  return [
    cluster.name, String(cluster.id), cluster.context, ratioText(nodes), ratioText(agents), agents?.version ?? '?',
    connected === undefined ? (cluster.etcd || isAlone ? '-' : '?') : connected || 'none',
    globalServices ? globalServices.map(serviceText).join(', ') || 'none' : '?',
    drift ? driftText(drift) : '?',
  ];
}

function ratioText(readiness: Readiness | undefined): string {
  return readiness ? `${readiness.ready}/${readiness.desired}` : '?';
}

function serviceText({ namespace, name, shared, affinity }: EvaluatedService): string {
  return `${namespace}/${name}${shared ? '' : ' (not shared)'}${affinity === 'none' ? '' : ` (affinity ${affinity})`}`;
}

function driftText({ missing, changed, left }: Drift): string {
  const parts = [[missing, 'missing'], [changed, 'different'], [left, 'left over']] as const;
  return parts.filter(([list]) => list.length > 0).map(([list, what]) => `${list.length} ${what}`).join(', ') || 'as applied';
}

const PARTS: { readonly [part in StatusPart]: string } = {
  nodes: 'the nodes',
  agents: 'the agents',
  settings: 'the name and ID of the cluster',
  connections: 'the connections',
  services: 'the Services',
};

function problemText(problem: StatusProblem, { name, id, context }: LiveCluster): string {
  switch (problem.kind) {
    case 'unreachable': return `the API server does not answer: ${lastLine(problem.result)}`;
    case 'unreadable': return `cannot read ${PARTS[problem.part]}: ${lastLine(problem.result)}`;
    case 'not-ready': return `${missingText(problem.readiness, problem.what)} not ready`;
    case 'version': return `Cilium must be ${problem.required}, got ${problem.got}`;
    case 'name': return `the name of the cluster must be ${JSON.stringify(name)}, its agents have ${JSON.stringify(problem.got)}: `
      + `check the context ${context}`;
    case 'id': return `the ID of the cluster must be ${id}, its agents have ${problem.got}`;
    case 'not-connected': return problem.readiness
      ? `${missingText(problem.readiness, 'agent')} not connected to ${problem.to}` : `not connected to ${problem.to}`;
    case 'missing': return `missing: ${formatObject(problem.object)}`;
    case 'changed': return `differs from its manifest: ${formatObject(problem.object)}`;
    case 'left': return `left the mesh, but still exists: ${formatObject(problem.object)}`;
    case 'apply-sets': return `cannot read the apply sets: ${errorText(problem.error)}`;
    case 'comparison': return `cannot compare the objects with the manifests: ${lastLine(problem.result)}`;
  }
}

function errorText(error: UnansweredError | NotJsonError): string {
  return error instanceof NotJsonError ? formatNotJson(error)
    : error.questions.map(({ command, result }) => `${formatCommand(command)}: ${lastLine(result)}`).join('; ');
}

function missingText({ ready, desired }: Readiness, what: string): string {
  return `${desired - ready} of ${counted(desired, what)}`;
}

function statusJson({ cluster, nodes, agents, connections, globalServices, drift, problems }: ClusterStatus): StatusJson {
  return {
    name: cluster.name,
    id: cluster.id,
    context: cluster.context,
    nodes,
    agents,
    ...connections ? { connections: [...connections].map(([name, readiness]) => ({ cluster: name, ...readiness })) } : {},
    globalServices: globalServices?.map(serviceText),
    drift: drift && {
      missing: drift.missing.map(formatObject), changed: drift.changed.map(formatObject), left: drift.left.map(formatObject),
    },
    problems: problems.map(problem => problemText(problem, cluster)),
  };
}
