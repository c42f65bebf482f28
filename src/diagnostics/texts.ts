/** Formats texts and values of users for messages, in one line of limited length. */
import { isMap } from './is-map';

/** Maximum number of characters of a value in a message. */
const VALUE_LENGTH = 200;

/** Maximum number of names of a list in a message. */
const LIST_LENGTH = 30;

/** A text in one line of at most `length` characters; a longer one is cut and ends with `...`. */
export function shorten(text: string, length: number = VALUE_LENGTH): string {
  const line = oneLine(text.slice(0, length + 1));
  return text.length > length ? `${line.slice(0, length - 3)}...` : line;
}

/** A path in one line of at most `length` characters. A longer one is cut at its beginning, so the file is shown. */
export function shortenPath(path: string, length: number = VALUE_LENGTH): string {
  return path.length > length ? `...${oneLine(path.slice(3 - length))}` : oneLine(path);
}

/** A value in a message: text in quotes, everything else as JSON. */
export function formatValue(value: unknown, length: number = VALUE_LENGTH): string {
  return value === undefined ? 'nothing' : shorten(jsonUpTo(value, length), length);
}

/** Names separated by commas; of a long list, the first ones and the number of the others. */
export function formatList(names: readonly string[], length: number = LIST_LENGTH): string {
  const shown = names.slice(0, length).map(name => shorten(name));
  return names.length > length ? `${shown.join(', ')} and ${names.length - length} more` : shown.join(', ');
}

/** Names to choose one of: `text, json or csv`. */
export function formatAlternatives(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}

/** What to choose from: the only name, or `one of a, b and 7 more`. */
export function formatChoice(names: readonly string[]): string {
  return names.length === 1 ? shorten(names[0]) : `one of ${formatList(names)}`;
}

/** Characters of one line only: a control character could change what a terminal shows. */
function oneLine(text: string): string {
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

/**
 * The beginning of the JSON of a value, at least `length` characters if it has so many. JSON.stringify would first
 * write the whole value, even one that aliases of YAML make enormous, and cannot write one that contains itself.
 */
function jsonUpTo(value: unknown, length: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.slice(0, length + 1));
    case 'object':
      if (value === null || Array.isArray(value)) {
        return value === null ? 'null' : listUpTo(value, length);
      }
      return isMap(value) ? mapUpTo(value, length) : `a value of the class ${shorten(String(value.constructor?.name))}`;
    case 'number':
      // JSON has null for NaN and infinity
      return String(value);
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
