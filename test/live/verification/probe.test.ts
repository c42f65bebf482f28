/** The script of the probes, run by a real shell against a real server, with each of the tools that are here. */
import { spawn, spawnSync } from 'child_process';
import * as dgram from 'dgram';
import * as fs from 'fs';
import * as http from 'http';
import { AddressInfo } from 'net';
import * as path from 'path';
import { probeCommand, readAnswers } from '../../../src/live/verification/probe';
import { temporaryFolder } from '../../support/mesh';

let server: http.Server;
let port: number;
const seen: http.IncomingMessage[] = [];
/** The ports of the clients, of all requests. */
const clientPorts: Array<number | undefined> = [];

beforeAll(done => {
  server = http
    .createServer((request, response) => {
      seen.push(request);
      clientPorts.push(request.socket.remotePort);
      response.statusCode = request.url === '/denied' ? 403 : 200;
      response.end(
        request.url === '/denied'
          ? 'Access denied\r\n'
          : request.url === '/long'
            ? 'x'.repeat(5000)
            : '{"Cluster": "Tion",\n "Planet": "N\'Zoth"}\n',
      );
    })
    .listen(0, '127.0.0.1', () => {
      port = (server.address() as AddressInfo).port;
      done();
    });
});

afterAll(done => {
  server.close(done);
});

/** Runs the script as kubectl exec would, with nothing but these tools; `more` are stand-ins. */
async function run(
  tools: readonly string[],
  to: {
    hosts?: string[];
    protocol?: 'UDP' | 'SCTP';
    port?: number;
    requests?: number;
    path?: string;
    method?: string;
  },
  more: { readonly [name: string]: string } = {},
) {
  const bin = temporaryFolder();
  const wanted = ['sh', 'tr', 'cut', 'tail', 'timeout', ...tools];
  for (const tool of wanted.filter(each => !each.startsWith('!') && !tools.includes(`!${each}`))) {
    const found = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
    fs.symlinkSync(found, path.join(bin, tool));
  }
  Object.entries(more).forEach(([name, text]) => fs.writeFileSync(path.join(bin, name), text, { mode: 0o755 }));
  const { args } = probeCommand({
    context: 'kind-koornacht',
    client: { namespace: 'default', pod: 'x-wing-0' },
    protocol: to.protocol ?? 'TCP',
    hosts: to.hosts ?? ['127.0.0.1'],
    port: to.port ?? port,
    requests: to.requests ?? 1,
    maxTime: 2,
    ...(to.path ? { http: { method: to.method ?? 'GET', path: to.path, headers: { 'X-Key': 'it\'s "$(id)"' } } } : {}),
  });
  const [program, ...rest] = args.slice(args.indexOf('--') + 1);
  const output = await new Promise<string>(resolve => {
    let text = '';
    const child = spawn(program, rest, { env: { PATH: bin }, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.on('data', data => {
      text += data;
    });
    child.on('close', () => resolve(text));
  });
  return readAnswers(output);
}

const has = (tool: string) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
const available = ['curl', 'wget', 'bash'].filter(has);

test('the client is named as kubectl takes it', () => {
  const { args } = probeCommand({
    context: 'c',
    client: { namespace: 'shop', pod: 'db-0' },
    protocol: 'TCP',
    hosts: ['fd00::1'],
    port: 80,
    requests: 10,
    maxTime: 2,
  });
  expect(args.slice(0, 7)).toEqual(['--context', 'c', 'exec', '--namespace', 'shop', 'pod/db-0', '--']);
  expect(args).toContain('fd00::1');
});

describe.each(available)('with %s', tool => {
  test('who answers is heard', async () => {
    const read = await run([tool], {});
    expect(read).toEqual({
      answers: [
        {
          kind: 'answered',
          body: tool === 'bash' ? '' : expect.stringContaining('"Cluster": "Tion"'),
          ...(tool === 'curl' ? { http: 200 } : {}),
          ...(tool === 'curl' ? { localPort: expect.any(Number) } : {}),
        },
      ],
    });
    if (tool === 'curl' && 'answers' in read) {
      expect(read.answers[0]).toMatchObject({ localPort: clientPorts[clientPorts.length - 1] });
    }
  });

  test('all hosts get as many requests', async () => {
    const before = seen.length;
    const read = await run([tool], { hosts: ['127.0.0.1', '127.0.0.2', '127.0.0.1'], requests: 5 });
    expect('answers' in read && read.answers.map(({ kind }) => kind)).toEqual([
      ...Array(15).fill(expect.stringMatching(/answered|refused/)),
    ]);
    expect(seen.length - before).toBe(tool === 'bash' ? 0 : 10);
  });

  test('every request is one answer', async () => {
    const read = await run([tool], { requests: 23 });
    expect('answers' in read && read.answers.map(({ kind }) => kind)).toEqual(Array(23).fill('answered'));
  });

  test('a port on which nobody listens refuses', async () => {
    expect(await run([tool], { port: 1 })).toEqual({ answers: [{ kind: 'refused' }] });
  });

  test('a name that is none is not resolved', async () => {
    expect(await run([tool], { hosts: ['nobody.invalid'] })).toEqual({ answers: [{ kind: 'unresolved' }] });
  });
});

test('requests have their method, path and headers, whatever is in them', async () => {
  const read = await run(['curl'], { path: '/denied', method: 'POST' });
  expect(read).toEqual({
    answers: [
      {
        kind: 'answered',
        http: 403,
        body: expect.stringMatching(/^Access denied\s*$/),
        localPort: expect.any(Number),
      },
    ],
  });
  expect(seen[seen.length - 1]).toMatchObject({
    method: 'POST',
    url: '/denied',
    headers: { 'x-key': 'it\'s "$(id)"' },
  });
});

test('a long answer is cut, and its status is not lost', async () => {
  expect(await run(['curl'], { path: '/long' })).toEqual({
    answers: [expect.objectContaining({ kind: 'answered', http: 200, body: expect.stringMatching(/^x+ … x*\s*$/) })],
  });
});

test.each([
  ['curl', 'printf "\\ncilium-mesh-measured 000 0.000000"; exit 28', 'silent'],
  ['curl', 'printf "curl: (7) No route to host\\ncilium-mesh-measured 000 0.000000"; exit 7', 'unreachable'],
  [
    'curl',
    'printf "curl: (28) Resolving timed out after 2000 milliseconds\\ncilium-mesh-measured 000 0.000000"; exit 28',
    'unresolved',
  ],
  // connected, and then nothing: something is there that speaks no HTTP
  ['curl', 'printf "\\ncilium-mesh-measured 000 0.004100"; exit 28', 'answered'],
  ['curl', 'printf "\\ncilium-mesh-measured 000 0,004100"; exit 52', 'answered'],
  ['wget', 'echo "wget: download timed out" >&2; exit 1', 'silent'],
  ['wget', 'echo "wget: server returned error: HTTP/1.1 403 Forbidden" >&2; exit 1', 'answered'],
  ['nc', 'echo "nc: 10.2.0.5 (10.2.0.5:80): Connection timed out" >&2; exit 1', 'silent'],
  ['nc', 'exit 0', 'answered'],
])('%s that does %j: %s', async (tool, text, kind) => {
  expect(await run([], {}, { [tool]: `#!/bin/sh\n${text}\n` })).toEqual({
    answers: [expect.objectContaining({ kind })],
  });
});

test('pods without a tool', async () => {
  const problem = 'its pods contain no curl, wget, bash or nc ' +
    '(requests with a method need curl, ICMP needs ping, UDP bash or nc, SCTP ncat)';
  expect(await run([], {})).toEqual({ problem });
});

test.each([
  ['namespace', { namespace: 'get', pod: 'x-wing-0' }],
  ['pod', { namespace: 'shop', pod: 'get' }],
])('a %s with the name `get` is probed like any other', (_, client) => {
  const { args } = probeCommand({
    context: 'get',
    client,
    protocol: 'TCP',
    hosts: ['get'],
    port: 80,
    requests: 1,
    maxTime: 2,
  });
  expect(args.slice(args.indexOf('--') + 1).slice(3)).toEqual(['sh', '1', '2', 'get', '80', '/', 'TCP', '\\n']);
  expect(args).not.toContain('--request-timeout=20s');
});

test('output of something else is no answer', () => {
  expect(readAnswers('error: unable to upgrade connection\n')).toEqual({ problem: 'the probe printed nothing' });
});

test('an answer of many errors ends', () => {
  const body = 'server returned error: '.repeat(20_000);
  expect(readAnswers(`cilium-mesh wget 1 ${body}\n`)).toMatchObject({ answers: [{ kind: 'silent' }] });
  expect(readAnswers(`cilium-mesh wget 1 ${body}404\n`)).toMatchObject({ answers: [{ kind: 'answered', http: 404 }] });
});

describe('tools that hang are ended, with any means that the pod has', () => {
  /** `timeout` of busybox before 1.30: the seconds are an option. */
  const OLD_TIMEOUT = '#!/bin/sh\n[ "$3" = -t ] || exit 1\nseconds=$4; shift 4\nexec REAL -s KILL "$seconds" "$@"\n'.replace(
    'REAL',
    spawnSync('sh', ['-c', 'command -v timeout'], { encoding: 'utf8' }).stdout.trim(),
  );
  const hangs = { curl: '#!/bin/sh\nexec sleep 50\n', wget: '#!/bin/sh\nexec sleep 50\n' };

  test('a request that its tool does not end is silent', async () => {
    const started = Date.now();
    const all = await Promise.all([
      run(['sleep'], { requests: 3 }, hangs),
      run(['sleep', '!timeout'], { requests: 3 }, hangs),
      run(['sleep', '!timeout'], { requests: 3 }, { ...hangs, timeout: OLD_TIMEOUT }),
    ]);
    expect(all).toEqual(Array(3).fill({ answers: Array(3).fill({ kind: 'silent' }) }));
    expect(Date.now() - started).toBeLessThan(29_000);
  }, 60_000);
});

describe('UDP', () => {
  const sockets: dgram.Socket[] = [];
  afterEach(() => sockets.splice(0).forEach(each => each.close()));

  const listen = (answers: boolean) =>
    new Promise<{ readonly port: number; readonly received: Buffer[] }>(resolve => {
      const socket = dgram.createSocket('udp4');
      const received: Buffer[] = [];
      sockets.push(socket);
      socket.on('message', (message, { port: from, address }) => {
        received.push(message);
        if (answers) {
          socket.send('yes', from, address);
        }
      });
      socket.bind(0, '127.0.0.1', () => resolve({ port: socket.address().port, received }));
    });

  test('an answer, a refusal, and no answer', async () => {
    const [answering, silent] = [await listen(true), await listen(false)];
    const ask = (to: number) => run(['bash', 'head'], { protocol: 'UDP', port: to });
    expect(await ask(answering.port)).toEqual({ answers: [{ kind: 'answered', body: '' }] });
    expect(answering.received.map(String)).toEqual(['\n']);
    expect(await ask(silent.port)).toEqual({ answers: [{ kind: 'silent' }] });
    expect(silent.received).toHaveLength(1);
    expect(await ask(1)).toEqual({ answers: [{ kind: 'refused' }] });
  });

  test('a name server gets a query', () => {
    const { args } = probeCommand({
      context: 'c',
      client: { namespace: 'default', pod: 'x-wing-0' },
      protocol: 'UDP',
      hosts: ['10.0.0.10'],
      port: 53,
      requests: 1,
      maxTime: 2,
    });
    const query = spawnSync('bash', ['-c', 'printf "$0" | od -An -tx1', args[args.length - 1]], { encoding: 'utf8' });
    expect(query.stdout.trim().replace(/\s+/g, ' ')).toBe('12 34 01 00 00 01 00 00 00 00 00 00 00 00 02 00 01');
  });

  test('SCTP needs ncat', async () => {
    expect(await run(['bash'], { protocol: 'SCTP' })).toEqual({ problem: expect.stringContaining('SCTP ncat') });
    const ncat = '#!/bin/sh\n[ "$1" = --sctp ] || exit 9\necho "Ncat: Connection refused." >&2\nexit 1\n';
    expect(await run([], { protocol: 'SCTP' }, { ncat })).toEqual({ answers: [{ kind: 'refused' }] });
  });
});
