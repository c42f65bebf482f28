/** What a message shows of texts and values that users wrote: never more than a line, whatever their size. */

/** Characters of a value that a message shows. */
const VALUE_LENGTH = 200;

/** Names of a list that a message shows. */
const LIST_LENGTH = 30;

/** A text in one line of at most `length` characters; what is longer ends with `...`. */
export function shorten(text: string, length: number = VALUE_LENGTH): string {
  // characters of one line only: a control character could change what a terminal shows
  const line = text.slice(0, length + 1).replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
  return text.length > length ? `${line.slice(0, length - 3)}...` : line;
}

/** A value as a message shows it: texts quoted, everything else as JSON. */
export function formatValue(value: unknown, length: number = VALUE_LENGTH): string {
  return value === undefined ? 'nothing' : shorten(jsonUpTo(value, length), length);
}

/** Names with commas between them; of a long list the first ones and the number of the others. */
export function formatList(names: readonly string[], length: number = LIST_LENGTH): string {
  const shown = names.slice(0, length).map(name => shorten(name));
  return names.length > length ? `${shown.join(', ')} and ${names.length - length} more` : shown.join(', ');
}

/**
 * The beginning of a value's JSON, at least `length` characters of it where there are so many. JSON.stringify would write all of a value
 * first, also of one that holds itself or that aliases of YAML make enormous.
 */
function jsonUpTo(value: unknown, length: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.slice(0, length + 1));
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? listUpTo(value, length) : mapUpTo(value, length);
    case 'bigint':
    case 'function':
    case 'symbol':
      return String(value);
    default:
      return JSON.stringify(value) ?? 'nothing';
  }
}

function listUpTo(list: readonly unknown[], length: number): string {
  let text = '[';
  for (const [index, item] of list.entries()) {
    if (text.length > length) {
      return text;
    }
    text += `${index === 0 ? '' : ','}${item === undefined ? 'null' : jsonUpTo(item, length - text.length)}`;
  }
  return `${text}]`;
}

function mapUpTo(map: object, length: number): string {
  let text = '{';
  for (const [key, item] of Object.entries(map)) {
    if (text.length > length) {
      return text;
    }
    if (item !== undefined) {
      text += `${text === '{' ? '' : ','}${jsonUpTo(key, length)}:${jsonUpTo(item, length - text.length)}`;
    }
  }
  return `${text}}`;
}
