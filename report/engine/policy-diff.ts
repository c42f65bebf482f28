import { structuredPatch } from 'diff';
import { policyText } from './policies';
import { Sides } from './sides';
import { PolicyDiff, Protocol, Side } from '../protocol';

/** Lines around each change. */
const CONTEXT = 3;

/** How the texts of policies differ between two sides. Those that do not differ are left out. */
export function policyDiffs(sides: Sides, { from, to, ids }: Protocol['policyDiffs']['ask']): PolicyDiff[] {
  return [...new Set(ids)].sort().flatMap(id => {
    const [before, after] = [textOn(sides, from, id), textOn(sides, to, id)];
    if (before?.text === after?.text) {
      return [];
    }
    const { hunks } = structuredPatch('', '', before?.text ?? '', after?.text ?? '', '', '', { context: CONTEXT });
    const shift = (side: typeof before) => (side?.first ?? 1) - 1;
    return [
      {
        id,
        state: before ? (after ? 'edited' : 'deleted') : 'added',
        hunks: hunks.map(({ oldStart, newStart, lines }) => ({
          before: oldStart + shift(before),
          after: newStart + shift(after),
          lines: lines.filter(line => !line.startsWith('\\')),
        })),
      } as const,
    ];
  });
}

/** The text of a policy on a side alone; `supposed` keeps the texts of deleted ones elsewhere. */
function textOn(sides: Sides, side: Side, id: string): { readonly text: string; readonly first: number } | undefined {
  const answer = policyText(sides, side, id, true);
  return 'text' in answer ? { text: answer.text, first: answer.firstLine ?? 1 } : undefined;
}
