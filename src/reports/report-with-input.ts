import { formatGaps, formatInput } from './input-summary';
import { Part, Report } from './report';
import type { InputJson } from './schemas/input';

/**
 * A report that ends with what it was read from. Two meshes are the old and the new one. What a snapshot could not read
 * is named, unless the report does so itself: verdicts may depend on it. The text of a quiet one has neither.
 */
export function withInput(report: Report, inputs: readonly InputJson[], quiet: boolean = false): Report {
  const { document } = report;
  return {
    ...report,
    parts: () => (quiet ? report.parts() : withClosing(report.parts(), inputs, !report.namesGaps)),
    document: { ...document, more: { read: inputs, ...document.more } },
    input: inputTexts(inputs).join(' '),
  };
}

function* withClosing(parts: Iterable<Part>, inputs: readonly InputJson[], hasGaps: boolean): Generator<Part> {
  yield* parts;
  for (const gap of hasGaps ? [...new Set(inputs.flatMap(formatGaps))] : []) {
    yield { kind: 'line', text: [{ text: 'unknown: ', tone: 'doubtful' }, gap] };
  }
  for (const text of inputTexts(inputs)) {
    yield { kind: 'line', text };
  }
}

/** One sentence for each mesh; meshes of equal content have one. */
function inputTexts(inputs: readonly InputJson[]): string[] {
  const texts = inputs.map(each => formatInput(each));
  return new Set(texts).size === 1
    ? texts.slice(0, 1)
    : inputs.map((each, index) => formatInput(each, ['Read from the old mesh:', 'Read from the new mesh:'][index]));
}
