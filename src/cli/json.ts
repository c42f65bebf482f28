import { documentText } from '../reports/formats/json';

/** One document, with the version of its format; the items of its list on a line each. */
export async function documentJson(
  field: string,
  items: Iterable<unknown>,
  write: (text: string) => void | Promise<void>,
): Promise<void> {
  for (const piece of documentText({ field, items: () => items as Iterable<object> })) {
    await write(piece);
  }
}
