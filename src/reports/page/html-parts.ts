import { escapeHtml } from './html';
import { Diagnostic } from '../../diagnostics/diagnostic';
import { shorten } from '../../diagnostics/texts';
import { diagnosticPlace } from '../diagnostics';
import { Inline, Part, Table } from '../report';

/** How much of each part a page shows; the rest is counted. */
export interface HtmlBounds {
  readonly rows: number;
  readonly diagnostics: number;
  readonly characters: number;
}

export const HTML_BOUNDS: HtmlBounds = { rows: 500, diagnostics: 500, characters: 1000 };

/** The parts of a report as HTML without scripts and styles. */
export function partsHtml(parts: Iterable<Part>, bounds: HtmlBounds = HTML_BOUNDS): string {
  return [...bounded(parts, bounds.rows)].map(part => partHtml(part, bounds)).join('\n');
}

function partHtml(part: Part, bounds: HtmlBounds): string {
  switch (part.kind) {
    case 'line':
      return `<p>${inlineHtml(part.text, bounds)}</p>`;
    case 'link':
      return `<p>${text(`${part.text}: ${part.address}`, bounds)}</p>`;
    case 'table':
      return tableHtml(part, bounds);
    case 'code':
      return `<pre>${escapeHtmlLines(`${part.comment}\n${part.text}`, bounds)}</pre>`;
    case 'section':
      return `<section><h3>${inlineHtml(part.title, bounds)}</h3>\n${partsHtml(part.parts, bounds)}</section>`;
    case 'diagnostics':
      return diagnosticsHtml(part.diagnostics, bounds);
  }
}

function tableHtml({ columns, rows, headless }: Table, bounds: HtmlBounds): string {
  const head = headless
    ? ''
    : `<thead><tr>${columns.map(({ title }) => `<th scope="col">${text(title, bounds)}</th>`).join('')}</tr></thead>`;
  const shown: string[] = [];
  let left = 0;
  for (const row of rows) {
    if (shown.length < bounds.rows) {
      shown.push(`<tr>${row.map(cell => `<td>${inlineHtml(cell, bounds)}</td>`).join('')}</tr>`);
    } else {
      left++;
    }
  }
  return `<table>${head}<tbody>\n${shown.join('\n')}\n</tbody></table>${leftHtml(left, 'rows')}`;
}

function diagnosticsHtml(diagnostics: readonly Diagnostic[], bounds: HtmlBounds): string {
  const rows = diagnostics
    .slice(0, bounds.diagnostics)
    .map(
      each =>
        `<tr><td>${each.severity}</td><td>${text(diagnosticPlace(each), bounds)}</td>` +
        `<td>${text(each.message, bounds)}<br>Fix: ${text(each.fix, bounds)}</td><td>${text(each.code, bounds)}</td></tr>`,
    );
  return (
    '<table><thead><tr><th scope="col">severity</th><th scope="col">place</th><th scope="col">finding</th>' +
    `<th scope="col">code</th></tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>` +
    leftHtml(diagnostics.length - rows.length, 'findings')
  );
}

function leftHtml(left: number, what: string): string {
  return left > 0 ? `<p>${left} more ${what} are not shown here.</p>` : '';
}

function inlineHtml(inline: Inline, bounds: HtmlBounds): string {
  return typeof inline === 'string'
    ? text(inline, bounds)
    : 'tone' in inline
      ? inline.tone === 'strong' ? `<strong>${text(inline.text, bounds)}</strong>` : text(inline.text, bounds)
      : inline.map(each => inlineHtml(each, bounds)).join('');
}

/** Isolated, so text from right to left does not reorder what is around it. */
function text(value: string, { characters }: HtmlBounds): string {
  return `<bdi>${escapeHtml(shorten(value, characters))}</bdi>`;
}

function escapeHtmlLines(value: string, { characters }: HtmlBounds): string {
  return value.slice(0, characters * 10).split('\n').map(escapeHtml).join('\n');
}

/** The first parts; how many are left out is a part as well. */
function* bounded(parts: Iterable<Part>, most: number): Generator<Part> {
  let count = 0;
  for (const part of parts) {
    if (count++ < most) {
      yield part;
    }
  }
  if (count > most) {
    yield { kind: 'line', text: `${count - most} more are not shown here.` };
  }
}
