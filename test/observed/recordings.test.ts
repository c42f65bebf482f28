/**
 * What recordings mean. A folder below recordings/ holds the file of flows of a small mesh (mesh/), and `expected`:
 * each flow with what was seen at which end, then what was counted besides. Read the differences of `expected` when
 * records are read in another way.
 */
import * as fs from 'fs';
import * as path from 'path';
import { Readable } from 'stream';
import { gzipSync } from 'zlib';
import { formatRecording, meshOfFile } from './recording-text';
import { Ends } from '../../src/observed/flows/ends';
import { Recording } from '../../src/observed/flows/recording';
import { readFlowFiles } from '../../src/observed/reading/flow-files';

const FOLDER = path.join(__dirname, 'recordings');
const MESH = meshOfFile(path.join(__dirname, 'mesh', 'mesh.yaml'));
const NO_INPUT = Readable.from([]);

async function read(file: string, stdin: Readable = NO_INPUT): Promise<string> {
  const recording = new Recording(new Ends([MESH]));
  const files = await readFlowFiles([{ path: file }], stdin, item => recording.add(item));
  return formatRecording(recording, files);
}

const pieces = (bytes: Buffer, size: number) =>
  Readable.from(
    (function* () {
      for (let from = 0; from < bytes.length; from += size) {
        yield bytes.subarray(from, from + size);
      }
    })(),
    { objectMode: false },
  );

describe.each(fs.readdirSync(FOLDER))('%s', name => {
  const file = path.join(FOLDER, name, 'flows.jsonl');

  test('has the expected flows', async () => {
    expect(await read(file)).toBe(fs.readFileSync(path.join(FOLDER, name, 'expected'), 'utf8'));
  });

  test('has the same flows in small pieces, and compressed', async () => {
    const expected = fs.readFileSync(path.join(FOLDER, name, 'expected'), 'utf8');
    const bytes = fs.readFileSync(file);
    expect(await read('-', pieces(bytes, 7))).toBe(expected);
    expect(await read('-', pieces(gzipSync(bytes), 7))).toBe(expected);
    // as programs of Windows write it
    expect(await read('-', pieces(Buffer.from(bytes.toString().replaceAll('\n', '\r\n')), 7))).toBe(expected);
  });
});

test('all versions and envelopes of one flow are one flow', async () => {
  const same = ['spaces', 'jq', 'jq-list', 'list-on-one-line', 'list-line-by-line', 'without-newline', 'cri']
    .concat(['grep', 'kubectl-logs-prefix', 'fluent-bit', 'loki-logcli', 'loki-api', 'elasticsearch', 'splunk', 'vector'])
    .concat(['grpcurl', 'version-1-20', 'version-1-19', 'version-1-18', 'version-1-17']);
  const [first, ...others] = await Promise.all(same.map(async name => read(path.join(FOLDER, name, 'flows.jsonl'))));
  expect(first).toContain('shop/web@paris -> shop/api@lyon TCP/9000: 3 records\n');
  others.forEach((text, index) =>
    expect([same[index + 1], withoutVersions(text)]).toEqual([same[index + 1], withoutVersions(first)]),
  );
});

const withoutVersions = (text: string) => text.replace(/, versions? .*/g, '');
