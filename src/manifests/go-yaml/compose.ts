import {
  COLLECTION_STYLE,
  Event,
  EVENT_ID,
  getScalarValue,
  MappingEvent,
  ScalarEvent,
  SCALAR_STYLE,
  SequenceEvent,
} from 'js-yaml';
import { decodeBase64, isBase64 } from './base64';
import { BOOL, FLOAT, floatKey, INT, NULL, plainKey, plainTag, plainValue, STR } from './scalars';
import { ReadingCode } from '../../diagnostics/codes/reading';
import { formatValue, shorten } from '../../diagnostics/texts';

/**
 * Values of a document's events, as kubectl reads them (go.yaml.in/yaml/v2 decode.go, then sigs.k8s.io/yaml).
 *
 * It reports a fault where kubectl silently uses one of two values (a duplicate key), or reads an unknown tag as text.
 * Aliases share the value of their anchor and are not expanded.
 */
export interface Composed {
  readonly value: any;
  readonly faults: ComposeFault[];
  /** Index of the first event after the document. */
  readonly end: number;
}

/** A fault of a value, with its place in the source. */
export interface ComposeFault {
  readonly code: ReadingCode;
  readonly offset: number;
  readonly message: string;
  readonly got?: string;
  readonly fix: string;
  /** Whether kubectl reads the value nevertheless, as this program does. */
  readonly isRead: boolean;
}

/** The document that begins at an index of the events. */
export function compose(source: string, events: readonly Event[], begin: number): Composed {
  return new Composer(source, events).document(begin);
}

/** The offset of the node of an event; -1 for a node without text. */
export function offsetOf(event: Event): number {
  switch (event.type) {
    case SCALAR:
      return event.valueStart >= 0 ? event.valueStart : Math.max(event.tagStart, event.anchorStart);
    case MAPPING:
    case SEQUENCE:
      return event.start;
    case ALIAS:
      return event.anchorStart;
    default:
      return -1;
  }
}

/** The text of a scalar as a key; undefined if it cannot be a key. */
export function keyText(source: string, event: ScalarEvent): string | undefined {
  const text = getScalarValue(source, event);
  if (event.tagStart >= 0) {
    return taggedKey(text, tagName(source, event, NO_HANDLES));
  }
  return event.style === PLAIN ? plainKey(endsInFlow(source, event) ? `${text}:` : text) : text;
}

const { DOCUMENT, SEQUENCE, MAPPING, SCALAR, ALIAS, POP } = EVENT_ID;
const PLAIN = SCALAR_STYLE.PLAIN;
const CORE_TAG = 'tag:yaml.org,2002:';
const BINARY = `${CORE_TAG}binary`;
const TIMESTAMP = `${CORE_TAG}timestamp`;
const MERGE = `${CORE_TAG}merge`;

// allowedAliasRatio of decode.go: 99 % of up to 400,000 values may come from aliases, and no more values in larger
// documents
const ALIASED_VALUES = 400_000;
const EXPANDED_TEXT = 64 * 1024 * 1024;

interface Frame {
  readonly start: number;
  readonly container: any;
  readonly isMap: boolean;
  readonly anchor: Anchor | undefined;
  /** The key that waits for its value; null for a key that is not kept. */
  key: string | null | undefined;
  keyOffset: number;
  merge: boolean;
  /** The keys of the mapping itself, after others were merged into it. */
  written: Set<string> | undefined;
}

interface Anchor {
  value: any;
  /** The scalar whose text may become a key. */
  readonly scalar: ScalarEvent | undefined;
  open: boolean;
  /** Numbers of values and characters, including those of aliases. */
  values: number;
  text: number;
}

class Composer {
  private readonly faults: ComposeFault[] = [];
  private readonly anchors = new Map<string, Anchor>();
  private readonly frames: Frame[] = [];
  private readonly handles = new Map<string, string>();
  private root: any = undefined;
  private values = 0;
  private text = 0;
  private aliased = 0;

  constructor(
    private readonly source: string,
    private readonly events: readonly Event[],
  ) {}

  document(begin: number): Composed {
    let index = begin;
    for (let depth = 0; index < this.events.length; index++) {
      const event = this.events[index];
      switch (event.type) {
        case DOCUMENT:
          depth++;
          event.directives.forEach(each => each.kind === 'tag' && this.handles.set(each.handle, each.prefix));
          break;
        case SCALAR:
          this.values++;
          this.scalar(event);
          break;
        case SEQUENCE:
          this.open(event, [], false);
          break;
        case MAPPING:
          if (event.style === COLLECTION_STYLE.FLOW && this.isTextWithColon(index)) {
            this.values++;
            this.add(
              this.frames[this.frames.length - 1],
              `${getScalarValue(this.source, this.events[index + 1] as ScalarEvent)}:`,
              false,
            );
            index += 3;
          } else {
            this.open(event, {}, true);
          }
          break;
        case ALIAS:
          if (!this.alias(event)) {
            return { value: undefined, faults: this.faults, end: this.events.length };
          }
          break;
        case POP:
          if (this.frames.length === 0) {
            return { value: this.root ?? null, faults: this.faults, end: index + 1 };
          }
          this.close();
      }
    }
    return { value: this.root ?? null, faults: this.faults, end: index };
  }

  /** `[fd00::]`: a mapping of one key without a value, where kubectl reads a text. */
  private isTextWithColon(index: number): boolean {
    const frame = this.frames[this.frames.length - 1];
    const [mapping, key, value, end] = this.events.slice(index, index + 4);
    return (
      frame !== undefined &&
      !frame.isMap &&
      mapping.type === MAPPING &&
      this.source[mapping.start] !== '{' &&
      key.type === SCALAR &&
      key.style === PLAIN &&
      key.tagStart < 0 &&
      key.anchorStart < 0 &&
      endsInFlow(this.source, key) &&
      value.type === SCALAR &&
      value.valueStart < 0 &&
      end.type === POP
    );
  }

  private scalar(event: ScalarEvent) {
    const frame = this.frames[this.frames.length - 1];
    this.text += event.valueEnd - event.valueStart;
    if (frame?.isMap && frame.key === undefined) {
      this.key(frame, event, event);
      const value = event.tagStart >= 0 || event.anchorStart >= 0 ? this.scalarValue(event, true) : undefined;
      if (event.anchorStart >= 0) {
        this.anchor(event, value, event);
      }
      return;
    }
    const value =
      event.tagStart < 0 && event.style !== PLAIN ? getScalarValue(this.source, event) : this.scalarValue(event);
    if (event.anchorStart >= 0) {
      this.anchor(event, value, event);
    }
    this.add(frame, value, false);
  }

  private scalarValue(event: ScalarEvent, isKey = false): any {
    const text = getScalarValue(this.source, event);
    const tag = event.tagStart < 0 ? undefined : tagName(this.source, event, this.handles);
    if (tag === undefined) {
      if (event.style !== PLAIN) {
        return text;
      }
      const value = plainValue(text);
      return isKey ? value : this.jsonNumber(event, value, text);
    }
    switch (tag) {
      case '!':
      case STR:
      case MERGE:
        return text;
      case BINARY:
        return this.binary(event, text);
      case BOOL:
      case INT:
      case FLOAT:
      case NULL: {
        const actual = plainTag(text);
        if (actual === tag || (tag === FLOAT && actual === INT)) {
          return isKey ? plainValue(text) : this.jsonNumber(event, plainValue(text), text);
        }
        break;
      }
      case TIMESTAMP:
        if (/^\d{4}-\d/.test(text)) {
          return text;
        }
        break;
      default:
        this.unknownTag(event);
        return text;
    }
    this.fault(
      'yaml-tag',
      event.tagStart,
      `${formatValue(text)} is not a value of the tag ${this.rawTag(event)}`,
      text,
      'remove the tag, or write a value that fits it',
    );
    return text;
  }

  private jsonNumber(event: ScalarEvent, value: any, text: string): any {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      this.fault(
        'yaml-number',
        offsetOf(event),
        `${shorten(text)} is a number in YAML, but not in JSON and Kubernetes`,
        text,
        'write a finite number, or quote it if it is text',
      );
      return null;
    }
    return value === 0 ? 0 : value; // JSON has no -0
  }

  private binary(event: ScalarEvent, text: string): string {
    const data = text.replace(/[\r\n]/g, '');
    if (!isBase64(data)) {
      this.fault(
        'yaml-tag',
        event.tagStart,
        'the text after !!binary must be base64',
        text,
        'write base64, with its padding',
      );
      return text;
    }
    return decodeBase64(data);
  }

  private open(event: MappingEvent | SequenceEvent, container: any, isMap: boolean) {
    this.values++;
    if (event.tagStart >= 0) {
      const tag = tagName(this.source, event, this.handles);
      if (tag !== '!' && tag !== `${CORE_TAG}${isMap ? 'map' : 'seq'}`) {
        this.unknownTag(event);
      }
    }
    const anchor = event.anchorStart >= 0 ? this.anchor(event, container, undefined) : undefined;
    this.frames.push({
      start: event.start,
      container,
      isMap,
      anchor,
      key: undefined,
      keyOffset: -1,
      merge: false,
      written: undefined,
    });
  }

  private close() {
    const frame = this.frames.pop()!;
    if (frame.anchor) {
      frame.anchor.open = false;
      frame.anchor.values = this.values - frame.anchor.values;
      frame.anchor.text = this.text - frame.anchor.text;
    }
    const parent = this.frames[this.frames.length - 1];
    if (parent?.isMap && parent.key === undefined) {
      this.fault(
        'yaml-key',
        frame.start,
        `a key must be text, not a ${frame.isMap ? 'mapping' : 'list'}`,
        undefined,
        'write text as the key; quote a value that begins with a brace or bracket',
      );
      parent.key = null;
    } else {
      this.add(parent, frame.container, false);
    }
  }

  /** Returns whether to continue: a document that grows too large ends. */
  private alias(event: Extract<Event, { type: typeof ALIAS }>): boolean {
    const name = this.source.slice(event.anchorStart, event.anchorEnd);
    const frame = this.frames[this.frames.length - 1];
    const anchor = this.anchors.get(name);
    this.values++;
    if (!anchor || anchor.open) {
      this.fault(
        'yaml-alias',
        event.anchorStart,
        anchor
          ? `the alias *${shorten(name)} lies inside its own anchor, so its value would contain itself`
          : `the alias *${shorten(name)} has no anchor &${shorten(name)} before it`,
        `*${name}`,
        anchor
          ? 'write the value out'
          : `write &${shorten(name)} before the value that is meant, or quote the text if it is not an alias`,
      );
      return false;
    }
    this.values += anchor.values;
    this.text += anchor.text;
    this.aliased += anchor.values;
    if (
      this.aliased > ALIASED_VALUES ||
      this.text > EXPANDED_TEXT ||
      (this.aliased > 100 && this.values > 1000 && this.aliased / this.values > 0.99)
    ) {
      const size =
        this.text > EXPANDED_TEXT
          ? 'more than 64 MB of text'
          : `${this.aliased > ALIASED_VALUES ? `more than ${ALIASED_VALUES}` : this.aliased} values`;
      this.fault(
        'yaml-alias',
        event.anchorStart,
        `aliases expand to ${size}, far more than the text contains`,
        `*${name}`,
        'write the values out',
      );
      return false;
    }
    if (frame?.isMap && frame.key === undefined) {
      this.key(frame, anchor.scalar, event);
    } else {
      this.add(frame, anchor.value, true);
    }
    return true;
  }

  private key(frame: Frame, scalar: ScalarEvent | undefined, event: Event) {
    const offset = (frame.keyOffset = offsetOf(event));
    if (
      event === scalar &&
      (scalar.tagStart < 0 || tagName(this.source, scalar, this.handles) === MERGE) &&
      scalar.style === PLAIN &&
      scalar.valueEnd - scalar.valueStart === 2 &&
      this.source.startsWith('<<', scalar.valueStart)
    ) {
      frame.merge = true;
      frame.key = '<<';
      return;
    }
    const isOwn = scalar !== undefined && scalar === event;
    if (
      isOwn &&
      !scalar.fast &&
      scalar.style <= SCALAR_STYLE.DOUBLE_QUOTED &&
      /[\r\n]/.test(this.source.slice(scalar.valueStart, scalar.valueEnd))
    ) {
      this.fault(
        'yaml-syntax',
        offset,
        'a key must end on its line; kubectl refuses this one',
        undefined,
        'write the key on one line; often a quote, a colon or a bracket before it is missing',
      );
    } else if (
      isOwn &&
      scalar.style === PLAIN &&
      endsInFlow(this.source, scalar) &&
      '[{'.includes(this.source[scalar.valueEnd + 1])
    ) {
      this.fault(
        'yaml-syntax',
        offset,
        'the space after the colon is missing, so kubectl does not read a key',
        this.source.slice(scalar.valueStart, scalar.valueEnd + 2),
        'write a space after the colon',
      );
    }
    const key = scalar && keyText(this.source, scalar);
    if (key === undefined) {
      this.fault(
        'yaml-key',
        offset,
        scalar ? 'a key must be text, not empty or null' : 'a key must be text, not an alias of a list or mapping',
        undefined,
        'write text as the key',
      );
      frame.key = null;
    } else if (frame.written ? frame.written.has(key) : hasOwn.call(frame.container, key)) {
      this.fault(
        'yaml-duplicate-key',
        offset,
        `duplicate key ${formatValue(key)}; kubectl uses the last one without a message`,
        key,
        'keep one of them, or merge their values',
        plainTag(key) === STR,
      );
      frame.key = key;
    } else {
      frame.written?.add(key);
      frame.key = key;
    }
  }

  private add(frame: Frame | undefined, value: any, isAlias: boolean) {
    if (!frame) {
      this.root = value;
    } else if (!frame.isMap) {
      frame.container.push(value);
    } else {
      const key = frame.key;
      frame.key = undefined;
      if (frame.merge) {
        frame.merge = false;
        this.merge(frame, value, isAlias);
      } else if (key !== null) {
        set(frame.container, key!, value);
      }
    }
  }

  /**
   * Merges as decode.go does: merged values replace those written before the merge, and values written after it replace
   * them.
   */
  private merge(frame: Frame, value: any, isAlias: boolean) {
    const sources = Array.isArray(value) && !isAlias ? [...value].reverse() : [value];
    frame.written ??= new Set(Object.keys(frame.container));
    for (const source of sources) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        this.fault(
          'yaml-merge',
          frame.keyOffset,
          '<< merges only mappings',
          undefined,
          'write an alias of a mapping, or a list of such aliases',
        );
        return;
      }
      Object.keys(source).forEach(key => set(frame.container, key, source[key]));
    }
  }

  private anchor(
    event: ScalarEvent | MappingEvent | SequenceEvent,
    value: any,
    scalar: ScalarEvent | undefined,
  ): Anchor {
    const open = scalar === undefined;
    const anchor = {
      value,
      scalar,
      open,
      values: open ? this.values - 1 : 1,
      text: open ? this.text : scalar.valueEnd - scalar.valueStart,
    };
    this.anchors.set(this.source.slice(event.anchorStart, event.anchorEnd), anchor);
    return anchor;
  }

  private unknownTag(event: { tagStart: number; tagEnd: number }): void {
    const tag = this.rawTag(event);
    this.fault(
      'yaml-tag',
      event.tagStart,
      `unknown tag ${tag}, which kubectl drops`,
      tag,
      'remove the tag, and write the value itself',
    );
  }

  private rawTag(event: { tagStart: number; tagEnd: number }): string {
    return shorten(this.source.slice(event.tagStart, event.tagEnd));
  }

  private fault(
    code: ReadingCode,
    offset: number,
    message: string,
    got: string | undefined,
    fix: string,
    isRead: boolean = false,
  ) {
    // whether the value is read depends on the first fault that prevents it
    if (this.faults.length < 100 || (!isRead && this.faults.every(each => each.isRead))) {
      this.faults.push({ code, offset: Math.max(offset, 0), message, got, fix, isRead });
    }
  }
}

const FLOW_INDICATORS = [',', '[', ']', '{', '}'];
const NO_HANDLES: ReadonlyMap<string, string> = new Map();

const hasOwn = Object.prototype.hasOwnProperty;

/** Sets a property of plain data, also with the name `__proto__`. */
function set(target: any, key: string, value: any) {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

function tagName(
  source: string,
  event: { readonly tagStart: number; readonly tagEnd: number },
  handles: ReadonlyMap<string, string>,
): string {
  const raw = source.slice(event.tagStart, event.tagEnd);
  if (raw.startsWith('!<')) {
    return raw.slice(2, -1);
  }
  const [, handle, suffix] = /^(!(?:[0-9A-Za-z-]*!)?)(.*)$/.exec(raw)!;
  return (handles.get(handle) ?? (handle === '!!' ? CORE_TAG : handle)) + suffix;
}

function taggedKey(text: string, tag: string): string | undefined {
  switch (tag) {
    case INT:
    case BOOL:
    case NULL:
      return plainKey(text);
    case FLOAT: {
      const value = plainValue(text);
      return typeof value === 'number' ? floatKey(value) : text;
    }
    case BINARY:
      return decodeBase64(text);
    default:
      return text;
  }
}

/**
 * Whether a text of a flow collection ends with a colon that YAML 1.2 reads as the end of a key: `[fd00::, a]`. kubectl
 * reads YAML 1.1, where a colon ends a key only before white space.
 */
function endsInFlow(source: string, event: ScalarEvent): boolean {
  return source.charCodeAt(event.valueEnd) === 0x3a && FLOW_INDICATORS.includes(source[event.valueEnd + 1]);
}
