/** Columns of equal width, at least `least`; the last column is not padded. Colours have no width. */
export function columns(
  rows: ReadonlyArray<readonly string[]>,
  indent: string = '',
  least: readonly number[] = [],
): string {
  const widths = columnWidths(rows, least);
  let text = '';
  for (const row of rows) {
    let line = indent;
    row.forEach((cell, index) => {
      line += index === row.length - 1 ? cell : cell + ' '.repeat(widths[index] - visibleLength(cell) + GAP);
    });
    text += `${line.trimEnd()}\n`;
  }
  return text;
}

/** Spaces between two columns. */
export const GAP = 2;

/** The width of each column, at least `least`. */
export function columnWidths(rows: ReadonlyArray<readonly string[]>, least: readonly number[] = []): number[] {
  const widths = [...least];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, visibleLength(cell));
    });
  }
  return widths;
}

/** Most cells have no colours, and a matrix has millions of cells. */
export function visibleLength(cell: string): number {
  return cell.includes('\u001b') ? cell.replace(/\u001b\[\d+m/g, '').length : cell.length;
}
