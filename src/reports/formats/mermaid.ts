import { LINE_SIGNS, LineKind, PictureBox } from '../picture/picture';
import { Report } from '../report';
import { visibleText } from '../visible-text';

/** More lines cannot be read: Mermaid draws them on top of each other. */
const MOST_LINES = 20;

/** Longer texts make boxes wider than a page. */
const LONGEST_TEXT = 60;

/** The longest part of the note, which is a box too. */
const LONGEST_NOTE = 300;

const ARROWS: { readonly [kind in LineKind]: string } = {
  'allowed': '-->',
  'denied': '-.->',
  'gained': '==>',
  'possibly-gained': '-->',
  'widened': '-->',
  'changed': '-->',
  'narrowed': '-->',
  'possibly-lost': '-.->',
  'lost': '-.->',
};

/** A flowchart for Markdown, for example in a comment: changes alone, and few of them. */
export function* mermaid(report: Report): Generator<string> {
  const { title, boxes, lines, notes } = report.changes!(MOST_LINES);
  const ids = new Map(boxes.map(({ id }, index) => [id, `n${index}`]));
  yield 'flowchart LR\n';
  yield `  accTitle: ${plain(title)}\n`;
  yield* frameText(boxes, ids, 0, 'g');
  for (const { from, to, kind, label } of lines) {
    const text = `${LINE_SIGNS[kind]}${label}`.trim();
    yield `  ${ids.get(from)} ${ARROWS[kind]}${text === '' ? '' : `|${quoted(text)}|`} ${ids.get(to)}\n`;
  }
  let number = 0;
  for (const note of notes) {
    yield `  note${number++}[${quoted(note, LONGEST_NOTE)}]\n`;
  }
}

function* frameText(
  boxes: readonly PictureBox[],
  ids: ReadonlyMap<string, string>,
  depth: number,
  name: string,
): Generator<string> {
  const indent = '  '.repeat(depth + 1);
  const byFrame = new Map<string, PictureBox[]>();
  for (const box of boxes) {
    if (box.frames.length === depth) {
      yield `${indent}${ids.get(box.id)}[${quoted(box.name)}]\n`;
    } else {
      byFrame.set(box.frames[depth], [...(byFrame.get(box.frames[depth]) ?? []), box]);
    }
  }
  let number = 0;
  for (const [title, members] of byFrame) {
    const frame = `${name}${number++}`;
    yield `${indent}subgraph ${frame}[${quoted(title)}]\n`;
    yield* frameText(members, ids, depth + 1, `${frame}_`);
    yield `${indent}end\n`;
  }
}

/** A text of Mermaid: characters that mean something to it, to Markdown or to HTML are entities. */
function quoted(text: string, most: number = LONGEST_TEXT): string {
  const characters = [...(plain(text) || ' ')];
  const shown = characters.length > most ? [...characters.slice(0, most - 1), '…'] : characters;
  // an empty text is a fault of syntax
  const escaped = shown.map(each => (/[\w ./:@,()+~−✕…-]/.test(each) ? each : `#${each.codePointAt(0)};`)).join('');
  // a text that begins like a list of Markdown would be one
  return `"${escaped.replace(/^(\d+)\./, '$1#46;').replace(/^([+-])/, character => `#${character.charCodeAt(0)};`)}"`;
}

function plain(text: string): string {
  return visibleText(text).replace(/[\ud800-\udfff]/gu, '?');
}
