import { escapeHtml } from './html';
import { HTML_BOUNDS, partsHtml } from './html-parts';
import { observedParts } from './observed-summary';
import { ObservedView } from './observed-view';
import { PackedProblem } from './packed-page';
import { GroupedConnections } from '../../evaluator/queries/connection-groups';
import { ConnectionMatrix } from '../../evaluator/queries/connection-matrix';
import { MeshDiff } from '../../evaluator/queries/diff/diff';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { countedFindings, Judgement } from '../../findings/judgement';
import { judgedReport } from '../check';
import { connectionSummaryReport } from '../connection-summary';
import { diffReport } from '../diff';
import { formatInput, summarizeInput } from '../input-summary';
import { meshNotes } from '../mesh-notes';
import { Part } from '../report';
import { counted } from '../words';

/** What a page says without scripts: in print, in mails, and where scripts are blocked. */
export interface SummaryInput {
  readonly title: string;
  readonly mesh: EvaluatedMesh;
  /** All workloads with each other. */
  readonly connections: ConnectionMatrix;
  readonly judgement: Judgement;
  readonly diff?: MeshDiff;
  readonly observed?: ObservedView;
}

/** The summary of a mesh: clusters, changes, findings, and who may connect between clusters. */
export function summaryHtml({ title, mesh, connections, judgement, diff, observed }: SummaryInput): string {
  const rows = mesh.clusters.map(({ name, version, workloads, services, policies }) => [
    name,
    version.text,
    ...[workloads.length, services.length, policies.length].map(String),
  ]);
  return [
    `<h1>${escapeHtml(title)}</h1>`,
    partsHtml([{ kind: 'line', text: formatInput(summarizeInput(mesh)) }, ...meshNotes(mesh).map(line)]),
    heading('Clusters'),
    partsHtml([
      {
        kind: 'table',
        columns: [
          { title: 'cluster', type: 'text' },
          { title: 'Cilium', type: 'text' },
          { title: 'workloads', type: 'number' },
          { title: 'Services', type: 'number' },
          { title: 'policies', type: 'number' },
        ],
        rows,
      },
    ]),
    ...(diff ? [heading('Changes'), partsHtml(diffReport(diff).parts(), { ...HTML_BOUNDS, rows: 300 })] : []),
    ...(observed ? [heading('Recorded flows'), partsHtml(observedParts(observed))] : []),
    heading(`Findings: ${countedFindings(judgement).length}`),
    partsHtml(judgedReport(judgement).parts()),
    heading('Connections'),
    partsHtml(connectionParts(connections)),
  ].join('\n');
}

/** The counts between clusters. A table of many clusters is too long to read, and quadratic. */
function connectionParts(connections: ConnectionMatrix): Part[] {
  const clusters = new Set(connections.space.mesh.clusters.map(({ name }) => name));
  if (clusters.size <= MOST_CLUSTERS) {
    return [...connectionSummaryReport(connections).parts()];
  }
  const [[{ pairs, connecting }]] = new GroupedConnections(connections, { kind: 'mesh' }).rows();
  return [line(`${counted(pairs, 'pair')}, ${connecting} may connect on some port`)];
}

const MOST_CLUSTERS = 20;

/** The summary of a mesh that cannot be read: each problem with its text. */
export function problemsHtml(title: string, problems: readonly PackedProblem[]): string {
  const shown = problems.slice(0, HTML_BOUNDS.diagnostics);
  const left = problems.length - shown.length;
  return [
    `<h1>${escapeHtml(title)}</h1>`,
    '<p>The mesh could not be read, so it has no verdicts.</p>',
    ...shown.map(
      problem =>
        partsHtml([
          {
            kind: 'section',
            title: `${problem.file ?? ''}${problem.line === undefined ? '' : `:${problem.line}`}`,
            parts: [line(`${problem.message} [${problem.code}]`), line(`Fix: ${problem.fix}`)],
          },
        ]) + excerptHtml(problem),
    ),
    ...(left > 0 ? [`<p>${left} more problems are not shown here.</p>`] : []),
  ].join('\n');
}

function excerptHtml({ excerpt, line: wrong }: PackedProblem): string {
  return excerpt
    ? `<pre>${excerpt.lines
      .map((text, index) => {
        const number = excerpt.first + index;
        return `${number === wrong ? '&gt;' : ' '} ${number} ${escapeHtml(text)}`;
      })
      .join('\n')}</pre>`
    : '';
}

function heading(text: string): string {
  return `<h2>${escapeHtml(text)}</h2>`;
}

function line(text: string): Part {
  return { kind: 'line', text };
}
