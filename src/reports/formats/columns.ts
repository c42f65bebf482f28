/** Columns of equal width, at least `least`; the last column is not padded. Colours have no width. */
export function columns(
  rows: ReadonlyArray<readonly string[]>,
  indent: string = '',
  least: readonly number[] = [],
): string {
  const widths = columnWidths(rows, least);
  const padded = (row: readonly string[]) =>
    row.map((text, index) => (index === row.length - 1 ? text : text + ' '.repeat(widths[index] - seenLength(text))));
  return rows.map(row => `${indent}${padded(row).join('  ')}`.trimEnd() + '\n').join('');
}

/** The width of each column, at least `least`. */
export function columnWidths(rows: ReadonlyArray<readonly string[]>, least: readonly number[] = []): number[] {
  const widths = [...least];
  for (const row of rows) {
    row.forEach((text, index) => {
      widths[index] = Math.max(widths[index] ?? 0, seenLength(text));
    });
  }
  return widths;
}

function seenLength(text: string): number {
  return text.replace(/\u001b\[\d+m/g, '').length;
}
