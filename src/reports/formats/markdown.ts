import { codeBlock, codeSpan, escapeMarkdown, plainText } from './markdown-text';
import { Diagnostic } from '../../diagnostics/diagnostic';
import { copiesText, groupCopies } from '../copies';
import { fileLine, objectName, shortName } from '../diagnostics';
import { Column, Inline, Part, Report, Table } from '../report';

/** Maximum number of characters of a comment on GitHub. UTF-16 counts at least as many as GitHub does. */
export const MARKDOWN_LIMIT = 65_536;

/** Level of the titles below that of the report. */
const TOP = 3;

/** Characters reserved for texts after the cut: the note, and the counts at the end of a report. */
const RESERVE = 1024;

/** Characters reserved for the note. */
const NOTE_LIMIT = 300;

/**
 * Markdown for a comment on a pull request. A report that is too long is cut after a row, with a count of what is
 * missing.
 */
export function* markdown(report: Report): Generator<string> {
  const page = new Page(`## cilium-mesh ${report.title}\n`);
  for (const part of report.parts()) {
    addPart(page, part, TOP);
  }
  yield page.text();
}

/** Text of limited length. It counts the pieces that do not fit. */
class Page {
  private readonly pieces: string[];
  private length: number;
  private tail = '';
  /** Numbers of missing pieces, by their kind. */
  private readonly missing = new Map<string, number>();
  /** Titles and heads of tables that wait for the next piece. Those without content are not written. */
  private heads: string[] = [];

  constructor(title: string) {
    this.pieces = [title];
    this.length = title.length;
  }

  private get isFull(): boolean {
    return this.missing.size > 0;
  }

  /** Writes a piece as a whole or not at all; `what` is its kind. */
  add(piece: () => string, what: string): void {
    const whole = this.isFull ? '' : [...this.heads, piece()].join('');
    if (this.isFull || this.length + whole.length > MARKDOWN_LIMIT - RESERVE) {
      this.missing.set(what, (this.missing.get(what) ?? 0) + 1);
      return;
    }
    this.pieces.push(whole);
    this.length += whole.length;
    this.heads = [];
  }

  /** Writes a line at the end of a report, such as its counts. It is also written after the cut if it fits. */
  addClosing(line: string): void {
    if (this.isFull && this.tail.length + line.length <= RESERVE - NOTE_LIMIT) {
      this.tail += line;
    } else {
      this.add(() => line, 'line');
    }
  }

  /** A title or the head of a table, with its content. */
  below(head: string, addContent: () => void): void {
    const before = this.heads;
    this.heads = [...before, head];
    addContent();
    this.heads = this.heads.length === 0 ? [] : before;
  }

  text(): string {
    const counts = [...this.missing]
      .map(([what, count]) => `${count} more ${what}${count === 1 ? '' : 's'}`)
      .join(', ');
    const note = this.isFull
      ? `\n**Cut at ${MARKDOWN_LIMIT} characters: ${counts}.** The formats text and json have all of them.\n`
      : '';
    return [...this.pieces, note, this.tail].join('');
  }
}

function addPart(page: Page, part: Part, level: number): void {
  switch (part.kind) {
    case 'line': {
      const line = `\n${escapeMarkdown(plainText(part.text))}\n`;
      if (level === TOP) {
        page.addClosing(line);
      } else {
        page.add(() => line, 'line');
      }
      break;
    }
    case 'link':
      page.add(() => `\n[${escapeMarkdown(part.text)}](<${linkTarget(part.address)}>)\n`, 'link');
      break;
    case 'table':
      addTable(page, part);
      break;
    case 'code':
      page.add(() => `\n${codeBlock(part.language, `${part.comment}\n${part.text}`)}`, 'block');
      break;
    case 'section': {
      const title = `\n${'#'.repeat(Math.min(level, 6))} ${escapeMarkdown(plainText(part.title))}\n`;
      if (part.parts.length === 0) {
        page.add(() => title, 'section');
      } else {
        page.below(title, () => part.parts.forEach(each => addPart(page, each, level + 1)));
      }
      break;
    }
    case 'diagnostics':
      addTable(page, diagnosticsTable(part.diagnostics), 'finding');
      break;
  }
}

/** An address in angle brackets, which it must not end. */
function linkTarget(address: string): string {
  return address.replace(/[<>\s\\]/g, character => encodeURIComponent(character));
}

function addTable(page: Page, { columns, rows }: Table, what: string = 'row'): void {
  const rule = columns.map(({ type }) => (type === 'number' ? '---:' : '---'));
  page.below(`\n${row(columns.map(({ title }) => title))}${row(rule)}`, () => {
    for (const cells of rows) {
      page.add(() => row(cells.map((cell, index) => cellText(cell, columns[index]))), what);
    }
  });
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

function cellText(cell: Inline, { type }: Column): string {
  const text = plainText(cell);
  return type === 'endpoint' || type === 'place' || type === 'port' ? codeSpan(text) : escapeMarkdown(text);
}

function diagnosticsTable(diagnostics: readonly Diagnostic[]): Table {
  return {
    kind: 'table',
    columns: [
      { title: 'severity', type: 'text' },
      { title: 'code', type: 'place' },
      { title: 'place', type: 'place' },
      { title: 'object', type: 'endpoint' },
      { title: 'cluster', type: 'endpoint' },
      { title: 'problem', type: 'text' },
      { title: 'fix', type: 'text' },
    ],
    rows: groupCopies(diagnostics).map(copies => {
      const { severity, code, file, line, object, cluster, message, fix } = copies.first;
      const others = copiesText(copies);
      return [
        severity,
        code,
        file === undefined ? '' : fileLine(file, line),
        object ? objectName(object) : '',
        cluster === undefined ? '' : shortName(cluster),
        others === undefined ? message : `${message}; ${others}`,
        fix,
      ];
    }),
  };
}
