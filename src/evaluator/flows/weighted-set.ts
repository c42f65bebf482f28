/* eslint-disable no-bitwise -- weights are sums of powers of two */
import { BitSet } from './bit-set';

/** Numbers with weights. Adds the weights of many numbers at once. */
export class WeightedSet {
  /** The numbers whose weight has each power of two. */
  private readonly planes: BitSet[] = [];

  constructor(private readonly size: number) {}

  /** Gives a number without weight its weight. */
  public set(number: number, weight: number): void {
    for (let rest = weight, plane = 0; rest > 0; rest >>>= 1, plane++) {
      this.planes[plane] ??= new BitSet(this.size);
      if (rest & 1) {
        this.planes[plane].add(number);
      }
    }
  }

  /** The sum of the weights of the numbers in a set. */
  public sumOf(numbers: BitSet): number {
    return this.planes.reduce((sum, plane, index) => sum + 2 ** index * plane.countCommon(numbers), 0);
  }
}
