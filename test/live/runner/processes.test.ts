import * as fs from 'fs';
import * as path from 'path';
import { command, Condition } from '../../../src/live/plans/command';
import { QUERY, secondsOf } from '../../../src/live/plans/limits';
import { Processes } from '../../../src/live/runner/processes';
import { standIns, until } from '../../support/stand-ins';

const bash = (text: string, seconds: number = 10) => ({ ...command('bash', '-c', text), seconds });
const processes = (grace?: number) => new Processes(standIns().env, grace);

describe('limits of time', () => {
  test('a command that hangs is asked to end, and the report says so', async () => {
    const { status, last, ended } = await processes().run(bash('echo waiting; exec sleep 60', 0.2));
    expect([status, ended]).toEqual([128, 'too-long']);
    expect(last).toBe('waiting\n\nended by SIGTERM\nended after 0.2 s, which is as long as it may take');
  });

  test('one that does not end when it is asked is killed, with all that it started', async () => {
    const { env, state } = standIns();
    const { ended, last } = await new Processes(env, 0.2).run(bash('trap "" TERM; (trap "" TERM; echo $BASHPID > "$STATE/inner"; sleep 60; sleep 60) & sleep 60; sleep 60', 0.4));
    expect([ended, last]).toEqual(['too-long', expect.stringContaining('ended by SIGKILL')]);
    const inner = Number(fs.readFileSync(path.join(state, 'inner'), 'utf8'));
    await until(() => gone(inner));
  });

  test('every part of a chain is ended', async () => {
    const { ended } = await processes().run({ ...bash('cat', 0.2), input: bash('exec sleep 60') });
    expect(ended).toBe('too-long');
  });

  test.each<[string, string[], boolean, number]>([
    ['a question', ['kubectl', 'get', 'nodes'], true, QUERY],
    ['a wait, also where it is a question', ['cilium', 'status', '--wait', '--wait-duration', '10m'], true, 660],
    ['a wait in one word', ['kubectl', 'wait', '--timeout=1h2m3s', 'pod'], false, 3783],
    ['a wait without an end of its own', ['kubectl', 'wait', '--timeout=0s', 'pod'], false, 600],
    ['a word that is no duration', ['helm', 'upgrade', '--timeout', 'soon'], false, 600],
    ['creating a cluster', ['kind', 'create', 'cluster'], false, 900],
    ['anything else', ['kubectl', 'apply'], false, 600],
  ])('%s', (_, [program, ...args], question, seconds) => {
    expect(secondsOf(command(program, ...args), question)).toBe(seconds);
    expect(secondsOf({ ...command(program, ...args), seconds: 7 }, question)).toBe(7);
  });
});

describe('conditions', () => {
  const asked: Array<[string, (text: string) => Condition]> = [
    ['prints-line', text => ({ kind: 'prints-line', command: bash(text), line: 'a' })],
    ['prints', text => ({ kind: 'prints', command: bash(text), text: 'a' })],
    ['prints-anything', text => ({ kind: 'prints-anything', command: bash(text) })],
    ['same-output', text => ({ kind: 'same-output', commands: [bash('echo a'), bash(text)] })],
  ];

  test.each(asked)('%s: yes, no, and no answer', async (_, condition) => {
    const all = processes();
    expect(await all.check(condition('echo a'))).toEqual({ kind: 'holds' });
    expect(await all.check(condition(':'))).toEqual({ kind: 'fails' });
    expect(await all.check(condition('echo a; echo "Error from server (InternalError)" >&2; exit 1'))).toMatchObject({
      kind: 'unanswered', ended: { status: 1, last: 'a\nError from server (InternalError)' },
    });
  });

  test('succeeds: a failure is an answer', async () => {
    const all = processes();
    expect(await all.check({ kind: 'succeeds', command: bash(':') })).toEqual({ kind: 'holds' });
    expect(await all.check({ kind: 'succeeds', command: bash('echo no; exit 1') })).toMatchObject({ kind: 'fails', ended: { status: 1, last: 'no' } });
    expect(await all.check({ kind: 'succeeds', command: command('no-such-program') })).toMatchObject({ kind: 'fails', ended: { status: 127, last: 'spawn no-such-program ENOENT' } });
  });

  test('a question that hangs was not answered', async () => {
    expect(await processes().check({ kind: 'prints-anything', command: bash('exec sleep 60', 0.2) })).toMatchObject({ kind: 'unanswered', ended: { ended: 'too-long' } });
  });
});

describe('an interruption', () => {
  test('ends what runs, and nothing more is started, so that no failure is taken for an answer', async () => {
    const all = processes();
    const running = all.check({ kind: 'succeeds', command: bash('exec sleep 60') });
    all.end();
    expect(await running).toMatchObject({ kind: 'unanswered', ended: { ended: 'interrupted' } });
    expect(await all.run(bash('echo started'))).toMatchObject({ status: 128, output: '', ended: 'interrupted' });
  });

  test('kills at once what does not end when it is asked', async () => {
    const { env, state } = standIns();
    const all = new Processes(env);
    const running = all.run(bash('trap "" TERM; touch "$STATE/ready"; sleep 60; sleep 60'));
    await until(() => fs.existsSync(path.join(state, 'ready')));
    all.end();
    all.kill();
    expect(await running).toMatchObject({ status: 128, ended: 'interrupted', signalled: true });
  });
});

test('nothing of a Secret that goes from process to process is in the report of a failure', async () => {
  const secret = `apiVersion: v1\ndata:\n  ca.key: ${Buffer.from('a secret').toString('base64')}\nkind: Secret\n`;
  const { status, last } = await processes().run({ ...bash('echo "cannot create:"; cat; echo "a secret" >&2; exit 1'), input: bash(`printf '${secret.replace(/\n/g, '\\n')}'`) });
  expect(status).toBe(1);
  expect(last).toContain('cannot create:');
  expect(last).not.toContain(Buffer.from('a secret').toString('base64'));
  expect(last).not.toContain('secret\n');
});

/** Killed processes of which nobody asks how they ended keep their number. */
function gone(pid: number): boolean {
  try {
    return / Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
