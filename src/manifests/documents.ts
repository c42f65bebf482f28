import { EVENT_ID, Event, parseEvents } from 'js-yaml';
import { Document, MAX_DEPTH } from './document';
import { Found, Problems } from './found';
import { compose, Composed, ComposeFault } from './go-yaml/compose';
import { Manifest } from './manifest';
import { claimsToBeObject, readObjects } from './objects';
import { ReadingDiagnostic, readingDiagnostic } from './reading-diagnostic';
import { splitDocuments, splitJson } from './split';
import { SecondReadings, syntaxProblems, templateLine } from './syntax';
import { TextFile } from './text-file';
import { shorten } from '../diagnostics/texts';

/**
 * The manifests of a stream of YAML or JSON documents.
 *
 * It finds the objects that kubectl would apply. For all others a problem or a note says why. `keepsVariables`: see
 * `Found`.
 */
export function readManifests(
  text: string,
  file: string,
  keepsVariables: boolean = false,
): { manifests: Manifest[]; problems: ReadingDiagnostic[]; notes: ReadingDiagnostic[] } {
  const found = new Found(keepsVariables);
  const source = new TextFile(file, text);
  const budget = new SecondReadings();
  const { chunks, wrong } = splitDocuments(text);
  if (chunks.length > MAX_DOCUMENTS) {
    const problem = readingDiagnostic('file-too-large', {
      file,
      message: `the file has more than ${MAX_DOCUMENTS} documents`,
      fix: 'split it into several files',
    });
    return { manifests: [], problems: [problem], notes: [] };
  }
  for (const { offset, rest } of wrong) {
    found.problems.add(() =>
      readingDiagnostic('document-separator', {
        file,
        line: source.lineAt(offset),
        message: 'kubectl accepts only a comment after `---`',
        got: shorten(rest),
        fix: 'begin the document on the next line',
      }),
    );
  }
  for (const { start, end } of chunks) {
    readChunk(new Document(source, start, end), found, budget);
  }
  return { manifests: found.manifests, problems: found.problems.all(), notes: found.notes.all() };
}

/** The value of a file with one document, such as mesh.yaml or Helm values; undefined if it has problems. */
export function readYaml(
  text: string,
  file: string,
): { value: any; problems: ReadingDiagnostic[]; line(path?: string): number } {
  const read = readDocument(new Document(new TextFile(file, text), 0, text.length), new SecondReadings());
  if ('problems' in read) {
    return { value: undefined, line: () => 1, problems: [...read.problems] };
  }
  const document = read.document;
  const problems = new Problems();
  problems.addAll(faultsOf(document, read.first.faults));
  if (read.others.length > 0) {
    problems.add(() =>
      readingDiagnostic('document-several', {
        file,
        line: document.lineAt(read.others[0]),
        message: 'the file has a second document',
        fix: 'keep one document',
      }),
    );
  }
  const all = problems.all();
  return {
    value: all.length > 0 ? undefined : read.first.value,
    line: path => document.lineOf([], path),
    problems: all,
  };
}

const BLANK = /^\s*$/;

// deeper than the collections of any object
const INDENTATION = ' '.repeat(MAX_DEPTH);

// characters that may be read again to indent lines: each line needs another reading
const INDENTING_WORK = 30_000_000;

const MAX_DOCUMENTS = 500_000;

const ALIAS_KEY = /^([ \t]*(?:- +)*\*[\w-]+):(?=\s|$)/m;

// maximum number of events of one document: js-yaml needs about 120 bytes for each
const MAX_VALUES = 4_000_000;

type Read =
  | { readonly problems: ReadingDiagnostic[] }
  | { readonly document: Document; readonly first: Composed; readonly others: number[] };

function readChunk(chunk: Document, found: Found, budget: SecondReadings): void {
  if (found.problems.isFull) {
    found.problems.cut();
    return;
  }
  if (BLANK.test(chunk.text)) {
    return;
  }
  const read = readDocument(chunk, budget);
  if ('problems' in read) {
    const values = /^\s*\{(?!\{)/.test(chunk.text) ? splitJson(chunk.source.text, chunk.start, chunk.end) : [];
    if (values.length > 1 && values.length <= MAX_DOCUMENTS) {
      values.forEach(({ start, end }) => readChunk(new Document(chunk.source, start, end), found, budget));
    } else {
      found.problems.addAll(read.problems);
    }
    return;
  }
  const {
    document,
    first: { value },
  } = read;
  // those that prevent the reading come first: only so many are reported
  const faults = [...read.first.faults].sort((one, other) => Number(one.isRead) - Number(other.isRead));
  const isRead = faults.every(fault => fault.isRead);
  const wrong = isRead ? [] : faultsOf(document, faults);
  if (wrong.length > 0 && (claimsToBeObject(value) || value === undefined || wrong[0].code === 'helm-template')) {
    found.problems.addAll(wrong);
  } else if (value !== null) {
    readObjects(document, value, found);
    if (isRead && claimsToBeObject(value)) {
      // kubectl reads the object, so verdicts are about what it reads
      found.notes.addAll(duplicateKeys(document, faults));
    }
  }
  for (const other of read.others) {
    found.notes.add(() =>
      readingDiagnostic('document-unseparated', {
        file: document.source.file,
        line: document.lineAt(other),
        message: 'no `---` precedes this document, so kubectl ignores it',
        fix: 'write a line `---` before it',
      }),
    );
  }
}

/** The duplicate keys of an object, each by itself; those of objects without `---` between them have one cause. */
function duplicateKeys(document: Document, faults: readonly ComposeFault[]): ReadingDiagnostic[] {
  const isOfRoot = ({ offset }: ComposeFault) => offset === 0 || document.text[offset - 1] === '\n';
  const root = faults.filter(isOfRoot);
  const isSeveral = ['apiVersion', 'kind'].every(key => root.some(({ got }) => got === key));
  const single = faultsOf(document, isSeveral ? faults.filter(each => !isOfRoot(each)) : faults).map(
    ({ file, line, message, got, fix }) => readingDiagnostic('document-duplicate-key', { file, line, message, got, fix }),
  );
  return isSeveral
    ? [
      readingDiagnostic('document-duplicate-key', {
        file: document.source.file,
        line: document.lineAt(Math.min(...root.map(({ offset }) => offset))),
        message:
          'no `---` separates the objects of this document, so kubectl reads one object, with the last of each ' +
          'duplicate key',
        fix: 'write a line `---` between the objects',
      }),
      ...single,
    ]
    : single;
}

/** The first document, and the beginnings of others without a `---` before them. */
function readDocument(source: Document, budget: SecondReadings): Read {
  if (valuesAtMost(source.text) > MAX_VALUES) {
    return {
      problems: [
        readingDiagnostic('file-too-large', {
          file: source.source.file,
          line: source.lineAt(0),
          message: `one document has more than ${MAX_VALUES} values`,
          fix: 'split it into several documents or files',
        }),
      ],
    };
  }
  const parsed = parse(source);
  if ('thrown' in parsed) {
    return { problems: syntaxProblems(parsed.document, parsed.thrown, budget) };
  }
  const { document, events } = parsed;
  const text = document.text;
  if (events.length === 0) {
    return { document, first: { value: null, faults: [], end: 0 }, others: [] };
  }
  const first = compose(text, events, 0);
  const others: number[] = [];
  for (let index = first.end; index < events.length; index++) {
    const event = events[index];
    // ignores a document without text, as after a last `...`
    const content = events[index + 1];
    if (event.type === EVENT_ID.DOCUMENT && content && !(content.type === EVENT_ID.SCALAR && content.valueStart < 0)) {
      others.push('start' in content ? content.start : 'valueStart' in content ? content.valueStart : 0);
    }
  }
  return { document, first, others };
}

/**
 * The events of a document.
 *
 * YAML requires that all lines of a flow collection or quoted text are indented more than their parent. kubectl does
 * not:
 *
 *     metadata: {
 *       name: a
 *     }
 *
 * White space has no meaning there, so such lines get more of it. The numbers of the lines do not change.
 *
 * An alias may end with a colon in YAML, but not in Go (yaml_parser_scan_anchor, scannerc.go of go-yaml), where it is a
 * key. Such keys get a space before the colon:
 *
 *     *name:
 *       a: b
 */
function parse(
  source: Document,
):
  | { readonly document: Document; readonly events: Event[] }
  | { readonly document: Document; readonly thrown: unknown } {
  let document = source;
  for (let work = 0; ; work += document.text.length) {
    try {
      return { document, events: parseEvents(document.text, { maxDepth: MAX_DEPTH }) };
    } catch (thrown) {
      if (ALIAS_KEY.test(document.text)) {
        document = document.withText(document.text.replace(new RegExp(ALIAS_KEY, 'gm'), '$1 :'));
        continue;
      }
      const { reason, mark } = thrown as { reason?: string; mark?: { position: number; column: number } };
      if (reason !== 'deficient indentation' || work > INDENTING_WORK) {
        return { document, thrown };
      }
      const lineStart = mark!.position - mark!.column;
      document = document.withText(document.text.slice(0, lineStart) + INDENTATION + document.text.slice(lineStart));
    }
  }
}

function faultsOf(document: Document, faults: readonly ComposeFault[]): ReadingDiagnostic[] {
  const template = faults.some(fault => fault.code === 'yaml-key') ? templateLine(document) : undefined;
  if (template) {
    return [template];
  }
  return faults.map(({ code, offset, message, got, fix }) =>
    readingDiagnostic(code, {
      file: document.source.file,
      line: document.lineAt(offset),
      message,
      ...(got === undefined ? {} : { got: shorten(got) }),
      fix,
    }),
  );
}

/** A fast upper bound of the number of values in a large text: each value needs an indicator or a line. */
function valuesAtMost(text: string): number {
  if (text.length < MAX_VALUES) {
    return text.length / 2;
  }
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case 0x0a:
      case 0x2c:
      case 0x5b:
      case 0x5d:
      case 0x7b:
      case 0x7d: // newline , [ ] { }
        count++;
        break;
      case 0x2d:
      case 0x3a:
      case 0x3f: // - : ?
        count += text.charCodeAt(index + 1) <= 0x20 ? 1 : 0;
    }
  }
  return count;
}
