import { Event, EVENT_ID, parseEvents, SCALAR_STYLE } from 'js-yaml';
import { keyText, offsetOf } from './go-yaml/compose';

/**
 * The offsets of the fields of one document. It holds the events of the document, so it is created on demand and not
 * kept.
 */
export class Positions {
  private readonly events: Event[];
  /** Index of the node after the one at an index. */
  private readonly after: Int32Array;
  private readonly items = new Map<number, number[]>();

  constructor(
    private readonly source: string,
    maxDepth: number,
  ) {
    this.events = parseEvents(source, { maxDepth });
    this.after = new Int32Array(this.events.length);
    const open: number[] = [];
    this.events.forEach((event, index) => {
      if (event.type === EVENT_ID.SCALAR || event.type === EVENT_ID.ALIAS) {
        this.after[index] = index + 1;
      } else if (event.type === EVENT_ID.POP) {
        this.after[open.pop()!] = index + 1;
      } else {
        open.push(index);
      }
    });
  }

  /** The offset of the field, or of its nearest ancestor. */
  offset(segments: ReadonlyArray<string | number>): number {
    let node = 1; // after the event of the document
    let offset = this.start(node, 0);
    for (const segment of segments) {
      const found = this.child(node, segment);
      if (!found) {
        break;
      }
      node = found.value;
      offset = found.key === undefined ? this.start(node, offset) : this.start(found.key, offset);
    }
    return offset;
  }

  private start(node: number, fallback: number): number {
    const event = this.events[node];
    const offset = event ? offsetOf(event) : -1;
    if (offset < 0) {
      return fallback;
    }
    const isBlock =
      event.type === EVENT_ID.SCALAR &&
      event.valueStart >= 0 &&
      (event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK);
    // the text of a block begins on the line after its `|`
    return isBlock ? Math.max(offset - 1, 0) : offset;
  }

  private child(node: number, segment: string | number): { key?: number; value: number } | undefined {
    const index = this.target(node);
    const event = this.events[index];
    if (event?.type === EVENT_ID.SEQUENCE && typeof segment === 'number') {
      const value = this.itemsOf(index)[segment];
      return value === undefined ? undefined : { value };
    }
    return event?.type === EVENT_ID.MAPPING ? this.entry(index, String(segment)) : undefined;
  }

  /** The last entry of the key, which takes precedence; else a merged one. */
  private entry(mapping: number, name: string, depth = 0): { key: number; value: number } | undefined {
    const merges: number[] = [];
    let found: { key: number; value: number } | undefined;
    for (let key = mapping + 1; key < this.after[mapping] - 1; key = this.after[this.after[key]]) {
      const value = this.after[key];
      const scalar = this.events[this.target(key)];
      if (scalar.type === EVENT_ID.SCALAR) {
        const text = keyText(this.source, scalar);
        if (text === name) {
          found = { key, value };
        } else if (text === '<<') {
          merges.push(value);
        }
      }
    }
    // only a mapping that is merged into itself has so many levels
    return found ?? (depth < 100 ? this.merged(merges, name, depth + 1) : undefined);
  }

  private merged(merges: readonly number[], name: string, depth: number): { key: number; value: number } | undefined {
    for (const merge of [...merges].reverse()) {
      const target = this.target(merge);
      const sources =
        this.events[target]?.type === EVENT_ID.SEQUENCE
          ? this.itemsOf(target).map(item => this.target(item))
          : [target];
      for (const source of sources) {
        const entry = this.events[source]?.type === EVENT_ID.MAPPING ? this.entry(source, name, depth) : undefined;
        if (entry) {
          return entry;
        }
      }
    }
    return undefined;
  }

  private itemsOf(sequence: number): number[] {
    let items = this.items.get(sequence);
    if (!items) {
      items = [];
      for (let item = sequence + 1; item < this.after[sequence] - 1; item = this.after[item]) {
        items.push(item);
      }
      this.items.set(sequence, items);
    }
    return items;
  }

  /** The value of an alias: the last anchor of its name before it. */
  private target(node: number): number {
    const event = this.events[node];
    if (event?.type !== EVENT_ID.ALIAS) {
      return node;
    }
    const name = this.source.slice(event.anchorStart, event.anchorEnd);
    for (let index = node - 1; index > 0; index--) {
      const other = this.events[index];
      if (
        'anchorStart' in other &&
        other.type !== EVENT_ID.ALIAS &&
        other.anchorStart >= 0 &&
        this.source.slice(other.anchorStart, other.anchorEnd) === name
      ) {
        return index;
      }
    }
    return node;
  }
}
