import { acceptedText, diagnosticPlace, findingCases } from './diagnostics';
import { Part, Report } from './report';
import type { FindingJson } from './schemas/check';
import { counted } from './words';
import { Diagnostic, Severity } from '../diagnostics/diagnostic';
import { countedFindings, Judgement } from '../findings/judgement';

/** Findings of which all count. */
export function checkReport(diagnostics: readonly Diagnostic[]): Report {
  return judgedReport({ findings: diagnostics.map(finding => ({ finding })) });
}

/** What the text about findings depends on. */
export interface CheckText {
  /** Whether there was anything to check besides settings. */
  readonly hasInput?: boolean;
  /** Only the findings, without their number. */
  readonly quiet?: boolean;
  /** Also the findings that do not count. */
  readonly verbose?: boolean;
}

/** `cilium-mesh check`: mistakes and surprising facts, and the number of those that do not count. */
export function judgedReport(
  judgement: Judgement,
  { hasInput = true, quiet = false, verbose = false }: CheckText = {},
): Report {
  const diagnostics = countedFindings(judgement);
  const items = () => diagnostics.map(findingJson);
  return {
    title: 'check',
    parts: () => [
      ...(quiet ? listParts(diagnostics) : checkParts(judgement, diagnostics, hasInput)),
      ...(verbose ? acceptedParts(judgement) : []),
    ],
    document: { field: 'findings', items, more: acceptedJson(judgement) },
    records: {
      columns: [
        'code',
        'severity',
        'cluster',
        'file',
        'line',
        'object.apiVersion',
        'object.kind',
        'object.namespace',
        'object.name',
        'message',
        'fix',
      ],
      items,
    },
    diagnostics: () => diagnostics,
    judgement,
    cases: findingCases(judgement.findings, hasInput ? 'no findings' : 'nothing to check'),
    // as findings
    namesGaps: true,
  };
}

const NOTHING = 'No findings in the settings. The manifests contain no workload, Service or policy.';

/** How many findings do not count, and why; undefined if all count. */
export function acceptedSummary({ findings, baseline }: Judgement): string | undefined {
  const count = (by: 'ignore' | 'baseline') => findings.filter(({ accepted }) => accepted?.by === by).length;
  const [ignored, known] = [count('ignore'), count('baseline')];
  const counts = [
    ...(ignored > 0 ? [`${ignored} ignored`] : []),
    ...(known > 0 ? [`${known} in the baseline`] : []),
  ].join(', ');
  const gone = baseline?.gone.length ?? 0;
  const parts = [
    ...(counts === '' ? [] : [`not counted: ${counts}`]),
    ...(gone > 0 ? [`${gone} of the baseline no longer ${gone === 1 ? 'occurs' : 'occur'}`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}

function listParts(diagnostics: readonly Diagnostic[]): Part[] {
  return diagnostics.length === 0 ? [] : [{ kind: 'diagnostics', diagnostics }];
}

/** The findings, with their number by severity. */
function checkParts(judgement: Judgement, diagnostics: readonly Diagnostic[], hasInput: boolean): Part[] {
  const count = (severity: Severity) => diagnostics.filter(each => each.severity === severity).length;
  const line = (text: string): Part => ({ kind: 'line', text });
  const summary = acceptedSummary(judgement);
  return [
    ...(diagnostics.length === 0
      ? [line(!hasInput ? NOTHING : judgement.baseline ? 'No new findings.' : 'No findings.')]
      : [
        { kind: 'diagnostics', diagnostics } as const,
        line(`${counted(count('error'), 'error')}, ${counted(count('warning'), 'warning')}, ${count('info')} info`),
      ]),
    ...(summary === undefined ? [] : [line(summary)]),
  ];
}

/** The findings that do not count, with their reasons, and the entries of the baseline that no longer occur. */
function acceptedParts({ findings, baseline }: Judgement): Part[] {
  const rows = findings.flatMap(({ finding, accepted }) =>
    accepted ? [[finding.code, diagnosticPlace(finding), acceptedText(accepted)]] : [],
  );
  const gone = (baseline?.gone ?? []).map(({ code, cluster, object, file }) => [
    code,
    [object ?? file ?? '', ...(cluster === undefined ? [] : [`(${cluster})`])].join(' '),
    'no longer occurs',
  ]);
  return rows.length + gone.length === 0
    ? []
    : [
      {
        kind: 'table',
        columns: [
          { title: 'code', type: 'text' },
          { title: 'place', type: 'place' },
          { title: 'not counted', type: 'text' },
        ],
        rows: [...rows, ...gone],
      },
    ];
}

function acceptedJson({ findings, baseline }: Judgement) {
  const ignored = findings.flatMap(({ finding, accepted }) =>
    accepted?.by === 'ignore' ? [{ ...findingJson(finding), reason: accepted.reason }] : [],
  );
  const known = findings.filter(({ accepted }) => accepted?.by === 'baseline').length;
  return {
    ...(ignored.length === 0 ? {} : { ignored }),
    ...(baseline ? { baseline: { file: baseline.file, known, gone: baseline.gone } } : {}),
  };
}

/** A finding in JSON. */
export function findingJson(finding: Diagnostic): FindingJson {
  const { code, severity, cluster, file, line, source, object, construct, message, fix } = finding;
  return { code, severity, cluster, file, line, source, object, construct, message, fix };
}
