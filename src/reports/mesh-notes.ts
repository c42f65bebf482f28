import { Part, Report } from './report';
import { counted } from './words';
import { formatList, shorten } from '../diagnostics/texts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { formatObject, variants } from '../evaluator/rules/shared/variants';

/** How many policies a note names. */
const MOST_NAMES = 3;

/** What limits every answer about a mesh, one sentence each. */
export function meshNotes(mesh: EvaluatedMesh): string[] {
  return [...refusedPolicies(mesh), ...auditedClusters(mesh), ...mixedVariants(mesh)];
}

/** The notes about two meshes. Those about one of them say about which. */
export function diffNotes(before: EvaluatedMesh, after: EvaluatedMesh): string[] {
  const [was, is] = [meshNotes(before), meshNotes(after)];
  return [
    ...was.filter(note => is.includes(note)),
    ...was.filter(note => !is.includes(note)).map(note => `before: ${note}`),
    ...is.filter(note => !was.includes(note)).map(note => `after: ${note}`),
  ];
}

/** The report with notes at its end, and in its JSON document. */
export function withNotes(report: Report, notes: readonly string[]): Report {
  const lines = notes.map((text): Part => ({ kind: 'line', text: [{ text: 'note: ', tone: 'doubtful' }, text] }));
  return notes.length === 0
    ? report
    : {
      ...report,
      parts: function* () {
        yield* report.parts();
        yield* lines;
      },
      document: { ...report.document, more: { ...report.document.more, notes } },
    };
}

/** Policies that the API server or Cilium refuses. */
function refusedPolicies({ clusters }: EvaluatedMesh): string[] {
  const names = clusters.flatMap(({ name, policies }) =>
    policies
      .filter(({ refusals }) => refusals.some(({ stage }) => stage !== 'unmodelled'))
      .map(({ manifest: { object } }) => {
        const { namespace, name: policy } = object.metadata;
        return `${object.kind} ${shorten(namespace === undefined ? policy : `${namespace}/${policy}`)} (${name})`;
      }),
  );
  const shown = names.slice(0, MOST_NAMES);
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  const [be, they] = names.length === 1 ? ['is', 'it enforces'] : ['are', 'they enforce'];
  return names.length === 0
    ? []
    : [
      `${counted(names.length, 'policy', 'policies')} ${be} refused by Cilium or the API server, so ${they} nothing: ` +
          `${shown.join(', ')}${more}; cilium-mesh check shows the reasons`,
    ];
}

function auditedClusters({ clusters }: EvaluatedMesh): string[] {
  const names = clusters.filter(({ settings }) => settings.policy.auditMode).map(({ name }) => name);
  return names.length === 0
    ? []
    : [
      `policyAuditMode in ${formatList(names)}: Cilium only reports what policies deny there; such flows are allowed ` +
          'with the verdict audited',
    ];
}

/** Objects that several files define. */
function mixedVariants({ clusters }: EvaluatedMesh): string[] {
  const names = clusters.flatMap(cluster => [
    ...new Set(variants(cluster).map(({ second }) => `${formatObject(second)} (${cluster.name})`)),
  ]);
  const shown = names.slice(0, MOST_NAMES).map(each => shorten(each));
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  return names.length === 0
    ? []
    : [
      `${counted(names.length, 'object is', 'objects are')} in several files, and the last one counts: ` +
          `${shown.join(', ')}${more}; cilium-mesh check shows the files`,
    ];
}
