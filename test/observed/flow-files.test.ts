/** Files, folders and streams of flows, and what is wrong with them. */
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { Readable } from 'stream';
import * as zlib from 'zlib';
import { gzipSync } from 'zlib';
import { Item } from '../../src/observed/reading/envelopes';
import { flowFilesOf, FlowSource, readFlowFiles } from '../../src/observed/reading/flow-files';
import { LineSplitter } from '../../src/observed/reading/lines';
import { formatSpan, formatTime, TimeReader } from '../../src/observed/reading/time';

const NO_INPUT = Readable.from([]);
const RECORD = (port: number) =>
  `${JSON.stringify({ flow: { verdict: 'FORWARDED', l4: { TCP: { destination_port: port } } } })}\n`;

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flow-files-'))));
afterEach(() => fs.rmSync(folder, { recursive: true }));

const write = (name: string, content: string | Buffer) => {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
  return file;
};

async function read(...sources: FlowSource[]) {
  const ports: Array<[port: unknown, cluster: string | undefined]> = [];
  const files = await readFlowFiles(sources, NO_INPUT, (item: Item, { cluster }) => {
    ports.push([item.kind === 'flow' ? (item.flow.l4 as any).TCP.destination_port : item.kind, cluster]);
  });
  return { ports, ...files };
}

test('a folder is read with its folders, sorted, without other files', async () => {
  write('b/events.log', RECORD(3));
  write('a/events-2026-03-20T09-46-40.000.log.gz', gzipSync(RECORD(1)));
  write('a/flows.jsonl', RECORD(2));
  write('c/events.log.1', RECORD(4));
  write('a/README.md', 'no flows');
  write('a/mesh.yaml', 'apiVersion: cilium-mesh/v1');
  const { ports, files, problems } = await read({ path: folder, cluster: 'paris' });
  expect(ports).toEqual([1, 2, 3, 4].map(port => [port, 'paris']));
  expect([files, problems]).toEqual([4, []]);
});

test('a compressed file is known by its content; several parts in one are read', async () => {
  const file = write('flows', Buffer.concat([gzipSync(RECORD(1)), gzipSync(RECORD(2))]));
  expect((await read({ path: file })).ports.map(([port]) => port)).toEqual([1, 2]);
});

test('what comes before the cut of a compressed file is read', async () => {
  const many = Array.from({ length: 50_000 }, (_, port) => RECORD(port)).join('');
  const whole = gzipSync(many);
  const file = write('flows.gz', whole.subarray(0, whole.length / 2));
  const { ports, problems } = await read({ path: file });
  expect(ports.length).toBeGreaterThan(10_000);
  expect(problems).toEqual([
    {
      file,
      message: 'its compressed data is damaged or cut off (unexpected end of file); what is before that was read',
      fix: 'copy the file again',
    },
  ]);
});

/** Node.js has it from 22.15 on. */
const { zstdCompressSync } = zlib as { zstdCompressSync?: (text: string) => Buffer };

test('zstd is read, or named with the command that reads it', async () => {
  const bytes = zstdCompressSync
    ? zstdCompressSync(RECORD(1))
    : Buffer.from('28b52ffd0458a100006162630a0000000000000000', 'hex');
  const file = write('flows.zst', bytes);
  const { ports, problems } = await read({ path: file });
  expect(zstdCompressSync ? ports : problems).toEqual(
    zstdCompressSync
      ? [[1, undefined]]
      : [
        {
          file,
          message: 'it is compressed with zstd, which Node.js reads from 22.15 on',
          fix: `zstd -dc ${file} | cilium-mesh replay -`,
        },
      ],
  );
});

test('all sources that cannot be read are problems, and the others are read', async () => {
  const file = write('flows.jsonl', RECORD(7));
  const empty = path.join(folder, 'empty');
  fs.mkdirSync(empty);
  const missing = path.join(folder, 'missing');
  const { ports, problems } = await read({ path: missing }, { path: empty }, { path: file });
  expect(ports).toEqual([[7, undefined]]);
  expect(problems.map(({ file: name, message }) => [name, message])).toEqual([
    [missing, 'file or folder not found'],
    [empty, expect.stringContaining('the folder contains no files of flows')],
  ]);
});

test('empty files and files of one byte have no records', async () => {
  const sources = [['a.log', ''], ['b.log', '\n'], ['c.log', '{']].map(([name, text]) => ({ path: write(name, text) }));
  expect(await read(...sources)).toMatchObject({ ports: [], problems: [], broken: { count: 1 } });
});

test('the first hundred broken lines are named, and all are counted', async () => {
  const cut = RECORD(1).slice(0, 30);
  const { broken } = await read({ path: write('flows.jsonl', `${cut}\n`.repeat(150)) });
  expect(broken.count).toBe(150);
  expect(broken.places.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
});

test('- is the standard input, and a file is its own only file', () => {
  expect(flowFilesOf('-')).toEqual({ files: ['-'], problems: [] });
});

test('a line that never ends is dropped, and the next one is read', () => {
  const events: string[] = [];
  const splitter = new LineSplitter({
    line: (text, number) => events.push(`${number}: ${text}`),
    tooLong: number => events.push(`${number} is too long`),
  });
  splitter.push(Buffer.from('first\n'));
  for (let index = 0; index < 20; index++) {
    splitter.push(Buffer.alloc(2 ** 20, 'x'));
  }
  splitter.push(Buffer.from('x\nthird'));
  splitter.end();
  expect(events).toEqual(['1: first', '2 is too long', '3: third']);
});

test('times are read to the millisecond, in any zone', () => {
  const times = new TimeReader();
  const read1 = (text: unknown) => times.read(text);
  expect(read1('2026-03-20T09:46:40.796159947Z')).toBe(Date.UTC(2026, 2, 20, 9, 46, 40, 796));
  expect(read1('2026-03-20T09:46:40Z')).toBe(Date.UTC(2026, 2, 20, 9, 46, 40));
  expect(read1('2026-03-20T11:46:40.5+02:00')).toBe(Date.UTC(2026, 2, 20, 9, 46, 40, 500));
  expect([undefined, 5, '', 'yesterday', '2026-13-40T99:99:99Z', '2026-03-20'].map(read1)).toEqual(
    Array.from({ length: 6 }, () => undefined),
  );
  expect(formatTime(Date.UTC(2026, 2, 20, 9, 46, 40, 796))).toBe('2026-03-20T09:46:40Z');
  expect([0, 1000, 90_000, 7_200_000, 604_800_000, 3_600_000].map(formatSpan)).toEqual([
    '0 seconds',
    '1 second',
    '90 seconds',
    '2 hours',
    '7 days',
    '60 minutes',
  ]);
});
