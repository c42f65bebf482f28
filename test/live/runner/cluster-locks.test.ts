import * as fs from 'fs';
import * as path from 'path';
import { Clock } from '../../../src/live/runner/clock';
import {
  ClusterLockedError,
  ClusterLocks,
  LockFailedError,
  LockSettings,
} from '../../../src/live/runner/cluster-locks';
import { startOf } from '../../../src/live/runner/process-start';
import { CommandResult, Shell } from '../../../src/live/runner/shell';
import { temporaryFolder } from '../../support/folder';

const { kubectl } = jest.requireActual('../../support/stand-ins/kubectl.js');

let state: string;
/** Called before each command; what it returns replaces the answer. */
let before: (line: string) => Partial<CommandResult> | undefined;
let slept: number;
let lost: string[];

beforeEach(() => {
  state = temporaryFolder();
  before = () => undefined;
  slept = 0;
  lost = [];
});

afterEach(() => jest.useRealTimers());

const shell: Shell = {
  interruption: new AbortController().signal,
  run: async ({ args, stdin = '' }) => {
    const answer = before(args.join(' '));
    const { status, out, err } = answer ? { status: 0, out: '', err: '' } : kubectl([...args], stdin, { STATE: state });
    return { status, output: out, tail: `${out}${err}`.trim(), bySignal: false, ...answer };
  },
};
/** Waiting takes no time; something happens meanwhile. */
const clock = (meanwhile: () => void = () => undefined): Clock => ({
  now: () => Date.UTC(2026, 0, 1),
  sleep: async milliseconds => {
    slept += milliseconds / 1000;
    meanwhile();
  },
});
const owner = (host: string, more: Partial<LockSettings['owner']> = {}): LockSettings['owner'] => ({
  user: 'ann',
  host,
  pid: process.pid,
  start: startOf(process.pid)!,
  command: 'cilium-mesh apply',
  since: '2026-01-01T00:00:00.000Z',
  ...more,
});
const locks = (more: Partial<LockSettings> = {}) =>
  new ClusterLocks({
    shell,
    clock: clock(),
    owner: owner('one'),
    interruption: new AbortController().signal,
    lost: context => lost.push(context),
    ...more,
  });
const leases = (context: string): any[] => {
  const file = path.join(state, `${context}.json`);
  const objects = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : [];
  return objects.filter((each: any) => each.kind === 'Lease');
};
const replaceHolder = (context: string) => {
  const [lease] = leases(context);
  const metadata = { ...lease.metadata, resourceVersion: '999' };
  const other = { ...lease, metadata, spec: { ...lease.spec, holderIdentity: 'another' } };
  fs.writeFileSync(path.join(state, `${context}.json`), JSON.stringify([other]));
};

test('a lock is in the cluster while a run has it, and gone afterwards', async () => {
  const one = locks();
  await one.lock(['b', 'a']);
  expect(leases('a')).toEqual([
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: 'cilium-mesh',
        namespace: 'kube-system',
        annotations: { 'cilium-mesh/owner': JSON.stringify(owner('one')) },
        uid: expect.any(String),
        resourceVersion: expect.any(String),
      },
      spec: {
        holderIdentity: expect.stringMatching(/^[0-9a-f-]{36}$/),
        leaseDurationSeconds: 40,
        acquireTime: '2026-01-01T00:00:00.000000Z',
        renewTime: '2026-01-01T00:00:00.000000Z',
      },
    },
  ]);
  await one.release();
  expect([leases('a'), leases('b')]).toEqual([[], []]);
});

test.each(['get lease', 'delete --raw'])('a lock is given back although one %s fails', async text => {
  const own = locks();
  await own.lock(['a']);
  let failures = 0;
  before = line => (line.includes(text) && failures++ === 0 ? { status: 1 } : undefined);
  await own.release();
  expect(failures).toBe(2);
  before = () => undefined;
  const next = locks({ owner: owner('two') });
  await next.lock(['a']);
  await next.release();
  expect(slept).toBe(0);
});

test('a run on another host that renews its lock keeps it; no other cluster stays locked', async () => {
  await locks({ owner: owner('two') }).lock(['b']);
  const renewing = clock(() => {
    const [lease] = leases('b');
    const metadata = { ...lease.metadata, resourceVersion: `${lease.metadata.resourceVersion}1` };
    fs.writeFileSync(path.join(state, 'b.json'), JSON.stringify([{ ...lease, metadata }]));
  });
  const error = await locks({ clock: renewing }).lock(['a', 'b']).catch(each => each);
  expect(error).toBeInstanceOf(ClusterLockedError);
  expect(error.message).toBe(
    `Another run works on the cluster of b: cilium-mesh apply, process ${process.pid} of ann on two, ` +
      'since 2026-01-01T00:00:00.000Z\n    fix: wait for its end; if it has ended, or its host is gone, add --break-lock',
  );
  expect([leases('a'), leases('b').length]).toEqual([[], 1]);
});

test('a run on another host that renews nothing for its whole time has ended, whatever the clocks say', async () => {
  await locks({ owner: owner('two'), clock: { ...clock(), now: () => Date.UTC(2040, 0, 1) } }).lock(['a']);
  const waiting: string[] = [];
  const one = locks({ waiting: (context, { host }) => waiting.push(`${context} ${host}`) });
  await one.lock(['a']);
  expect([slept, waiting]).toEqual([40, ['a two']]);
  expect(JSON.parse(leases('a')[0].metadata.annotations['cilium-mesh/owner']).host).toBe('one');
  await one.release();
  expect(leases('a')).toEqual([]);
});

test('a run of this host is asked directly: a dead one is not waited for, a living one is named', async () => {
  const start = startOf(process.pid)!.replace(/^\d+/, '1');
  await locks({ owner: owner('one', { start }) }).lock(['a']);
  await locks().lock(['a']);
  expect(slept).toBe(0);
  await expect(locks().lock(['a'])).rejects.toBeInstanceOf(ClusterLockedError);
});

test.each([
  ['before this boot, or another host of this name', (own: string) => own.replace(/ \S+ /, ' another-boot ')],
  ['in another container of this name', (own: string) => own.replace(/\[\d+\]$/, '[1]')],
  ['on a system that does not tell', () => 'Mon Nov 30 10:00:00 2026'],
])('a run %s is not taken for dead: its signs of life are waited for', async (_, change) => {
  const start = change(startOf(process.pid)!);
  expect(start).not.toBe(startOf(process.pid));
  await locks({ owner: owner('one', { pid: 2 ** 22 + 1, start }) }).lock(['a']);
  await locks().lock(['a']);
  expect(slept).toBe(40);
});

test('--break-lock takes the lock at once, and the run that had it learns of it and gives nothing back', async () => {
  const one = locks();
  await one.lock(['a']);
  const two = locks({ owner: owner('two'), breakLock: true });
  await two.lock(['a']);
  expect(slept).toBe(0);
  await one.release();
  expect(leases('a')).toHaveLength(1);
  await two.release();
  expect(leases('a')).toEqual([]);
});

test('a run whose lock was taken away is told; one whose cluster does not answer is not', async () => {
  jest.useFakeTimers();
  await locks().lock(['a', 'b']);
  before = line => (line.includes('--context b') ? { status: 1, tail: 'refused' } : undefined);
  replaceHolder('a');
  await jest.advanceTimersByTimeAsync(10_000);
  expect(lost).toEqual(['a']);
});

test('two runs that take an expired lock at the same time: one gets it', async () => {
  await locks({ owner: owner('two') }).lock(['a']);
  // the one that has it renews it while the other waits
  const renewing = clock(() => {
    const [lease] = leases('a');
    if (!lease.metadata.annotations['cilium-mesh/owner'].includes('"two"')) {
      lease.metadata.resourceVersion += '1';
      fs.writeFileSync(path.join(state, 'a.json'), JSON.stringify([lease]));
    }
  });
  const results = await Promise.allSettled([
    locks({ owner: owner('three'), clock: renewing }).lock(['a']),
    locks({ owner: owner('four'), clock: renewing }).lock(['a']),
  ]);
  expect(results.map(each => each.status).sort()).toEqual(['fulfilled', 'rejected']);
});

test.each([
  ['no right to create leases', ' create ', { status: 1, tail: 'Error from server (Forbidden)' }],
  ['an answer that is cut', 'get lease', { status: 0, output: '{"kind": "Lea' }],
  ['no answer', 'get lease', { status: 1, tail: 'refused' }],
])('%s: nothing is locked', async (_, text, answer) => {
  if (text === 'get lease') {
    await locks({ owner: owner('two') }).lock(['a']);
  }
  before = line => (line.includes(text) ? answer : undefined);
  await expect(locks().lock(['a'])).rejects.toBeInstanceOf(LockFailedError);
});
