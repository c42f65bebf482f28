/* eslint-disable no-bitwise -- sets of small numbers are bits of words */

/** A set of the numbers below a size. */
export class BitSet {
  /** All numbers below the size. */
  public static full(size: number): BitSet {
    const words = new Uint32Array((size + 31) >>> 5).fill(0xffffffff);
    if (size & 31) {
      words[words.length - 1] = (1 << (size & 31)) - 1;
    }
    return new BitSet(size, words);
  }

  private readonly words: Uint32Array;

  constructor(
    public readonly size: number,
    words?: Uint32Array,
  ) {
    this.words = words ?? new Uint32Array((size + 31) >>> 5);
  }

  public add(index: number): void {
    this.words[index >>> 5] |= 1 << (index & 31);
  }

  public has(index: number): boolean {
    return (this.words[index >>> 5] & (1 << (index & 31))) !== 0;
  }

  public get isEmpty(): boolean {
    return this.words.every(word => word === 0);
  }

  public copy(): BitSet {
    return new BitSet(this.size, this.words.slice());
  }

  public or(other: BitSet): this {
    for (let index = 0; index < this.words.length; index++) {
      this.words[index] |= other.words[index];
    }
    return this;
  }

  public and(other: BitSet): this {
    for (let index = 0; index < this.words.length; index++) {
      this.words[index] &= other.words[index];
    }
    return this;
  }

  public andNot(other: BitSet): this {
    for (let index = 0; index < this.words.length; index++) {
      this.words[index] &= ~other.words[index];
    }
    return this;
  }

  /** The least number; undefined if the set is empty. */
  public first(): number | undefined {
    const at = this.words.findIndex(word => word !== 0);
    return at < 0 ? undefined : (at << 5) + (31 - Math.clz32(this.words[at] & -this.words[at]));
  }

  /** How many numbers it has. */
  public get count(): number {
    let count = 0;
    for (let at = 0; at < this.words.length; at++) {
      for (let word = this.words[at]; word !== 0; word &= word - 1) {
        count++;
      }
    }
    return count;
  }

  /** How many numbers both have. */
  public countCommon(other: BitSet): number {
    let count = 0;
    for (let at = 0; at < this.words.length; at++) {
      // the number of bits in a word: of pairs, of fours, of bytes, and their sum in the highest byte
      let word = this.words[at] & other.words[at];
      word -= (word >>> 1) & 0x55555555;
      word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
      count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
    }
    return count;
  }

  /** Whether both have a common number. */
  public meets(other: BitSet): boolean {
    return this.words.some((word, index) => (word & other.words[index]) !== 0);
  }

  /** A text that is equal for equal sets. */
  public key(): string {
    return String.fromCharCode(...new Uint16Array(this.words.buffer, this.words.byteOffset, this.words.length * 2));
  }

  /** Calls back with every number, from the least to the greatest. */
  public forEach(visit: (index: number) => void): void {
    for (let at = 0; at < this.words.length; at++) {
      for (let word = this.words[at]; word !== 0; word &= word - 1) {
        visit((at << 5) + (31 - Math.clz32(word & -word)));
      }
    }
  }

  /** The numbers, sorted. */
  public toArray(): number[] {
    const all: number[] = [];
    this.forEach(index => all.push(index));
    return all;
  }
}
