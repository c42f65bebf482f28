import type { Colors } from 'picocolors/types';
import { columnWidths } from './columns';
import { fittedColumns } from './fitted-columns';
import { Surroundings } from './format';
import { wrapLine } from './wrap';
import { Copies, copiesText, groupCopies } from '../copies';
import { constructText, diagnosticPlace, severityTone } from '../diagnostics';
import { Inline, Part, Report, Span, Table } from '../report';

/** Rows of a block with common widths. Longer tables are printed in blocks. */
const BLOCK = 10_000;

/** The longest verdict is `default-denied`. */
const VERDICT_WIDTH = 14;

const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const ALL_CONTROLS = new RegExp(`${CONTROLS.source}+`, 'g');

/** Text for a terminal. */
export function text(report: Report, terminal: Terminal): Iterable<string> {
  return partTexts(report.parts(), terminal, '');
}

type Terminal = Pick<Surroundings, 'colors' | 'width'>;

function* partTexts(parts: Iterable<Part>, terminal: Terminal, indent: string): Generator<string> {
  let before: Part | undefined;
  for (const part of parts) {
    // sections and problems are separate paragraphs
    if (indent === '' && before && (isBlock(before) || isBlock(part))) {
      yield '\n';
    }
    yield* partText(part, terminal, indent);
    before = part;
  }
}

function isBlock({ kind }: Part): boolean {
  return kind === 'section' || kind === 'diagnostics';
}

function* partText(part: Part, terminal: Terminal, indent: string): Generator<string> {
  const { colors, width } = terminal;
  const wrapped = (inline: Inline) => wrapLine(`${indent}${inlineText(inline, colors)}`, width, `${indent}  `);
  switch (part.kind) {
    case 'line':
      yield `${wrapped(part.text)}\n`;
      break;
    case 'link':
      // not wrapped: a terminal opens it as a whole
      yield `${indent}${oneLine(`${part.text}: ${part.address}`)}\n`;
      break;
    case 'table':
      yield* tableText(part, terminal, indent);
      break;
    case 'code':
      yield `${indent}${spanText({ text: part.comment, tone: 'faint' }, colors)}\n${part.text.replace(/^(?=.)/gm, indent)}`;
      break;
    case 'section':
      yield `${wrapped(part.title)}\n`;
      yield* partTexts(part.parts, terminal, `${indent}  `);
      break;
    case 'diagnostics':
      yield groupCopies(part.diagnostics).map(each => diagnosticText(each, terminal)).join('\n');
      break;
  }
}

function* tableText(
  { columns: definitions, rows, headless }: Table,
  { colors, width }: Terminal,
  indent: string,
): Generator<string> {
  const titles = definitions.map(({ title, exact }) => (exact ? title : title.toUpperCase()));
  let block: string[][] = headless ? [] : [titles];
  let least: number[] = [];
  for (const row of rows) {
    block.push(row.map(cell => inlineText(cell, colors)));
    if (block.length >= BLOCK) {
      // wide enough for all verdicts, so all blocks have the same layout
      least = columnWidths(
        block,
        definitions.map(({ type }, index) => Math.max(least[index] ?? 0, type === 'verdict' ? VERDICT_WIDTH : 0)),
      );
      yield fittedColumns(block, indent, least, width);
      block = [];
    }
  }
  yield fittedColumns(block, indent, least, width);
}

function diagnosticText(copies: Copies, { colors, width }: Terminal): string {
  const { first: diagnostic } = copies;
  const { code, severity, message, fix } = diagnostic;
  const head = [
    spanText({ text: severity, tone: severityTone(severity) }, colors),
    diagnosticPlace(diagnostic),
    spanText({ text: `[${code}]`, tone: 'faint' }, colors),
  ];
  const construct = constructText(diagnostic);
  const others = copiesText(copies);
  const lines = [
    wrapLine(head.filter(each => each !== '').join(' '), width, '  '),
    wrapLine(`  ${oneLine(message)}`, width, '  '),
    ...(others === undefined ? [] : [wrapLine(`  ${oneLine(others)}`, width, '  ')]),
    ...(construct === undefined ? [] : [wrapLine(`  construct: ${oneLine(construct)}`, width, '             ')]),
    wrapLine(`  fix: ${oneLine(fix)}`, width, '       '),
  ];
  return lines.map(line => `${line}\n`).join('');
}

function inlineText(inline: Inline, colors: Colors | undefined): string {
  return typeof inline === 'string'
    ? oneLine(inline)
    : 'tone' in inline
      ? spanText(inline, colors)
      : inline.map(each => inlineText(each, colors)).join('');
}

/** Control characters of names and files could change what a terminal shows, or pass for another line of a log. */
function oneLine(line: string): string {
  return CONTROLS.test(line) ? line.replace(ALL_CONTROLS, ' ') : line;
}

function spanText(span: Span, colors: Colors | undefined): string {
  const { tone } = span;
  const content = oneLine(span.text);
  if (!colors) {
    return content;
  }
  switch (tone) {
    case 'strong':
      return colors.bold(content);
    case 'faint':
      return colors.dim(content);
    case 'good':
      return colors.green(content);
    case 'doubtful':
      return colors.yellow(content);
    case 'bad':
      return colors.red(content);
    case 'info':
      return colors.cyan(content);
  }
}
