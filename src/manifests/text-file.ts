/** The text of a file, which all its documents share. It counts lines on demand. */
export class TextFile {
  private breaks: Uint32Array | undefined;

  constructor(
    readonly file: string,
    readonly text: string,
  ) {}

  /** The line (from 1) of an offset. Lines end with LF, CRLF or a lone CR. */
  lineAt(offset: number): number {
    const breaks = (this.breaks ??= breaksBeforeBlocks(this.text));
    const block = Math.min(Math.floor(Math.max(offset, 0) / BLOCK), breaks.length - 1);
    return 1 + breaks[block] + countBreaks(this.text, block * BLOCK, offset);
  }
}

/** The text of the line at an offset, without its end. */
export function lineText(text: string, offset: number): string {
  const start = Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
  return /^[^\r\n]*/.exec(text.slice(start, Math.max(start, offset) + 1000))![0];
}

// with short lines, a table of all lines would be larger than the text
const BLOCK = 4096;

function breaksBeforeBlocks(text: string): Uint32Array {
  const blocks = new Uint32Array(Math.floor(text.length / BLOCK) + 1);
  for (let block = 1; block < blocks.length; block++) {
    blocks[block] = blocks[block - 1] + countBreaks(text, (block - 1) * BLOCK, block * BLOCK);
  }
  return blocks;
}

function countBreaks(text: string, from: number, to: number): number {
  const end = Math.min(to, text.length);
  let count = 0;
  for (let index = from; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x0a || (code === 0x0d && text.charCodeAt(index + 1) !== 0x0a)) {
      count++;
    }
  }
  return count;
}
