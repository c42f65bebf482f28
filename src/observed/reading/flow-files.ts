/** Reads recordings of flows: files, folders of files, and streams, plain or compressed with gzip. */
import * as fs from 'fs';
import * as path from 'path';
import { Readable } from 'stream';
import * as zlib from 'zlib';
import { Item, unwrap } from './envelopes';
import { JsonValues } from './json-values';
import { LineSplitter } from './lines';

/** One argument: a file, a folder or `-`, with the cluster that it was recorded in if `NAME=PATH` names it. */
export interface FlowSource {
  readonly path: string;
  readonly cluster?: string;
}

/** A file that could not be read, or not to its end. */
export interface FlowFileProblem {
  readonly file: string;
  readonly message: string;
  readonly fix: string;
}

/** What was read besides the items. */
export interface FlowFiles {
  readonly files: number;
  readonly bytes: number;
  /** Lines that look like JSON and are not; `places` has the first ones. */
  readonly broken: { readonly count: number; readonly places: ReadonlyArray<{ file: string; line: number }> };
  /** Lines of other text. */
  readonly foreign: { readonly count: number; readonly places: ReadonlyArray<{ file: string; line: number }> };
  readonly problems: readonly FlowFileProblem[];
}

/** Bytes of one piece of a file. */
const PIECE = 2 ** 20;

/** The most broken lines that are named. */
const MOST_PLACES = 100;

/** Files of exporters and their copies: `events.log`, `events-2026-03-20T09-46-40.000.log.gz`, `flows.jsonl`. */
const FLOW_FILE = /\.(log|json|jsonl|ndjson|txt)(\.\d+)?(\.gz|\.zst)?$/i;

/** The files of a source, sorted. Problems are those of the source itself. */
export function flowFilesOf(source: string): { readonly files: string[]; readonly problems: FlowFileProblem[] } {
  if (source === '-') {
    return { files: [source], problems: [] };
  }
  let stats: fs.Stats;
  try {
    stats = fs.statSync(source);
  } catch {
    const message = 'file or folder not found';
    return { files: [], problems: [{ file: source, message, fix: 'name a file or folder with flows, or - for stdin' }] };
  }
  if (!stats.isDirectory()) {
    return { files: [source], problems: [] };
  }
  const files = fs
    .readdirSync(source, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && FLOW_FILE.test(entry.name))
    .map(entry => path.join(entry.parentPath, entry.name))
    .sort();
  return files.length > 0
    ? { files, problems: [] }
    : {
      files,
      problems: [
        {
          file: source,
          message: 'the folder contains no files of flows (.log, .json, .jsonl, .ndjson, .txt, also with .gz)',
          fix: 'name a folder with what the exporter of Hubble or hubble observe -o jsonpb wrote',
        },
      ],
    };
}

/** Reads all sources in their order, and calls `found` for each item. Never throws for what a file contains. */
export async function readFlowFiles(
  sources: readonly FlowSource[],
  stdin: Readable,
  found: (item: Item, source: FlowSource) => void,
): Promise<FlowFiles> {
  const problems: FlowFileProblem[] = [];
  const [broken, foreign] = [new Places(), new Places()];
  let [count, bytes] = [0, 0];
  for (const source of sources) {
    const { files, problems: missing } = flowFilesOf(source.path);
    problems.push(...missing);
    for (const file of files) {
      count++;
      const emit = (item: Item) => found(item, source);
      const values = new JsonValues({
        value: value => unwrap(value, emit),
        broken: line => broken.add(file, line),
        foreign: line => foreign.add(file, line),
      });
      const lines = new LineSplitter({
        line: (text, number) => values.line(text, number),
        tooLong: number => broken.add(file, number),
      });
      try {
        for await (const piece of await open(file, stdin)) {
          bytes += piece.length;
          lines.push(piece);
        }
      } catch (error) {
        problems.push(problemOf(file, error));
      }
      lines.end();
      values.end();
    }
  }
  return { files: count, bytes, broken, foreign, problems };
}

class Places {
  public count = 0;
  public readonly places: Array<{ file: string; line: number }> = [];

  public add(file: string, line: number): void {
    this.count++;
    if (this.places.length < MOST_PLACES) {
      this.places.push({ file, line });
    }
  }
}

/** Thrown for a file whose compression this version of Node.js cannot read. */
class UnreadableCompression extends Error {}

/** The uncompressed pieces of a file. Its first bytes tell how it is compressed. */
async function open(file: string, stdin: Readable): Promise<AsyncIterable<Buffer>> {
  const raw = file === '-' ? stdin : fs.createReadStream(file, { highWaterMark: PIECE });
  const pieces = raw[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 4) {
    const { done, value } = await pieces.next();
    if (done) {
      break;
    }
    head = head.length === 0 ? value : Buffer.concat([head, value]);
  }
  const whole = withHead(head, pieces);
  if (head[0] === 0x1f && head[1] === 0x8b) {
    return decompressed(whole, zlib.createGunzip({ chunkSize: PIECE }));
  }
  if (head.length >= 4 && head.readUInt32LE(0) === ZSTD_MAGIC) {
    const create = (zlib as { createZstdDecompress?: (options: object) => zlib.Gunzip }).createZstdDecompress;
    if (!create) {
      throw new UnreadableCompression();
    }
    return decompressed(whole, create({ chunkSize: PIECE }));
  }
  return whole;
}

const ZSTD_MAGIC = 0xfd2fb528;

async function* withHead(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    yield next.value;
  }
}

/** What a decompressor writes. Its errors end the iteration, after all pieces before them. */
function decompressed(pieces: AsyncIterable<Buffer>, into: zlib.Gunzip): AsyncIterable<Buffer> {
  const input = Readable.from(pieces, { objectMode: false });
  input.on('error', error => into.destroy(error));
  return input.pipe(into);
}

function problemOf(file: string, error: unknown): FlowFileProblem {
  if (error instanceof UnreadableCompression) {
    return {
      file,
      message: 'it is compressed with zstd, which Node.js reads from 22.15 on',
      fix: `zstd -dc ${file} | cilium-mesh replay -`,
    };
  }
  const { code, message } = error as NodeJS.ErrnoException;
  return code?.startsWith('Z_') || /unexpected end of file/.test(message)
    ? {
      file,
      message: `its compressed data is damaged or cut off (${message}); what is before that was read`,
      fix: 'copy the file again',
    }
    : { file, message: `cannot be read (${code ?? message})`, fix: 'check the file and its permissions' };
}
