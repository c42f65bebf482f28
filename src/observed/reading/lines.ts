/** The most bytes of one line. A record of Hubble has about 2,000. */
const MOST_BYTES = 8 * 2 ** 20;

const [NEWLINE, RETURN] = [10, 13];

/** What gets the lines of a file, with their numbers from 1. */
export interface LineSink {
  line(text: string, number: number): void;
  /** A line that is too long to keep. */
  tooLong(number: number): void;
}

/** Splits the bytes of a file into lines, whatever pieces they come in. It keeps no more than one line. */
export class LineSplitter {
  private number = 0;
  private rest: Buffer[] = [];
  private restLength = 0;
  private isTooLong = false;

  constructor(private readonly sink: LineSink) {}

  /** Takes the next piece of the file. */
  public push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      if (this.restLength === 0 && !this.isTooLong) {
        this.emit(chunk, from, end);
      } else {
        this.keep(chunk.subarray(from, end));
        this.end();
      }
      from = end + 1;
    }
    if (from < chunk.length) {
      // the caller may use the memory of the piece again
      this.keep(Buffer.from(chunk.subarray(from)));
    }
  }

  /** Ends the last line, which may lack its newline. */
  public end(): void {
    if (this.isTooLong) {
      this.number++;
      this.sink.tooLong(this.number);
    } else if (this.restLength > 0) {
      const line = this.rest.length === 1 ? this.rest[0] : Buffer.concat(this.rest);
      this.emit(line, 0, line.length);
    }
    [this.rest, this.restLength, this.isTooLong] = [[], 0, false];
  }

  private keep(piece: Buffer): void {
    this.restLength += piece.length;
    if (this.restLength > MOST_BYTES) {
      [this.rest, this.isTooLong] = [[], true];
    } else {
      this.rest.push(piece);
    }
  }

  private emit(bytes: Buffer, from: number, end: number): void {
    this.number++;
    const last = end > from && bytes[end - 1] === RETURN ? end - 1 : end;
    if (last > from) {
      this.sink.line(bytes.toString('utf8', from, last), this.number);
    }
  }
}
