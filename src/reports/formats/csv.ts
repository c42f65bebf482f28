import { Report } from '../report';

/** Rows in one piece of output. */
const BLOCK = 1000;

/**
 * RFC 4180: a row of titles, lines that end with CRLF, quotes where needed.
 *
 * Text is not changed, even if a spreadsheet would read it as a formula (`=`, `+`, `-` or `@` at the start): a quote
 * before it would change the data for all other readers. Names of Kubernetes objects cannot start so. Messages and
 * paths can: import these columns as text.
 */
export function* csv({ records }: Report): Generator<string> {
  const { columns, items } = records!;
  yield line(columns);
  const paths = columns.map(each => each.split('.'));
  let block: string[] = [];
  for (const item of items()) {
    block.push(line(paths.map(path => field(item, path))));
    if (block.length >= BLOCK) {
      yield block.join('');
      block = [];
    }
  }
  yield block.join('');
}

function field(item: object, path: readonly string[]): string {
  const value = path.reduce<any>((object, name) => object?.[name], item);
  return value === undefined || value === null ? '' : String(value);
}

function line(values: readonly string[]): string {
  return `${values.map(value => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',')}\r\n`;
}
