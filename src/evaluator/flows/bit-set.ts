/* eslint-disable no-bitwise -- sets of small numbers are bits of words */

/**
 * A set of the numbers below a size.
 *
 * It keeps the words from its least to its greatest number only: most sets are small, or parts of one cluster.
 */
export class BitSet {
  /** All numbers below the size. */
  public static full(size: number): BitSet {
    const words = new Uint32Array(wordsFor(size)).fill(0xffffffff);
    if (size & 31) {
      words[words.length - 1] = (1 << (size & 31)) - 1;
    }
    return new BitSet(size, 0, words);
  }

  /** The position of the first word. */
  private start: number;
  private words: Uint32Array;

  constructor(
    public readonly size: number,
    start: number = 0,
    words: Uint32Array = NO_WORDS,
  ) {
    this.start = start;
    this.words = words;
  }

  public add(index: number): void {
    this.widen(index >>> 5, (index >>> 5) + 1);
    this.words[(index >>> 5) - this.start] |= 1 << (index & 31);
  }

  public has(index: number): boolean {
    return (this.wordAt(index >>> 5) & (1 << (index & 31))) !== 0;
  }

  public get isEmpty(): boolean {
    for (let at = 0; at < this.words.length; at++) {
      if (this.words[at] !== 0) {
        return false;
      }
    }
    return true;
  }

  public copy(): BitSet {
    return new BitSet(this.size, this.start, this.words.slice());
  }

  public or(other: BitSet): this {
    this.widen(other.start, other.end);
    for (let at = other.start; at < other.end; at++) {
      this.words[at - this.start] |= other.words[at - other.start];
    }
    return this;
  }

  public and(other: BitSet): this {
    const [from, to] = this.common(other);
    for (let at = from; at < to; at++) {
      this.words[at - this.start] &= other.words[at - other.start];
    }
    return this.keepOnly(from, to);
  }

  public andNot(other: BitSet): this {
    const [from, to] = this.common(other);
    for (let at = from; at < to; at++) {
      this.words[at - this.start] &= ~other.words[at - other.start];
    }
    return this;
  }

  /** The least number; undefined if the set is empty. */
  public first(): number | undefined {
    const at = this.words.findIndex(word => word !== 0);
    return at < 0 ? undefined : ((this.start + at) << 5) + lowestBit(this.words[at]);
  }

  /** How many numbers it has. */
  public get count(): number {
    return this.countCommon(this);
  }

  /** How many numbers both have. */
  public countCommon(other: BitSet): number {
    const [from, to] = this.common(other);
    let count = 0;
    for (let at = from; at < to; at++) {
      // the number of bits in a word: of pairs, of fours, of bytes, and their sum in the highest byte
      let word = this.words[at - this.start] & other.words[at - other.start];
      word -= (word >>> 1) & 0x55555555;
      word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
      count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
    }
    return count;
  }

  /** Whether both have a common number. */
  public meets(other: BitSet): boolean {
    const [from, to] = this.common(other);
    for (let at = from; at < to; at++) {
      if ((this.words[at - this.start] & other.words[at - other.start]) !== 0) {
        return true;
      }
    }
    return false;
  }

  /** Adds its numbers to a row of bits of a plane: number n is bit `n & 31` of word `offset + (n >>> 5)`. */
  public addTo(plane: Uint32Array, offset: number): void {
    for (let at = 0; at < this.words.length; at++) {
      plane[offset + this.start + at] |= this.words[at];
    }
  }

  /** A text that is equal for equal sets. */
  public key(): string {
    const { start, words } = this.copy().keepOnly(this.start, this.end);
    const units = new Uint16Array(words.buffer);
    let text = words.length === 0 ? '' : `${start} `;
    for (let at = 0; at < units.length; at += MOST_ARGUMENTS) {
      text += String.fromCharCode(...units.subarray(at, at + MOST_ARGUMENTS));
    }
    return text;
  }

  /** Calls back with every number, from the least to the greatest. */
  public forEach(visit: (index: number) => void): void {
    for (let at = 0; at < this.words.length; at++) {
      for (let word = this.words[at]; word !== 0; word &= word - 1) {
        visit(((this.start + at) << 5) + lowestBit(word));
      }
    }
  }

  /** The numbers, sorted. */
  public toArray(): number[] {
    const all: number[] = [];
    this.forEach(index => all.push(index));
    return all;
  }

  private get end(): number {
    return this.start + this.words.length;
  }

  private wordAt(position: number): number {
    return this.start <= position && position < this.end ? this.words[position - this.start] : 0;
  }

  /** The positions of the words that both keep, from the first to behind the last. */
  private common(other: BitSet): [from: number, to: number] {
    const from = Math.max(this.start, other.start);
    return [from, Math.max(from, Math.min(this.end, other.end))];
  }

  /** Removes the words outside of some positions, and those at their ends without numbers. */
  private keepOnly(from: number, to: number): this {
    let [first, end] = [from, to];
    while (first < end && this.words[first - this.start] === 0) {
      first++;
    }
    while (first < end && this.words[end - 1 - this.start] === 0) {
      end--;
    }
    if (first !== this.start || end !== this.end) {
      this.words = first < end ? this.words.slice(first - this.start, end - this.start) : NO_WORDS;
      this.start = first;
    }
    return this;
  }

  /** Keeps the words at some positions too. It at least doubles them, so that many numbers can be added one by one. */
  private widen(from: number, to: number): void {
    if (from >= to || (this.start <= from && to <= this.end)) {
      return;
    }
    if (this.words.length === 0) {
      this.start = from;
      this.words = new Uint32Array(to - from);
      return;
    }
    const { start: oldStart, end: oldEnd, words } = this;
    const start = from < oldStart ? Math.max(0, Math.min(from, oldStart - words.length)) : oldStart;
    const end = to > oldEnd ? Math.min(wordsFor(this.size), Math.max(to, oldEnd + words.length)) : oldEnd;
    this.start = start;
    this.words = new Uint32Array(end - start);
    this.words.set(words, oldStart - start);
  }
}

/** The union of sets. It is not to be changed: of a single set it is that set itself. */
export function union(size: number, sets: readonly BitSet[]): BitSet {
  return sets.length === 1 ? sets[0] : sets.reduce((all, set) => all.or(set), new BitSet(size));
}

const NO_WORDS = new Uint32Array(0);
/** A call has a limited number of arguments. */
const MOST_ARGUMENTS = 0x4000;

function wordsFor(size: number): number {
  return (size + 31) >>> 5;
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
