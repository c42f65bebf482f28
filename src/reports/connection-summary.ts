import { dependentNote } from './connection-grid';
import { scopeLines } from './matrix-lines';
import { countsPicture } from './picture/connection-picture';
import { Report } from './report';
import { counted } from './words';
import { GroupedConnections } from '../evaluator/queries/connection-groups';
import { ConnectionMatrix } from '../evaluator/queries/connection-matrix';

/** `cilium-mesh matrix --summary`: the pairs of clusters that may connect, and their flows on declared ports. */
export function connectionSummaryReport(matrix: ConnectionMatrix): Report {
  const items = () =>
    [...new GroupedConnections(matrix, { kind: 'cluster' }).rows()]
      .flat()
      .map(({ source, destination, pairs, connecting, dependent, flows, allowed }) => ({
        source: source.name,
        destination: destination.name,
        pairs,
        connecting,
        dependent,
        flows,
        allowed,
      }));
  return {
    title: 'matrix --summary',
    parts: () => {
      const rows = items();
      const sum = (field: 'pairs' | 'connecting') => rows.reduce((all, row) => all + row[field], 0);
      return [
        {
          kind: 'table',
          columns: [
            { title: 'from', type: 'endpoint' },
            { title: 'to', type: 'endpoint' },
            { title: 'pairs', type: 'number' },
            { title: 'may connect', type: 'number' },
            { title: 'flows to declared ports', type: 'number' },
            { title: 'allowed', type: 'number' },
          ],
          rows: rows.map(({ source, destination, dependent: _, ...counts }) => [
            source,
            destination,
            ...Object.values(counts).map(String),
          ]),
        },
        { kind: 'line', text: `${counted(sum('pairs'), 'pair')}, ${sum('connecting')} may connect on some port` },
        ...dependentNote(rows),
        ...scopeLines(matrix),
      ];
    },
    picture: most =>
      countsPicture(
        items().map(({ source, destination, pairs, connecting }) => ({
          source,
          destination,
          allowed: connecting,
          label: `${connecting} of ${counted(pairs, 'pair')}`,
        })),
        most,
      ),
    document: { field: 'summary', items },
    records: { columns: ['source', 'destination', 'pairs', 'connecting', 'dependent', 'flows', 'allowed'], items },
  };
}
