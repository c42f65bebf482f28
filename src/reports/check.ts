import { diagnosticCases } from './diagnostics';
import { Part, Report } from './report';
import type { FindingJson } from './schemas/check';
import { counted } from './words';
import { Diagnostic, Severity } from '../diagnostics/diagnostic';

/** `cilium-mesh check`: mistakes and surprising facts, and what was read where that is not all or nothing. */
export function checkReport(diagnostics: readonly Diagnostic[], read?: string): Report {
  const items = () => diagnostics.map(findingJson);
  return {
    title: 'check',
    parts: () => [...checkParts(diagnostics), ...(read === undefined ? [] : [{ kind: 'line', text: read } as const])],
    document: { field: 'findings', items },
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
    diagnostics,
    cases: diagnosticCases(diagnostics),
  };
}

/** The findings, with their number by severity. */
function checkParts(diagnostics: readonly Diagnostic[]): Part[] {
  if (diagnostics.length === 0) {
    return [{ kind: 'line', text: 'No findings.' }];
  }
  const count = (severity: Severity) => diagnostics.filter(each => each.severity === severity).length;
  return [
    { kind: 'diagnostics', diagnostics },
    {
      kind: 'line',
      text: `${counted(count('error'), 'error')}, ${counted(count('warning'), 'warning')}, ${count('info')} info`,
    },
  ];
}

function findingJson({ code, severity, cluster, file, line, source, object, message, fix }: Diagnostic): FindingJson {
  return { code, severity, cluster, file, line, source, object, message, fix };
}
