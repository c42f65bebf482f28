import * as fs from 'fs';
import * as path from 'path';
import { command, Condition } from '../../../src/live/plans/command';
import { Processes } from '../../../src/live/runner/processes';
import { check } from '../../../src/live/runner/shell';
import { standIns, until } from '../../support/stand-ins';

const bash = (text: string, seconds: number = 10) => ({ ...command('bash', '-c', text), seconds });
const processes = (grace?: number) => new Processes(standIns().env, grace);

describe('limits of time', () => {
  test('a command that hangs gets SIGTERM, and the report says so', async () => {
    const { status, tail, cause } = await processes().run(bash('echo waiting; exec sleep 60', 0.2));
    expect([status, cause]).toEqual([128, 'timeout']);
    expect(tail).toBe('waiting\n\nended by SIGTERM\nstopped after its limit of 0.2 s');
  });

  test('a command that ignores SIGTERM is killed, with all processes that it started', async () => {
    const { env, state } = standIns();
    const { cause, tail } = await new Processes(env, 0.2).run(
      bash(
        'trap "" TERM; (trap "" TERM; echo $BASHPID > "$STATE/inner"; sleep 60; sleep 60) & sleep 60; sleep 60',
        0.4,
      ),
    );
    expect([cause, tail]).toEqual(['timeout', 'ended by SIGKILL\nstopped after its limit of 0.4 s']);
    const inner = Number(fs.readFileSync(path.join(state, 'inner'), 'utf8'));
    await until(() => gone(inner));
  });

  // elsewhere, no program can read the environment of others
  const onLinux = process.platform === 'linux' ? test : test.skip;

  onLinux('a process that left its group is ended too, also one that ignores SIGTERM and holds no stream', async () => {
    const { env, state } = standIns();
    const stray = (name: string, before: string) =>
      `/usr/bin/setsid bash -c '${before} echo $$ > "$STATE/${name}"; while :; do sleep 0.1; done' > /dev/null 2>&1 &`;
    const { cause } = await new Processes(env).run(
      bash(`${stray('one', '')} ${stray('other', 'trap "" TERM HUP;')} sleep 60`, 1),
    );
    expect(cause).toBe('timeout');
    const pids = ['one', 'other'].map(name => Number(fs.readFileSync(path.join(state, name), 'utf8')));
    await until(() => pids.every(gone));
  });

  onLinux('a process that left its group lives on with a command that ends in time', async () => {
    const { env, state } = standIns();
    const { status } = await new Processes(env).run(
      bash('/usr/bin/setsid bash -c \'echo $$ > "$STATE/own"; exec sleep 5\' > /dev/null 2>&1 & until [ -s "$STATE/own" ]; do :; done'),
    );
    expect(status).toBe(0);
    const own = Number(fs.readFileSync(path.join(state, 'own'), 'utf8'));
    expect(gone(own)).toBe(false);
    process.kill(own, 'SIGKILL');
  });

  test('every part of a chain is ended', async () => {
    const { cause } = await processes().run({ ...bash('cat', 0.2), input: bash('exec sleep 60') });
    expect(cause).toBe('timeout');
  });
});

describe('conditions', () => {
  const asked: Array<[string, (text: string) => Condition]> = [
    ['prints-line', text => ({ kind: 'prints-line', command: bash(text), line: 'a' })],
    ['prints', text => ({ kind: 'prints', command: bash(text), texts: ['a'] })],
    ['prints-anything', text => ({ kind: 'prints-anything', command: bash(text) })],
    ['same-output', text => ({ kind: 'same-output', commands: [bash('echo a'), bash(text)] })],
  ];

  test.each(asked)('%s: yes, no, and no answer', async (_, condition) => {
    const all = processes();
    expect(await check(all, condition('echo a'))).toEqual({ kind: 'holds' });
    expect(await check(all, condition(':'))).toEqual({ kind: 'fails' });
    expect(await check(all, condition('echo a; echo "Error from server (InternalError)" >&2; exit 1'))).toMatchObject({
      kind: 'unanswered',
      question: { result: { status: 1, tail: 'a\nError from server (InternalError)' } },
    });
  });

  test.each(['names-objects', 'names-no-objects'] as const)('%s: another text is no answer', async kind => {
    const all = processes();
    const verdict = async (text: string) => (await check(all, { kind, command: bash(text) })).kind;
    expect([await verdict('echo deployment.apps/a; echo secret/b'), await verdict(':')]).toEqual(
      kind === 'names-objects' ? ['holds', 'fails'] : ['fails', 'holds'],
    );
    expect(await check(all, { kind, command: bash('echo secret/a; echo no >&2; exit 1') })).toMatchObject({
      kind: 'unanswered',
      question: { result: { status: 1, tail: 'secret/a\nno' } },
    });
    for (const text of ['the server is on fire', 'null', '[]', '{"items": []}', 'secret/a\nno']) {
      expect([text, await check(all, { kind, command: bash(`echo '${text}'`) })]).toMatchObject([
        text,
        { kind: 'unanswered', question: { result: { tail: 'the answer must be names of objects, one a line, got something else' } } },
      ]);
    }
  });

  test('succeeds: a failure is an answer', async () => {
    const all = processes();
    expect(await check(all, { kind: 'succeeds', command: bash(':') })).toEqual({ kind: 'holds' });
    expect(await check(all, { kind: 'succeeds', command: bash('echo no; exit 1') })).toMatchObject({
      kind: 'fails',
      question: { result: { status: 1, tail: 'no' } },
    });
    expect(await check(all, { kind: 'succeeds', command: command('no-such-program') })).toMatchObject({
      kind: 'fails',
      question: { result: { status: 127, tail: 'no-such-program not found in the path', missing: 'no-such-program' } },
    });
  });

  test('a question that hangs was not answered', async () => {
    expect(await check(processes(), { kind: 'prints-anything', command: bash('exec sleep 60', 0.2) })).toMatchObject({
      kind: 'unanswered',
      question: { result: { cause: 'timeout' } },
    });
  });
});

describe('an interruption', () => {
  test('ends what runs, and nothing more is started, so that no failure is taken for an answer', async () => {
    const all = processes();
    const running = check(all, { kind: 'succeeds', command: bash('exec sleep 60') });
    all.end();
    expect(await running).toMatchObject({ kind: 'unanswered', question: { result: { cause: 'interruption' } } });
    expect(await all.run(bash('echo started'))).toMatchObject({ status: 128, output: '', cause: 'interruption' });
  });

  test('kills at once what does not end when it is asked', async () => {
    const { env, state } = standIns();
    const all = new Processes(env);
    const running = all.run(bash('trap "" TERM; touch "$STATE/ready"; sleep 60; sleep 60'));
    await until(() => fs.existsSync(path.join(state, 'ready')));
    all.end();
    all.kill();
    expect(await running).toMatchObject({ status: 128, cause: 'interruption', bySignal: true });
  });
});

test('nothing of a Secret that goes from process to process is in the report of a failure', async () => {
  const secret = `apiVersion: v1\ndata:\n  ca.key: ${Buffer.from('a secret').toString('base64')}\nkind: Secret\n`;
  const { status, tail } = await processes().run({
    ...bash('echo "cannot create:"; cat; echo "a secret" >&2; exit 1'),
    input: bash(`printf '${secret.replace(/\n/g, '\\n')}'`),
  });
  expect(status).toBe(1);
  expect(tail).toContain('cannot create:');
  expect(tail).not.toContain(Buffer.from('a secret').toString('base64'));
  expect(tail).not.toContain('secret\n');
});

/** Killed processes of which nobody asks how they ended keep their number. */
function gone(pid: number): boolean {
  try {
    return / Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

describe('secrets in reports', () => {
  const value = 'hunter2-pass';

  test('what an API server quotes of the input is hidden', async () => {
    const read = { ...bash(`cat > /dev/null; echo 'denied: password "${value}" is too weak' >&2; exit 1`), stdin: value };
    expect((await processes().run({ ...read, secrets: [value] })).tail).toBe('denied: password "(hidden)" is too weak');
    expect((await processes().run(read)).tail).toContain(value);
  });

  test('a long Secret is hidden whole: its end does not look like one', async () => {
    const keys = Array.from({ length: 15 }, (_, index) => `"key${index}": "aHVudGVyMi1wYXNz"`).join(',\n');
    const print = `printf '{"kind": "Secret", "data": {"file": "'; printf 'A%.0s' {1..70000}; printf '",\n%s}}\n' '${keys}'`;
    const { tail } = await processes().run(bash(`${print}; echo forbidden >&2; exit 1`));
    expect(tail).toContain('forbidden');
    expect(tail).not.toContain('aHVu');
  });

  test('of an output that is too long to look through, only the messages are shown', async () => {
    const print = 'node -e "console.log(\\"x\\".repeat(9e6)); console.log(\\"aHVu\\")"';
    const { tail } = await processes().run(bash(`${print}; echo no >&2; exit 1`));
    expect(tail).toBe('no');
  });
});
