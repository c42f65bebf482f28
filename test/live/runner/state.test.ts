import { ChildProcess, spawn } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { SYSTEM_CLOCK } from '../../../src/live/runner/clock';
import { LockedError, State, StateError } from '../../../src/live/runner/state';
import { temporaryFolder } from '../../support/mesh';
import { until } from '../../support/stand-ins';

/** That which the program calls. */
const realFs = jest.requireActual<typeof fs>('fs');

let home: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  home = temporaryFolder();
});

afterEach(() => {
  jest.restoreAllMocks();
  children.splice(0).forEach(child => child.kill('SIGKILL'));
});

const state = (command = 'cilium-mesh up') => new State({ XDG_STATE_HOME: home }, command, SYSTEM_CLOCK);
const file = (...names: string[]) => path.join(home, 'cilium-mesh', ...names);
const files = (kind: string) => fs.readdirSync(file(kind));

/** A process that runs, and the words that a State of its own would have for it. */
function other(): { pid: number; start: string } {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  children.push(child);
  const fields = fs.readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
  return {
    pid: child.pid!,
    start: [
      fields[19],
      fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      fs.readlinkSync('/proc/self/ns/pid'),
    ].join(' '),
  };
}

function held(holder: { pid: number; start: string }, context: string = 'kind-a'): void {
  fs.mkdirSync(file('locks'), { recursive: true });
  fs.writeFileSync(
    file('locks', `${context}.json`),
    JSON.stringify({ ...holder, command: 'cilium-mesh down', since: '2026-11-21T10:00:00.000Z' }),
  );
}

describe('locks', () => {
  test('contexts of any length have files of their own', async () => {
    const arn = `arn:aws:eks:eu-central-1:123456789012:cluster/${'x'.repeat(100)}`;
    const long = `${'/'.repeat(300)}`;
    const first = state();
    await first.lock([arn, long, `${long}/`]);
    expect(files('locks')).toHaveLength(3);
    expect(files('locks')).toContain(`${encodeURIComponent(arn)}.json`);
    expect(Math.max(...files('locks').map(each => each.length))).toBeLessThan(210);
    first.release();
    expect(files('locks')).toEqual([]);
  });

  test('another run is named with its process, its command and its time, and keeps what it has; nothing else is kept', async () => {
    const holder = other();
    held(holder, 'kind-b');
    await expect(state().lock(['kind-c', 'kind-b', 'kind-a'])).rejects.toThrow(
      new Error(
        `Another run works on kind-b: cilium-mesh down, process ${holder.pid}, since 2026-11-21T10:00:00.000Z\n` +
          `    fix: wait for its end, or stop it: kill ${holder.pid}`,
      ),
    );
    expect(files('locks')).toEqual(['kind-b.json']);
  });

  test('of a process that is gone: taken over', async () => {
    const holder = other();
    held(holder);
    const child = children.pop()!;
    const ended = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    const mine = state();
    await mine.lock(['kind-a']);
    expect(JSON.parse(fs.readFileSync(file('locks', 'kind-a.json'), 'utf8'))).toMatchObject({
      pid: process.pid,
      command: 'cilium-mesh up',
    });
    mine.release();
    expect(files('locks')).toEqual([]);
  });

  test('of a process whose number another one has by now: taken over', async () => {
    held({ ...other(), start: '1 of-another-boot' });
    await state().lock(['kind-a']);
    expect(files('locks')).toEqual(['kind-a.json']);
  });

  test('that nobody can read, as a program that was killed long ago may have left it: taken over', async () => {
    fs.mkdirSync(file('locks'), { recursive: true });
    fs.writeFileSync(file('locks', 'kind-a.json'), '');
    await state().lock(['kind-a']);
    expect(files('locks')).toEqual(['kind-a.json']);
  });

  test('of runs that have ended go with the next lock, also of clusters that are not locked; those of others stay', async () => {
    const running = other();
    held({ pid: 2 ** 22 + 1, start: '1 ended' }, 'kind-gone');
    held({ pid: 2 ** 22 + 1, start: '1 ended' }, 'kind-b');
    held(running, 'kind-c');
    fs.writeFileSync(file('locks', `kind-d.json.${2 ** 22 + 1}.new`), '{');
    fs.writeFileSync(file('locks', `kind-e.json.${running.pid}.new`), '{');
    expect(state().endedLocks(['kind-a', 'kind-b', 'kind-c'])).toEqual(['kind-b']);
    const own = state();
    await own.lock(['kind-a']);
    const ofOthers = ['kind-c.json', `kind-e.json.${running.pid}.new`];
    expect(files('locks').sort()).toEqual(['kind-a.json', ...ofOthers]);
    own.release();
    expect(files('locks').sort()).toEqual(ofOthers);
  });

  test('of a run that takes the same stale lock over at the same time: the slower one puts it back', async () => {
    held({ ...other(), start: '1 of-another-boot' });
    const faster = { ...other(), command: 'cilium-mesh verify', since: '2026-11-21T11:00:00.000Z' };
    const rename = fs.renameSync;
    jest.spyOn(realFs, 'renameSync').mockImplementationOnce((from, to) => {
      fs.writeFileSync(from, JSON.stringify(faster));
      rename(from, to);
    });
    await expect(state().lock(['kind-a'])).rejects.toThrow(LockedError);
    expect(JSON.parse(fs.readFileSync(file('locks', 'kind-a.json'), 'utf8'))).toEqual(faster);
  });

  test('contexts with any names', async () => {
    await state().lock(['arn:aws:eks:eu-west-1:1234:cluster/a', '../../b']);
    expect(files('locks').sort()).toEqual([
      '..%2F..%2Fb.json',
      'arn%3Aaws%3Aeks%3Aeu-west-1%3A1234%3Acluster%2Fa.json',
    ]);
  });
});

describe('what is being made', () => {
  test('is known until it is made', async () => {
    state().recordIntent('kind cluster a');
    expect(state().findIntent('kind cluster a')).toMatchObject({ pid: process.pid, command: 'cilium-mesh up' });
    expect(state().findIntent('kind cluster b')).toBeUndefined();
    state().deleteIntent('kind cluster a');
    expect(state().findIntent('kind cluster a')).toBeUndefined();
  });

  test('by processes that outlived the program: they are killed, and no others that have their numbers', async () => {
    const [left, reused] = [other(), other()];
    state().recordIntent('kind cluster a', [left.pid, reused.pid]);
    const record = file('intents', 'kind%20cluster%20a.json');
    fs.writeFileSync(record, fs.readFileSync(record, 'utf8').replace(reused.start, '1 of-another-boot'));
    // two processes of one moment have one start
    const same = left.start === reused.start;
    await state().killLeftovers('kind cluster a');
    const [first, second] = children;
    await until(() => first.signalCode !== null || (same && second.signalCode !== null));
    expect([first.signalCode, second.signalCode].filter(signal => signal === null)).toHaveLength(1);
  });
});

describe('a folder that cannot be written', () => {
  test('says which, why, what it is for and what to do', async () => {
    fs.writeFileSync(path.join(home, 'cilium-mesh'), '');
    await expect(state().lock(['kind-a'])).rejects.toThrow(StateError);
    await expect(state().lock(['kind-a'])).rejects.toThrow(
      new RegExp(
        `^${file()}: cannot write the program's state \\((EEXIST|ENOTDIR)\\)\\.\n` +
          ' {4}It records which run works on which cluster, and what a killed run left unfinished\\.\n' +
          ' {4}fix: free disk space, make the folder writable, or set XDG_STATE_HOME to a writable folder$',
      ),
    );
  });

  test('a full disk', async () => {
    jest.spyOn(realFs, 'writeFileSync').mockImplementation(() => {
      throw Object.assign(new Error(), { code: 'ENOSPC' });
    });
    expect(() => state().recordIntent('kind cluster a')).toThrow(
      /: cannot write the program's state \(ENOSPC\)\.\n[\s\S]*\n {4}fix: free disk space, /,
    );
    expect(files('intents')).toEqual([]);
  });
});

test('without XDG_STATE_HOME, or with one that is not absolute, it is in the home folder', async () => {
  for (const XDG_STATE_HOME of [undefined, '', 'relative']) {
    const mine = new State({ HOME: home, XDG_STATE_HOME }, 'cilium-mesh up', SYSTEM_CLOCK);
    await mine.lock(['kind-a']);
    expect(fs.readdirSync(path.join(home, '.local', 'state', 'cilium-mesh', 'locks'))).toEqual(['kind-a.json']);
    mine.release();
  }
});
