import { create } from 'xmlbuilder';
import { fittingText, layoutPicture, textWidth } from '../picture/layout';
import { LINE_SIGNS, LineKind, Picture, PictureLine } from '../picture/picture';
import { Report } from '../report';
import { visibleText } from '../visible-text';

/** No more lines than fit on two pages. */
const MOST_LINES = 120;

const MARGIN = 16;
const HEADING = 30;
const NOTE_HEIGHT = 18;

/** What each kind of line means, as the legend says it. */
const MEANINGS: { readonly [kind in LineKind]: string } = {
  'allowed': 'may connect',
  'denied': 'may not connect',
  'gained': 'may connect now',
  'possibly-gained': 'may connect now, depending on an order of computations',
  'widened': 'more requests pass',
  'changed': 'other requests pass',
  'narrowed': 'fewer requests pass',
  'possibly-lost': 'may no longer connect, depending on an order of computations',
  'lost': 'may no longer connect',
};

/** Kinds differ by dashes and signs, not only by colour (Okabe and Ito's colours, which most people tell apart). */
const STYLE = `
svg { --text: #1b1f24; --quiet: #57606a; --page: #ffffff; --frame: #f6f8fa; --border: #c4ccd4; --allowed: #0072b2;
  --bad: #a40e26; --good: #116329; --other: #8a5a00; }
@media (prefers-color-scheme: dark) {
  svg { --text: #e6edf3; --quiet: #9aa5b1; --page: #0d1117; --frame: #161b22; --border: #3d4650; --allowed: #56b4e9;
    --bad: #ff8f87; --good: #6fdd8b; --other: #e3b341; }
}
text { font: 12px system-ui, sans-serif; fill: var(--text); }
.page { fill: var(--page); }
.title { font-size: 15px; font-weight: 600; }
.note { fill: var(--quiet); }
.frame { fill: var(--frame); stroke: var(--border); }
.frame.inner { fill: var(--page); }
.box { fill: var(--page); stroke: var(--text); }
.line { fill: none; stroke: var(--allowed); stroke-width: 1.5; }
.head { fill: var(--allowed); }
.label { font-size: 11px; text-anchor: end; }
.gained, .gained.line { stroke: var(--good); stroke-width: 2; }
.lost, .lost.line, .denied.line { stroke: var(--bad); stroke-dasharray: 6 4; stroke-width: 2; }
.widened.line, .changed.line, .narrowed.line, .possibly-gained.line, .possibly-lost.line { stroke: var(--other); stroke-dasharray: 2 3; stroke-width: 2; }
.head.gained { fill: var(--good); stroke: none; }
.head.lost, .head.denied { fill: var(--bad); stroke: none; }
.head.widened, .head.changed, .head.narrowed, .head.possibly-gained, .head.possibly-lost { fill: var(--other); }
`;

/** A picture for documents, in light and dark, without scripts and fonts of its own. */
export function* svg(report: Report): Generator<string> {
  const picture = visible(report.picture!(MOST_LINES));
  const { width, height, frames, boxes, lines, loose } = layoutPicture(picture, labelOf);
  const kinds = [...new Set(lines.map(({ kind }) => kind))];
  const legend = kinds.map(kind => `${LINE_SIGNS[kind]}${MEANINGS[kind]}`);
  const notes = [...legend, ...looseNote(loose.map(({ id }) => id)), ...picture.notes].map(note =>
    fittingText(note, NOTE_WIDTH),
  );
  const inner = Math.max(width, ...notes.map(note => textWidth(note) + 44), textWidth(picture.title) * 1.3);
  const total = { width: inner + 2 * MARGIN, height: HEADING + height + 2 * MARGIN + notes.length * NOTE_HEIGHT };

  const root = create('svg', { version: '1.0', encoding: 'UTF-8' }, undefined, { invalidCharReplacement: '?' });
  root.att('xmlns', 'http://www.w3.org/2000/svg').att('role', 'img').att('aria-labelledby', 'title description');
  root.att('width', round(total.width)).att('height', round(total.height));
  root.att('viewBox', `0 0 ${round(total.width)} ${round(total.height)}`);
  root.ele('title', { id: 'title' }, picture.title);
  root.ele('desc', { id: 'description' }, descriptionOf(picture));
  root.ele('style', {}, STYLE);
  const defs = root.ele('defs');
  for (const kind of kinds) {
    const marker = { viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: 'auto' };
    defs
      .ele('marker', { id: `head-${kind}`, markerUnits: 'userSpaceOnUse', ...marker })
      .ele('path', { class: `head ${kind}`, d: 'M0 0L8 4L0 8z' });
  }
  root.ele('rect', { class: 'page', width: '100%', height: '100%' });
  root.ele('text', { class: 'title', x: MARGIN, y: 24 }, picture.title);
  const drawing = root.ele('g', { transform: `translate(${MARGIN} ${HEADING + 8})` });
  for (const { title, depth, x, y, ...size } of frames) {
    const group = drawing.ele('g');
    group.ele('title', {}, title);
    group.ele('rect', { class: depth === 0 ? 'frame' : 'frame inner', x: round(x), y: round(y), ...rounded(size), rx: 6 });
    group.ele('text', { class: 'note', x: round(x + 10), y: round(y + 16) }, fittingText(title, size.width - 16));
  }
  for (const { kind, path } of lines) {
    drawing.ele('path', { 'class': `line ${kind}`, 'd': roundPath(path), 'marker-end': `url(#head-${kind})` });
  }
  for (const { id, name, x, y, ...size } of boxes) {
    const group = drawing.ele('g');
    group.ele('title', {}, id);
    group.ele('rect', { class: 'box', x: round(x), y: round(y), ...rounded(size), rx: 4 });
    group.ele('text', { x: round(x + 10), y: round(y + size.height / 2 + 4) }, fittingText(name, size.width - 20));
  }
  for (const line of lines) {
    const text = labelOf(line);
    if (text !== '') {
      const group = drawing.ele('g');
      group.ele('title', {}, `${line.from} -> ${line.to}: ${text}`);
      group.ele('text', { class: 'label', x: round(line.x), y: round(line.y - 3) }, fittingText(text, LABEL_WIDTH));
    }
  }
  notes.forEach((note, index) => {
    const y = HEADING + height + 2 * MARGIN + index * NOTE_HEIGHT;
    const kind = kinds[index];
    if (kind) {
      root.ele('path', { class: `line ${kind}`, d: `M${MARGIN} ${round(y - 4)}h28` });
    }
    root.ele('text', { class: 'note', x: MARGIN + (kind ? 38 : 0), y: round(y) }, note);
  });
  yield `${root.end({ pretty: true })}\n`;
}

/** The picture without characters that change the order of others. Boxes keep their ids, which are titles too. */
function visible({ title, boxes, lines, notes }: Picture): Picture {
  return {
    title: visibleText(title),
    boxes: boxes.map(box => ({
      id: visibleText(box.id),
      name: visibleText(box.name),
      frames: box.frames.map(visibleText),
    })),
    lines: lines.map(line => ({
      ...line,
      from: visibleText(line.from),
      to: visibleText(line.to),
      label: visibleText(line.label),
    })),
    notes: notes.map(visibleText),
  };
}

const LABEL_WIDTH = 230;
const NOTE_WIDTH = 900;

/** How many names a note has. */
const MOST_NAMES = 8;

function looseNote(names: readonly string[]): string[] {
  const left = names.length - MOST_NAMES;
  const more = left > 0 ? ` and ${left} more` : '';
  return names.length === 0 ? [] : [`without lines: ${names.slice(0, MOST_NAMES).join(', ')}${more}`];
}

function labelOf({ kind, label }: PictureLine): string {
  return `${LINE_SIGNS[kind]}${label}`.trim();
}

/** The lines in words, for screen readers. */
function descriptionOf({ lines, notes }: Picture): string {
  const texts = lines.map(({ from, to, kind, label }) => `${from} -> ${to}: ${MEANINGS[kind]} ${label}`.trim());
  return [...texts, ...notes].join('. ');
}

function round(number: number): string {
  return String(Math.round(number * 10) / 10);
}

function rounded({ width, height }: { readonly width: number; readonly height: number }) {
  return { width: round(width), height: round(height) };
}

function roundPath(path: string): string {
  return path.replace(/-?\d+\.\d+/g, number => round(Number(number)));
}
