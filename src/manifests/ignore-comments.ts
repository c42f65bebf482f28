import { EVENT_ID, Event, parseEvents } from 'js-yaml';
import { MAX_DEPTH } from './document';

/** A comment `# cilium-mesh/ignore: CODE reason`. */
export interface IgnoreComment {
  readonly file: string;
  readonly line: number;
  /** The line that it is about: its own, or the next one with content if it is alone on its line. */
  readonly target: number;
  /** The text after the colon. */
  readonly text: string;
}

/** The key of the annotation and the mark of the comment by which a finding is ignored. */
export const IGNORE_KEY = 'cilium-mesh/ignore';

const COMMENT = new RegExp(`(?:^|[ \\t])#[ \\t]*${IGNORE_KEY}[ \\t]*:(.*)$`);

/** The comments of a file that ignore findings. Text in a value, such as a script with comments, does not count. */
export function ignoreComments(text: string, file: string): IgnoreComment[] {
  if (!text.includes(IGNORE_KEY)) {
    return [];
  }
  const values = valuesOf(text);
  const lines = text.split(/\r\n|\r|\n/);
  const starts = lineStarts(text);
  return lines.flatMap((content, index): IgnoreComment[] => {
    const match = COMMENT.exec(content);
    const offset = starts[index] + (match?.index ?? 0);
    if (!match || values.some(([start, end]) => start <= offset && offset < end)) {
      return [];
    }
    const isAlone = content.slice(0, match.index).trim() === '';
    const next = isAlone ? lines.findIndex((each, other) => other > index && !/^\s*(#|$)|^---\s*(#|$)/.test(each)) : -1;
    return [{ file, line: index + 1, target: (next < 0 ? index : next) + 1, text: match[1].trim() }];
  });
}

/** The ranges of all values of a text; without any if it is not valid YAML, where a line is taken as it looks. */
function valuesOf(text: string): Array<readonly [start: number, end: number]> {
  let events: Event[];
  try {
    events = parseEvents(text, { maxDepth: MAX_DEPTH });
  } catch {
    return [];
  }
  return events.flatMap(event =>
    event.type === EVENT_ID.SCALAR && event.valueStart >= 0 ? [[event.valueStart, event.valueEnd] as const] : [],
  );
}

function lineStarts(text: string): number[] {
  return [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map(match => match.index + match[0].length)];
}
