import { formatPort } from '../../evaluator/flows/flow';
import { EvaluatedService } from '../../evaluator/read/service';
import { ClusterAgreement } from '../../observed/judging/cluster-agreement';
import { ReplayedFlow } from '../../observed/judging/replay';
import { Column, Part, Report, TestCase } from '../../reports/report';
import { counted } from '../../reports/words';
import { ClusterStatus, Drift, StatusPart, StatusProblem } from '../observations/cluster-status';
import { lastLine } from '../observations/last-line';
import { LiveCluster } from '../plans/live-mesh';
import { formatObject } from '../plans/live-object';
import { Readiness } from '../plans/live-status';
import { formatCommand } from '../plans/script';

/** `cilium-mesh status`: the clusters, their connections, and how they differ from the manifests. */
export function statusReport(clusters: readonly ClusterStatus[]): Report {
  const items = () => clusters.map(statusJson);
  return {
    title: 'status',
    parts: () => [
      ...statusTable(clusters),
      ...clusters.flatMap(problemLines),
      { kind: 'line', text: summary(clusters) },
    ],
    document: { field: 'clusters', items },
    records: {
      columns: [
        'name',
        'id',
        'context',
        'nodes.ready',
        'nodes.desired',
        'agents.ready',
        'agents.desired',
        'agents.version',
        'problems.length',
      ],
      items,
    },
    cases: clusters.map(({ cluster, problems }) =>
      testCase(
        cluster,
        problems.map(each => problemText(each, cluster)),
      ),
    ),
  };
}

/** Characters of the longest context in a column; the names of clusters of clouds are longer than a line is wide. */
const CONTEXT = 40;

/** With long contexts, the table leaves them out, and lines below name them. */
function statusTable(clusters: readonly ClusterStatus[]): Part[] {
  const hasFlows = clusters.some(({ flows }) => flows !== undefined);
  const isLong = clusters.some(({ cluster }) => cluster.context.length > CONTEXT);
  const index = COLUMNS.findIndex(({ title }) => title === 'context');
  const shown = <T>(cells: readonly T[]) => (isLong ? cells.filter((_, each) => each !== index) : cells);
  return [
    {
      kind: 'table',
      columns: shown([...COLUMNS, ...(hasFlows ? [FLOWS] : [])]),
      rows: clusters.map(status =>
        shown([...clusterRow(status, clusters.length === 1), ...(hasFlows ? [agreementText(status.flows)] : [])]),
      ),
    },
    ...(isLong
      ? clusters.map(({ cluster }): Part => ({ kind: 'line', text: `context of ${cluster.name}: ${cluster.context}` }))
      : []),
  ];
}

/** With a recording. */
const FLOWS: Column = { title: 'flows', type: 'text' };

const COLUMNS: readonly Column[] = [
  { title: 'cluster', type: 'text' },
  { title: 'id', type: 'number' },
  { title: 'context', type: 'text' },
  { title: 'nodes', type: 'text' },
  { title: 'agents', type: 'text' },
  { title: 'cilium', type: 'text' },
  { title: 'connected to', type: 'text' },
  { title: 'global services', type: 'text' },
  { title: 'manifests', type: 'text' },
];

function problemLines({ cluster, problems }: ClusterStatus): Part[] {
  return problems.map(problem => ({
    kind: 'line',
    text: [{ text: 'problem', tone: 'bad' }, ` ${cluster.name}: ${problemText(problem, cluster)}`],
  }));
}

function summary(clusters: readonly ClusterStatus[]): string {
  const number = clusters.reduce((sum, { problems }) => sum + problems.length, 0);
  return number === 0 ? 'No problems.' : counted(number, 'problem');
}

/** The first problem is the failure, the others are its details. */
function testCase({ name }: LiveCluster, [failure, ...others]: readonly string[]): TestCase {
  return { name, failure, ...(others.length > 0 ? { details: others.join('\n') } : {}) };
}

function clusterRow(status: ClusterStatus, isAlone: boolean): string[] {
  const { cluster, nodes, agents, connections, globalServices, drift } = status;
  const connected =
    connections && [...connections].map(([name, readiness]) => `${name} ${ratioText(readiness)}`).join(', ');
  return [
    cluster.name,
    String(cluster.id),
    cluster.context,
    ratioText(nodes),
    ratioText(agents),
    agents?.version ?? '?',
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

function agreementText(flows: ClusterAgreement | undefined): string {
  if (!flows) {
    return '?';
  }
  const { agreed, explained, drifted, unexplained } = flows;
  const parts = [
    [agreed, 'agree'],
    [explained, 'explained'],
    [drifted.length, 'drifted'],
    [unexplained.length, 'disagree'],
  ] as const;
  return (
    parts
      .filter(([count]) => count > 0)
      .map(([count, what]) => `${count} ${what}`)
      .join(', ') || 'none compared'
  );
}

/** How many flows, with the first one. A flow within a cluster has two ends there. */
function flowsText(ends: readonly ReplayedFlow[]): string {
  const flows = [...new Set(ends)];
  const [{ flow }] = flows;
  const { source, destination, protocol, port } = flow;
  const first = `${source.text} -> ${destination.text} ${formatPort({ protocol, port })}`;
  return `${counted(flows.length, 'recorded flow')}: ${first}${flows.length > 1 ? ', …' : ''} (cilium-mesh replay shows why)`;
}

function driftText({ missing, changed, left }: Drift): string {
  const parts = [
    [missing, 'missing'],
    [changed, 'different'],
    [left, 'left over'],
  ] as const;
  return (
    parts
      .filter(([list]) => list.length > 0)
      .map(([list, what]) => `${list.length} ${what}`)
      .join(', ') || 'as applied'
  );
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
    case 'unreachable':
      return `the API server does not answer: ${lastLine(problem.result)}`;
    case 'unreadable':
      return `cannot read ${PARTS[problem.part]}: ${lastLine(problem.result)}`;
    case 'not-ready':
      return `${missingText(problem.readiness, problem.what)} not ready`;
    case 'version':
      return `Cilium must be ${problem.required}, got ${problem.got}`;
    case 'name':
      return (
        `the name of the cluster must be ${JSON.stringify(name)}, its agents have ${JSON.stringify(problem.got)}: ` +
        `check the context ${context}`
      );
    case 'id':
      return `the ID of the cluster must be ${id}, its agents have ${problem.got}`;
    case 'not-connected':
      return problem.readiness
        ? `${missingText(problem.readiness, 'agent')} not connected to ${problem.to}`
        : `not connected to ${problem.to}`;
    case 'missing':
      return `missing: ${formatObject(problem.object)}`;
    case 'changed':
      return `differs from its manifest: ${formatObject(problem.object)}`;
    case 'left':
      return `left the mesh, but still exists: ${formatObject(problem.object)}`;
    case 'flows-drifted':
      return `has other labels or policies than the manifests, by ${flowsText(problem.flows)}`;
    case 'flows-unexplained':
      return `Hubble's verdicts disagree with the manifests, by ${flowsText(problem.flows)}`;
    case 'apply-sets':
      return `cannot read the apply sets: ${problem.questions
        .map(({ command, result }) => `${formatCommand(command)}: ${lastLine(result)}`)
        .join('; ')}`;
    case 'comparison':
      return `cannot compare the objects with the manifests: ${lastLine(problem.result)}`;
  }
}

function missingText({ ready, desired }: Readiness, what: string): string {
  return `${desired - ready} of ${counted(desired, what)}`;
}

/** The status of a cluster in JSON. */
function statusJson(status: ClusterStatus): object {
  const { cluster, nodes, agents, connections, globalServices, drift, flows, problems } = status;
  return {
    name: cluster.name,
    id: cluster.id,
    context: cluster.context,
    nodes,
    agents,
    ...(connections
      ? { connections: [...connections].map(([name, readiness]) => ({ cluster: name, ...readiness })) }
      : {}),
    globalServices: globalServices?.map(serviceText),
    drift: drift && {
      missing: drift.missing.map(formatObject),
      changed: drift.changed.map(formatObject),
      left: drift.left.map(formatObject),
    },
    ...(flows
      ? {
        flows: {
          agreed: flows.agreed,
          explained: flows.explained,
          drifted: flows.drifted.length,
          unexplained: flows.unexplained.length,
        },
      }
      : {}),
    problems: problems.map(problem => problemText(problem, cluster)),
  };
}
