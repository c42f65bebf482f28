import { columns, columnWidths, GAP, visibleLength } from './columns';

/**
 * Rows as columns that fit a width: cells that are too wide continue on further lines, broken at spaces. A word stays
 * whole, so a table with longer words than the width is wider.
 */
export function fittedColumns(
  rows: ReadonlyArray<readonly string[]>,
  indent: string,
  least: readonly number[],
  width: number | undefined,
): string {
  const natural = columnWidths(rows, least);
  const available = (width ?? Infinity) - indent.length - GAP * (natural.length - 1);
  if (sum(natural) <= available) {
    return columns(rows, indent, least);
  }
  const shortest = natural.map((_, index) =>
    rows.reduce((longest, row) => Math.max(longest, longestWord(row[index] ?? '')), 0),
  );
  const widths = sharedWidths(natural, shortest, available);
  return rows.map(row => columns(brokenRow(row, widths), indent, widths)).join('');
}

/**
 * Widths of columns that share the available one: narrow columns keep their width, wide ones get equal parts of the
 * rest, and none is narrower than its longest word.
 */
function sharedWidths(natural: readonly number[], shortest: readonly number[], available: number): number[] {
  const widths = [...natural];
  let open = natural.map((_, index) => index);
  for (;;) {
    const taken = sum(widths.filter((_, index) => !open.includes(index)));
    const part = Math.floor((available - taken) / open.length);
    const settled = open.filter(index => natural[index] <= part || shortest[index] >= part);
    settled.forEach(index => {
      widths[index] = natural[index] <= part ? natural[index] : shortest[index];
    });
    open = open.filter(index => !settled.includes(index));
    if (open.length === 0 || settled.length === 0) {
      open.forEach(index => {
        widths[index] = Math.max(part, 1);
      });
      return widths;
    }
  }
}

/** The lines of a row. */
function brokenRow(row: readonly string[], widths: readonly number[]): string[][] {
  const cells = row.map((cell, index) => brokenCell(cell, widths[index]));
  const height = Math.max(...cells.map(each => each.length));
  return Array.from({ length: height }, (_, line) => cells.map(each => each[line] ?? ''));
}

/** The lines of a cell; a colour that spans lines ends with each of them and begins again. */
function brokenCell(cell: string, width: number): string[] {
  const lines: string[] = [];
  let current: string | undefined;
  for (const word of cell.split(' ')) {
    const longer: string = current === undefined ? word : `${current} ${word}`;
    if (current !== undefined && visibleLength(longer) > width) {
      lines.push(current);
      current = word;
    } else {
      current = longer;
    }
  }
  lines.push(current ?? '');
  let open = '';
  return lines.map(line => {
    const text = open + line;
    for (const [code, number] of line.matchAll(/\u001b\[(\d+)m/g)) {
      open = CLOSING.includes(number) ? '' : open + code;
    }
    return open === '' ? text : `${text}\u001b[0m`;
  });
}

/** Codes that end a colour or bold and dim text. */
const CLOSING = ['0', '22', '39'];

function longestWord(cell: string): number {
  return Math.max(...cell.split(' ').map(visibleLength));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
