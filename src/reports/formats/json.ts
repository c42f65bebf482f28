import { escapeDirections } from '../../diagnostics/directions';
import { MESH_API_VERSION } from '../../model/mesh-file';
import { JsonDocument, Report } from '../report';

/** Characters in one piece of output. V8 frees longer texts late, so large outputs would need more memory. */
const BLOCK = 50_000;

export function json({ document }: Report): Iterable<string> {
  return documentText(document);
}

/**
 * One document with the version of its format. Each item of its list is on its own line, for tools that compare lines.
 */
export function* documentText({ field, items, more = {} }: JsonDocument): Generator<string> {
  const fields = Object.entries({ apiVersion: MESH_API_VERSION, ...more }).map(
    ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)},`,
  );
  yield escapeDirections(`{${fields.join('')}${JSON.stringify(field)}:[`);
  let block = '';
  let first = true;
  for (const item of items()) {
    block += `${first ? '' : ','}\n${JSON.stringify(item)}`;
    first = false;
    if (block.length >= BLOCK) {
      yield escapeDirections(block);
      block = '';
    }
  }
  yield escapeDirections(block);
  yield `${first ? '' : '\n'}]}\n`;
}
