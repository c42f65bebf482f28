import { OBSERVED_STATES, OBSERVED_TEXTS } from './observed-states';
import { ObservedView } from './observed-view';
import { formatPolicy } from '../../evaluator/queries/explain';
import { formatSpan, formatTime } from '../../observed/reading/time';
import { fileLine } from '../diagnostics';
import { Part } from '../report';
import { counted } from '../words';

/** The most rows and rules of a page without scripts. */
export const MOST_SUMMARY_ROWS = 200;

/** What a page says about recorded flows without scripts: the flows that matter most, and rules without traffic. */
export function observedParts({ counts, rows, left, unusedRules, unknown, coverage, notes }: ObservedView): Part[] {
  const line = (text: string): Part => ({ kind: 'line', text });
  return [
    line(coverageText(coverage)),
    line(countsText(counts)),
    ...notes.map(line),
    ...(rows.length === 0
      ? []
      : [
        {
          kind: 'table',
          columns: [
            { title: 'state', type: 'verdict' },
            { title: 'from', type: 'endpoint' },
            { title: 'to', type: 'endpoint' },
            { title: 'port', type: 'port' },
            { title: 'records', type: 'number' },
            { title: 'first', type: 'text' },
            { title: 'last', type: 'text' },
            { title: 'egress', type: 'verdict' },
            { title: 'ingress', type: 'verdict' },
            { title: 'rules', type: 'place' },
          ],
          rows: rows.map(row => [
            OBSERVED_TEXTS[row.state].label,
            row.source,
            row.destination,
            `${row.protocol}/${row.port}`,
            String(row.records),
            row.first ?? '',
            row.last ?? '',
            row.decision.egress,
            row.decision.ingress,
            row.rules
              .map(rule => `${formatPolicy(rule)}${rule.file === undefined ? '' : ` ${fileLine(rule.file, rule.line)}`}`)
              .join(', '),
          ]),
        } satisfies Part,
      ]),
    ...(left > 0 ? [line(`${left} more recorded flows are not shown here.`)] : []),
    ...(unknown.flows > 0
      ? [line(`${counted(unknown.flows, 'flow')} not judged: the manifests lack an end`)]
      : []),
    ...(unusedRules && unusedRules.unused.length > 0
      ? [
        line(
          `${unusedRules.unused.length + unusedRules.left} of ${counted(unusedRules.rules, 'rule')} let no recorded flow ` +
              'pass. A recording does not show what happens more rarely, such as jobs, failovers and restores.',
        ),
        {
          kind: 'table',
          columns: [
            { title: 'rule without traffic', type: 'endpoint' },
            { title: 'path', type: 'place' },
            { title: 'cluster', type: 'endpoint' },
            { title: 'file', type: 'place' },
          ],
          rows: unusedRules.unused
            .slice(0, MOST_SUMMARY_ROWS)
            .map(rule => [
              formatPolicy(rule),
              rule.path,
              rule.cluster,
              rule.file === undefined ? '' : fileLine(rule.file, rule.line),
            ]),
        } satisfies Part,
      ]
      : []),
  ];
}

/** `412903 records of 6 nodes in koornacht and tion, …`. */
export function coverageText({ records, nodes, files, first, last, clusters }: ObservedView['coverage']): string {
  const time =
    first === undefined || last === undefined
      ? 'without times'
      : `${formatTime(first)} to ${formatTime(last)} (${formatSpan(last - first)})`;
  return (
    `${counted(records, 'record')} of ${counted(nodes, 'node')}` +
    `${clusters.length === 0 ? '' : ` in ${clusters.join(', ')}`}, ${counted(files, 'file')}, ${time}`
  );
}

/** `2 would break, 31 used`. */
export function countsText(counts: ObservedView['counts']): string {
  const some = OBSERVED_STATES.filter(state => counts[state] > 0);
  return some.length === 0
    ? 'No recorded flow has both ends in the manifests.'
    : some.map(state => `${counts[state]} ${OBSERVED_TEXTS[state].label}`).join(', ');
}
