import { Report } from '../report';

/** Rows of one piece of text. */
const BLOCK = 1000;

/**
 * RFC 4180: a row of titles, lines that end with CRLF, quotes around what needs them.
 *
 * Texts are written as they are, also those that a spreadsheet takes for a formula (`=`, `+`, `-`, `@` at the start): a
 * quote in front of them would change the data of every other reader. Names of Kubernetes cannot start so; messages and
 * paths of files can: import these columns as text.
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
