/** The file system that manifests are read from. */
import * as fs from 'node:fs';
import * as path from 'node:path';

/** The used part of the file system. Tests replace it to cause errors that root never gets. */
export interface Files {
  lstat(file: string): fs.Stats;
  stat(file: string): fs.Stats;
  realpath(file: string): string;
  list(folder: string): string[];
  read(file: string): Buffer;
}

/** The path of the standard input. A file of this name is `./-`. */
export const STDIN = '-';

/** The maximum size of a file. */
export const MAX_FILE_SIZE = 64 * 1024 * 1024;

/** The disk, with files in memory in the place of those with the same path, as the caller of a reader writes it. */
export function overDisk(texts: ReadonlyMap<string, string>): Files {
  const bytes = new Map([...texts].map(([file, text]) => [path.resolve(file), Buffer.from(text)]));
  const statsOf = (file: string, others: (file: string) => fs.Stats) => {
    const own = bytes.get(path.resolve(file));
    return own ? fileStats(own.length) : others(file);
  };
  return {
    ...DISK,
    lstat: file => statsOf(file, DISK.lstat),
    stat: file => statsOf(file, DISK.stat),
    read: file => bytes.get(path.resolve(file)) ?? DISK.read(file),
  };
}

function fileStats(size: number): fs.Stats {
  return Object.assign(Object.create(fs.Stats.prototype), { size, mode: fs.constants.S_IFREG });
}

/** The file system of this machine. */
export const DISK: Files = {
  lstat: file => fs.lstatSync(file),
  stat: file => fs.statSync(file),
  realpath: file => fs.realpathSync(file),
  list: folder => fs.readdirSync(folder),
  read: file => (file === STDIN ? standardInput() : fs.readFileSync(file)),
};

let input: Buffer | undefined;

/** All of the standard input; it can be read once, and may be asked for several times. */
function standardInput(): Buffer {
  input ??= readLimited(0);
  return input;
}

/** The number of bytes that a descriptor has; it waits for those of a pipe that does not block. */
function readSome(descriptor: number, chunk: Buffer): number {
  for (;;) {
    try {
      return fs.readSync(descriptor, chunk, 0, chunk.length, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        throw error;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function readLimited(descriptor: number): Buffer {
  const chunks: Buffer[] = [];
  const chunk = Buffer.alloc(65536);
  for (let size = 0; ; ) {
    const count = readSome(descriptor, chunk);
    size += count;
    if (count === 0) {
      return Buffer.concat(chunks);
    }
    if (size > MAX_FILE_SIZE) {
      throw new Error('it has more than 64 MB');
    }
    chunks.push(Buffer.from(chunk.subarray(0, count)));
  }
}
