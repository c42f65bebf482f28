import { LINE_SIGNS, LineKind, PictureBox } from '../picture/picture';
import { Report } from '../report';
import { visibleText } from '../visible-text';

/** More lines make no picture that Graphviz draws in a minute, or that a person can read. */
const MOST_LINES = 5000;

const STYLES: { readonly [kind in LineKind]: string } = {
  'allowed': 'color="#0072b2"',
  'denied': 'color="#a40e26", style=dashed',
  'gained': 'color="#116329", penwidth=2',
  'possibly-gained': 'color="#8a5a00", style=dotted',
  'widened': 'color="#8a5a00", style=dotted',
  'changed': 'color="#8a5a00", style=dotted',
  'narrowed': 'color="#8a5a00", style=dotted',
  'possibly-lost': 'color="#8a5a00", style=dotted',
  'lost': 'color="#a40e26", style=dashed, penwidth=2',
};

/** A graph in the language of Graphviz: clusters and namespaces are subgraphs. */
export function* dot(report: Report): Generator<string> {
  const { title, boxes, lines, notes } = report.picture!(MOST_LINES);
  yield 'digraph mesh {\n';
  yield `  graph [label=${[title, ...notes].map(quoted).join(' + "\\n" + ')}, labelloc=t, rankdir=LR, fontname="sans-serif"]\n`;
  yield '  node [shape=box, style=rounded, fontname="sans-serif"]\n';
  yield '  edge [fontname="sans-serif", fontsize=10]\n';
  yield* frameText(boxes, 0, 'cluster');
  for (const { from, to, kind, label } of lines) {
    yield `  ${quoted(from)} -> ${quoted(to)} [label=${quoted(`${LINE_SIGNS[kind]}${label}`.trim())}, ${STYLES[kind]}]\n`;
  }
  yield '}\n';
}

/** Graphviz draws a frame around subgraphs whose names begin with `cluster`. */
function* frameText(boxes: readonly PictureBox[], depth: number, name: string): Generator<string> {
  const indent = '  '.repeat(depth + 1);
  const byFrame = new Map<string, PictureBox[]>();
  for (const box of boxes) {
    if (box.frames.length === depth) {
      yield `${indent}${quoted(box.id)} [label=${quoted(box.name)}]\n`;
    } else {
      byFrame.set(box.frames[depth], [...(byFrame.get(box.frames[depth]) ?? []), box]);
    }
  }
  let number = 0;
  for (const [title, members] of byFrame) {
    const frame = `${name}_${number++}`;
    yield `${indent}subgraph ${frame} {\n${indent}  label=${quoted(title)}\n`;
    yield* frameText(members, depth + 1, frame);
    yield `${indent}}\n`;
  }
}

/** A text as Graphviz reads it: a backslash would begin an escape sequence, and `&` an entity of HTML. */
function quoted(text: string): string {
  const escaped = visibleText(text).replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/&/g, '&amp;');
  return `"${escaped}"`;
}
