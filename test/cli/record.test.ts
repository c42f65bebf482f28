/** `cilium-mesh record` with a stand-in for hubble; with the real CLI and Hubble's own filters, see acceptance/. */
import * as fs from 'fs';
import * as path from 'path';
import { folderWith, program } from '../support/program';
import { schemaFaults } from '../support/schemas';
import { standIns, StandIns, until } from '../support/stand-ins';

const MESH = `apiVersion: cilium-mesh/v1
clusters:
- {name: paris, id: 1, ciliumVersion: 1.17.3, context: kind-paris, manifests: [nowhere]}
- {name: lyon, id: 2, ciliumVersion: 1.20.2, context: kind-lyon, manifests: [nowhere]}
`;

/** Prints the lines of `$STATE/<context>.<attempt>`, and their errors; then it waits, unless `.end` has a status. */
const HUBBLE = `
if [[ "$*" == "observe --help" ]]; then cat "$STATE/help"; exit 0; fi
while [[ $# -gt 0 ]]; do [[ "$1" == --kube-context ]] && context="$2"; shift; done
attempt=1
while [[ -e "$STATE/$context.$attempt.done" ]]; do attempt=$((attempt + 1)); done
touch "$STATE/$context.$attempt.done"
trap 'exit 0' INT
file="$STATE/$context.$attempt"
[[ -e "$file.errors" ]] && cat "$file.errors" >&2
[[ -e "$file" ]] && cat "$file"
[[ -e "$file.end" ]] && exit "$(cat "$file.end")"
echo $$ > "$STATE/$context.pid"
touch "$STATE/$context.waits"
while true; do sleep 0.1; done
`;

// two tests record for ten seconds
jest.setTimeout(60_000);

const [cwd, env] = [process.cwd(), process.env];
let tools: StandIns;

beforeEach(() => {
  process.chdir(folderWith({ 'mesh.yaml': MESH }));
  tools = standIns({ hubble: HUBBLE });
  process.env = { ...env, ...tools.env };
  put('help', '      --field-mask strings   Comma-separated list of fields\n');
});

afterEach(() => {
  process.chdir(cwd);
  process.env = env;
});

const put = (name: string, text: string) => fs.writeFileSync(path.join(tools.state, name), text);
const read = (file: string) => fs.readFileSync(file, 'utf8');
const observations = (context: string) => tools.log().filter(line => line.includes(`--kube-context ${context} `));

/** Lines in the recording of a cluster. */
const lines = (name: string) => {
  const file = `flows/${name}.jsonl`;
  return fs.existsSync(file) ? read(file).split('\n').length - 1 : 0;
};

/** Records until something holds, then Ctrl-C. */
async function recordUntil(holds: () => boolean, ...args: string[]) {
  const running = program('record', '--for', '1h', ...args);
  await until(holds);
  process.emit('SIGINT');
  return running;
}

function record(number: number, flow: object = {}): string {
  const time = `2026-03-20T09:46:0${number}.000000001Z`;
  return JSON.stringify({ flow: { time, verdict: 'FORWARDED', ...flow }, node_name: 'paris/w1', time });
}

test('records each cluster into a file, and names what is missing', async () => {
  const lost = '{"lost_events":{"source":"HUBBLE_RING_BUFFER","num_events_lost":"42"},"node_name":"paris/w1"}';
  const status = '{"node_status":{"state_change":"NODE_UNAVAILABLE","node_names":["paris/w2"]}}';
  put('kind-paris.1', `${record(1)}\n${lost}\n${record(2)}\nlevel=warn msg=x\n{"flow":{"cut`);
  put('kind-paris.1.errors', `${status}\nlevel=warning\n`);
  const done = await program('record', '--for', '10s', '--format', 'json');
  const written = read('flows/paris.jsonl').split('\n');
  expect([...written].sort()).toEqual(['', record(1), record(2), lost, status].sort());
  expect(written.filter(line => line.startsWith('{"flow"'))).toEqual([record(1), record(2)]);
  const report = JSON.parse(done.out);
  expect(report).toMatchObject({
    folder: 'flows',
    redacted: false,
    files: [
      {
        name: 'paris',
        context: 'kind-paris',
        file: 'flows/paris.jsonl',
        records: 2,
        nodes: 1,
        unavailableNodes: 1,
        lost: 42,
        first: '2026-03-20T09:46:01.000000001Z',
        last: '2026-03-20T09:46:02.000000001Z',
        interruptions: 0,
      },
      { name: 'lyon', records: 0 },
    ],
  });
  expect(schemaFaults('record', report)).toEqual([]);
  expect(done.status).toBe(0);
  // no file without records
  expect(fs.readdirSync('flows')).toEqual(['paris.jsonl']);
});

test('asks for what replay reads, as far as the version of a cluster has it', async () => {
  const isAsked = (count: number) => () =>
    observations('kind-paris').length === count && observations('kind-lyon').length === count;
  await recordUntil(isAsked(1));
  const [paris] = observations('kind-paris');
  const [lyon] = observations('kind-lyon');
  expect(lyon).toContain('--denylist {"reply":[true]} ');
  const mask = (line: string) => / --field-mask (\S+)/.exec(line)![1].split(',');
  expect(mask(lyon)).toEqual(expect.arrayContaining(['emitter', 'egress_denied_by', 'source', 'is_reply']));
  expect(mask(lyon).filter(field => !mask(paris).includes(field))).toEqual(['emitter']);
  expect(lyon).not.toContain('--kube-namespace');
  await recordUntil(isAsked(2), '--cilium-namespace', 'cilium');
  expect(observations('kind-lyon')[1]).toContain(' --kube-namespace cilium ');
});

test.each([
  ['--experimental-field-mask', '      --experimental-field-mask strings   x\n'],
  [undefined, 'Usage: hubble observe\n'],
])('an older CLI has the option %s', async (option, help) => {
  put('help', help);
  await recordUntil(() => observations('kind-lyon').length > 0);
  const [line] = observations('kind-lyon');
  expect(/ (--\S*field-mask) /.exec(line)?.[1]).toBe(option);
});

test('records whole flows where Hubble refuses the mask', async () => {
  put('kind-paris.1.errors', 'failed to construct field mask: proto: invalid path "emitter" for message "flow.Flow"\n');
  put('kind-paris.1.end', '1');
  put('kind-paris.2', `${record(1)}\n`);
  const { err } = await recordUntil(() => lines('paris') === 1);
  expect(err).toContain('paris: records whole flows, because this Hubble has no such field mask: failed to construct');
  expect(observations('kind-paris').map(line => line.includes('--field-mask'))).toEqual([true, false]);
  expect(read('flows/paris.jsonl')).toBe(`${record(1)}\n`);
});

test('a cluster that cannot be recorded is named, and the others are recorded', async () => {
  put('kind-paris.1', `${record(1)}\n`);
  put('kind-lyon.1.errors', 'failed to port forward: service "hubble-relay" not found\n');
  put('kind-lyon.1.end', '1');
  const { status, out, err } = await program('record', 'mesh.yaml', '--for', '10s');
  expect(status).toBe(1);
  const problem = 'lyon: cannot be recorded: failed to port forward: service "hubble-relay" not found\n';
  expect(err).toBe(`FAILED ${problem}`);
  expect(out).toContain(`problem ${problem}`);
  expect(out).toContain('flows: 1 record in 1 file. To judge them: cilium-mesh replay flows\n');
  expect(observations('kind-lyon')).toHaveLength(1);
});

test('connects again where the connection breaks, and asks for what it missed', async () => {
  put('kind-paris.1', `${record(1)}\n`);
  put('kind-paris.1.errors', 'EOF\n');
  put('kind-paris.1.end', '1');
  put('kind-paris.2', `${record(2)}\n`);
  const { out, err } = await recordUntil(() => lines('paris') === 2);
  expect(err).toContain('ended paris: hubble observe ended (EOF); connecting again in 1 s\n');
  expect(observations('kind-paris')[1]).toMatch(/ --since 2026-03-20T09:46:01.000000001Z$/);
  expect(read('flows/paris.jsonl')).toBe(`${record(1)}\n${record(2)}\n`);
  expect(out).toContain('unknown paris: the connection to Hubble broke 1 time: records may be missing\n');
});

test('Ctrl-C ends it before its time, keeps what it has, and leaves no process', async () => {
  put('kind-paris.1', `${record(1)}\n`);
  const { status, out } = await recordUntil(
    () => tools.exists('kind-paris.waits') && tools.exists('kind-lyon.waits') && lines('paris') === 1,
  );
  expect(status).toBe(130);
  expect(out).toContain('flows: 1 record in 1 file');
  expect(read('flows/paris.jsonl')).toBe(`${record(1)}\n`);
  for (const context of ['kind-paris', 'kind-lyon']) {
    const pid = Number(read(path.join(tools.state, `${context}.pid`)));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  }
});

test('replaces no recording', async () => {
  fs.mkdirSync('flows');
  fs.writeFileSync('flows/lyon.jsonl', 'old\n');
  const { status, err } = await program('record', '--for', '1s');
  expect(status).toBe(2);
  expect(err).toBe(
    'flows/lyon.jsonl exists already\n' +
      '    fix: name another folder with --output, or remove the old recording; nothing was recorded\n',
  );
  expect(read('flows/lyon.jsonl')).toBe('old\n');
  expect(observations('kind-paris')).toEqual([]);
});

test('keeps no headers, queries and credentials', async () => {
  const http = { method: 'GET', url: 'http://eve:secret@api/v1?token=secret', headers: [{ key: 'Cookie', value: 'secret' }] };
  const secrets = record(1, { l7: { type: 'REQUEST', http }, Summary: `HTTP/1.1 GET ${http.url}` });
  // Hubble's summary repeats what the URL holds, also where the URL itself is left out
  put('kind-paris.1', `${secrets}\n${record(2, { Summary: `HTTP/1.1 GET ${http.url}` })}\n`);
  await recordUntil(() => lines('paris') === 2);
  const recorded = read('flows/paris.jsonl');
  const [request, other] = recorded.trim().split('\n').map(line => JSON.parse(line));
  expect(request.flow).toEqual({
    ...JSON.parse(record(1)).flow,
    l7: { type: 'REQUEST', http: { method: 'GET', url: 'http://api/v1' } },
  });
  expect(other).toEqual(JSON.parse(record(2)));
  expect(recorded).not.toMatch(/secret|eve|Summary/);
});

test('--redact replaces addresses and names with the same texts in all files', async () => {
  const flow = { IP: { source: '10.1.0.17', destination: '203.0.113.9' }, Summary: 'TCP 203.0.113.9' };
  put('kind-paris.1', `${record(1, flow)}\n`);
  put('kind-lyon.1', `${record(2, flow)}\n`);
  const { out } = await recordUntil(() => lines('paris') === 1 && lines('lyon') === 1, '--redact');
  const [paris, lyon] = ['paris', 'lyon'].map(name => read(`flows/${name}.jsonl`));
  expect(JSON.parse(paris).flow.IP).toEqual(JSON.parse(lyon).flow.IP);
  expect(paris + lyon).not.toMatch(/203\.0\.113|10\.1\.0|w1/);
  expect(out).toContain('redacted: rules about addresses, DNS names and requests cannot be judged by this recording');
});

test('--recording copies a recording, with --redact', async () => {
  fs.writeFileSync('old.jsonl', `${record(1, { IP: { source: '10.1.0.17', destination: '203.0.113.9' } })}\n`);
  const { status, out } = await program('record', '--redact', '--recording', 'old.jsonl', '-o', 'new');
  expect([status, fs.readdirSync('new')]).toEqual([0, ['flows.jsonl']]);
  expect(read('new/flows.jsonl')).not.toContain('203.0.113.9');
  expect(out).toContain('new: 1 record in 1 file');
  expect(await program('record', '--recording', 'old.jsonl', '-o', 'new')).toMatchObject({
    status: 2,
    err: '--recording needs --redact: it copies a recording without addresses, names and requests\n',
  });
  expect(await program('record', '--redact', '--recording', 'old.jsonl', '-o', 'new')).toMatchObject({
    status: 2,
    err: expect.stringContaining('new/flows.jsonl exists already'),
  });
  expect(await program('record', '--redact', '--recording', 'nowhere.jsonl', '-o', 'other')).toMatchObject({
    status: 2,
    err: expect.stringContaining('nowhere.jsonl: file or folder not found'),
  });
  expect(fs.existsSync('other')).toBe(false);
});

test.each([
  ['flows', 'flows'],
  ['flows', 'flows/shared'],
  ['flows/old.jsonl', 'flows'],
])('refuses to copy %s into %s, where both would be read together', async (recording, folder) => {
  fs.mkdirSync('flows');
  fs.writeFileSync('flows/old.jsonl', `${record(1, {})}\n`);
  expect(await program('record', '--redact', '--recording', recording, '-o', folder)).toMatchObject({
    status: 2,
    err:
      `"${folder}" is where the recording ${recording} is: read together, they would count each flow twice\n` +
      '    fix: name a folder outside of it with --output; nothing was written\n',
  });
  expect(fs.readdirSync('flows')).toEqual(['old.jsonl']);
});

test.each([
  [['--for', '10'], '--for must be a time such as 90s, 10m or 8h, up to 24d, got "10"\n'],
  [['--for', '25d'], '--for must be a time such as 90s, 10m or 8h, up to 24d, got "25d"\n'],
  [['mesh.yaml', '--context', 'a'], '"mesh.yaml" already names the mesh: remove --mesh and --context\n'],
  [['--redact', '--recording', 'x', '--for', '1s'], '--recording copies a recording and records no cluster: remove --for\n'],
])('refuses %j', async (args, err) => {
  expect(await program('record', ...args)).toMatchObject({ status: 2, err });
});

test('names a missing hubble', async () => {
  fs.rmSync(path.join(tools.state, '..', 'bin', 'hubble'));
  expect(await program('record', '--for', '1s')).toMatchObject({
    status: 2,
    err: expect.stringMatching(/^hubble not found in the path; install it: https/),
  });
});
