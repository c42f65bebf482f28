/* eslint-disable no-bitwise */
/** Planes of bits, as the engine answers them: bit `to & 31` of word `from * words + (to >>> 5)`. */
export interface BitPlane {
  readonly words: number;
  readonly bits: Uint32Array;
}

export function hasBit({ words, bits }: BitPlane, from: number, to: number): boolean {
  return ((bits[from * words + (to >>> 5)] >>> (to & 31)) & 1) === 1;
}

/** Calls back for each set bit of a row. */
export function eachBit({ words, bits }: BitPlane, from: number, visit: (to: number) => void): void {
  for (let word = 0; word < words; word++) {
    for (let rest = bits[from * words + word]; rest !== 0; rest &= rest - 1) {
      visit(word * 32 + (31 - Math.clz32(rest & -rest)));
    }
  }
}
