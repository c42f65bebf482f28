import type * as Yaml from 'yaml';
import { Document } from './document';
import { ReadingDiagnostic, readingDiagnostic, RENDER_FIRST } from './reading-diagnostic';
import { shorten } from '../diagnostics/texts';

// larger documents get only their first mistake reported: for some invalid texts the time of `yaml` grows with the
// square of their size (three minutes for a megabyte of `&a &a`)
const MAX_SIZE = 64 * 1024;
const MIN_COST = 1024;

/**
 * The mistakes in a document that js-yaml refused.
 *
 * js-yaml stops at the first mistake. The package `yaml` continues after mistakes, but takes ten times as long, so it
 * is loaded only here.
 */
export function syntaxProblems(document: Document, thrown: unknown, budget: SecondReadings): ReadingDiagnostic[] {
  const first = firstMistake(document, thrown);
  if (first.code !== 'yaml-syntax') {
    return [first];
  }
  const template = templateLine(document);
  if (template !== undefined) {
    return [template];
  }
  const size = document.text.length;
  if (size > MAX_SIZE || size > budget.left) {
    return [first];
  }
  budget.left -= Math.max(size, MIN_COST);
  const all = mistakes(document);
  return all.length > 0 ? all : [first];
}

/** The first line with a template in place of a value or a line. */
export function templateLine(document: Document): ReadingDiagnostic | undefined {
  const found = TEMPLATE.exec(document.text) ?? DIRECTIVE.exec(document.text);
  return found
    ? readingDiagnostic('helm-template', {
      file: document.source.file,
      line: document.lineAt(found.index + found[0].length),
      message: 'a template is valid YAML only after it is rendered',
      got: shorten(found[2]),
      fix: RENDER_FIRST,
    })
    : undefined;
}

/** The number of characters of a file that may still be read a second time. */
export class SecondReadings {
  left = 4 * MAX_SIZE;
}

const MAX_MISTAKES = 10;

// messages of js-yaml in plainer words
const MESSAGES: { readonly [reason: string]: string } = {
  'deficient indentation':
    'a line in brackets, braces or quotes must be indented more than the field that it belongs to',
  'end of the stream or a document separator is expected': 'this line does not belong to what is before it',
};

// an unquoted template where a value or a line begins
const TEMPLATE = /(^|[\r\n])(?=[^'"\r\n#]*?(\{\{.*))[^'"\r\n#]*?(?=\{\{)/;

// a line that is a directive of Jinja, FreeMarker or ERB
const DIRECTIVE = /(^|[\r\n])(?=[ \t]*((?:\{%|<%|<\/?#[a-z]).*))[ \t]*/;

function firstMistake(document: Document, thrown: unknown): ReadingDiagnostic {
  const { reason, mark } = thrown as { reason?: string; mark?: { position: number } };
  const file = document.source.file;
  const offset = mark?.position ?? 0;
  if (reason === undefined || /nesting exceeded/.test(reason)) {
    return readingDiagnostic('yaml-depth', {
      file,
      line: mark && document.lineAt(offset),
      message: 'lists and mappings are nested deeper than in any Kubernetes object',
      fix: 'pass a file of Kubernetes objects',
    });
  }
  return mistake(document, offset, reason);
}

function mistakes(document: Document): ReadingDiagnostic[] {
  // loaded on demand; a synchronous call that bundlers recognize
  // eslint-disable-next-line @typescript-eslint/no-require-imports, no-restricted-globals
  const { parseAllDocuments } = require('yaml') as typeof Yaml;
  try {
    const documents = parseAllDocuments(document.text, {
      version: '1.1',
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'silent',
    });
    const lines = new Map<number, ReadingDiagnostic>();
    for (const error of [...documents].flatMap(each => each.errors)) {
      const found = mistake(document, error.pos[0], error.message);
      if (!lines.has(found.line!)) {
        lines.set(found.line!, found);
      }
    }
    return [...lines.values()].slice(0, MAX_MISTAKES);
  } catch {
    // `yaml` may throw for some invalid documents, without an explanation
    return [];
  }
}

function mistake(document: Document, position: number, reason: string): ReadingDiagnostic {
  // a part that is missing at the end is missing after the last text
  const offset = Math.min(position, Math.max(document.text.trimEnd().length - 1, 0));
  const text = document.lineTextAt(offset);
  const tab = /^\s*\t/.test(text);
  return readingDiagnostic('yaml-syntax', {
    file: document.source.file,
    line: document.lineAt(offset),
    message: tab
      ? 'a tab indents this line; YAML accepts only spaces'
      : (MESSAGES[reason] ?? reason).replace(/\s+/g, ' ').replace(/^./, first => first.toLowerCase()),
    got: shorten(text.trim()),
    fix: tab
      ? 'indent with spaces'
      : 'correct the line; often a quote, a colon or the indentation of a line near it is wrong',
  });
}
