import * as fs from 'fs';
import * as path from 'path';
import { command } from '../../../src/live/plans/command';
import { cilium, helm, kind, kubectl } from '../../../src/live/plans/kube';
import { contextsOf, Plan, Step } from '../../../src/live/plans/plan';
import { SYSTEM_CLOCK } from '../../../src/live/runner/clock';
import { Processes } from '../../../src/live/runner/processes';
import { Progress, runPlan } from '../../../src/live/runner/run-plan';
import { State } from '../../../src/live/runner/state';
import { StandIns, standIns, until } from '../../support/stand-ins';

let programs: StandIns;

beforeEach(() => {
  programs = standIns({ kubectl: 'cat "$STATE/answer" 2> /dev/null', cilium: ':' });
});

const step = (given: Partial<Step>): Step => ({
  id: 'a/it',
  title: 'make it',
  cluster: 'a',
  needs: [],
  commands: [command('cilium', 'install')],
  ...given,
});
const state = () => new State(programs.env, 'cilium-mesh up', SYSTEM_CLOCK);
const question = { ...command('kubectl', 'get', 'secret'), seconds: 0.3 };

async function run(
  steps: Step[],
  processes = new Processes(programs.env),
): Promise<{ all: boolean; progress: Progress[]; failure: any }> {
  const progress: Progress[] = [];
  const all = await runPlan(
    { title: 'up: a', tools: [], steps },
    { shell: processes, state: state(), clock: SYSTEM_CLOCK },
    each => progress.push(each),
  );
  const failed = progress.find(each => each.kind === 'failed');
  return { all, progress, failure: failed?.kind === 'failed' ? failed.failure : undefined };
}

describe('a question that nobody answers is neither yes nor no', () => {
  test.each([
    [
      'an API server that answers 500',
      'echo "Error from server (InternalError): etcdserver: request timed out" >&2; exit 1',
      1,
      /InternalError/,
    ],
    ['an API server that hangs', 'exec sleep 60', 128, /^ended by SIGTERM\nstopped after its limit of 0.3 s$/],
    ['an API server that is down', 'echo "The connection to the server was refused" >&2; exit 1', 1, /refused/],
  ])('%s: nothing is made again', async (_, answer, status, last) => {
    programs.write('kubectl', answer);
    const { all, failure } = await run([step({ unless: { kind: 'prints-anything', command: question } })]);
    expect([all, failure]).toEqual([
      false,
      {
        kind: 'unanswered',
        command: question,
        result: expect.objectContaining({ status, tail: expect.stringMatching(last) }),
      },
    ]);
    expect(programs.log()).toEqual(['kubectl get secret']);
  });

  test('a guard that cannot be asked is not told as one that does not hold', async () => {
    programs.write('kubectl', 'exit 1');
    const { failure } = await run([
      step({
        ensure: [{ condition: { kind: 'prints-anything', command: question }, message: 'it is another cluster' }],
      }),
    ]);
    expect(failure).toMatchObject({ kind: 'unanswered', command: question });
    expect(failure).not.toHaveProperty('message');
  });
});

describe('what a step may leave half made', () => {
  const kindStep = (given: Partial<Step> = {}) =>
    step({
      unless: { kind: 'prints-line', command: command('kind', 'get'), line: 'a' },
      commands: [command('kind', 'create')],
      intents: [
        {
          what: 'kind cluster a',
          ids: command('docker', 'ps'),
          complete: {
            unless: { kind: 'succeeds', command: command('kubectl', 'marked') },
            commands: [command('kubectl', 'mark')],
          },
          finished: { kind: 'succeeds', command: command('kubectl', 'ready') },
          undo: [command('kind', 'delete')],
        },
      ],
      ...given,
    });
  const KUBECTL = `case "$line" in
    *ready) [[ -e "$STATE/ready" ]] ;;
    *marked) [[ -e "$STATE/mark" ]] ;;
    *) touch "$STATE/mark" ;;
  esac`;
  const acts = () => programs.log().filter(line => line !== 'docker ps');
  const record = () => path.join(programs.env.XDG_STATE_HOME!, 'cilium-mesh', 'intents', 'kind%20cluster%20a.json');

  beforeEach(() => {
    programs.write('kubectl', KUBECTL);
    programs.write('docker', 'cat "$STATE/clusters" 2> /dev/null || true');
    programs.write(
      'kind',
      `case "$line" in
      *get) cat "$STATE/clusters" 2> /dev/null || true ;;
      *create) cat "$XDG_STATE_HOME"/cilium-mesh/intents/*.json > "$STATE/seen"; echo a > "$STATE/clusters"; eval "\${HOOK:-}"; touch "$STATE/ready" ;;
      *delete) rm "$STATE/clusters" ;;
    esac`,
    );
  });

  test('is written down before, and struck out after', async () => {
    expect((await run([kindStep()])).all).toBe(true);
    expect(JSON.parse(fs.readFileSync(path.join(programs.state, 'seen'), 'utf8'))).toMatchObject({
      what: 'kind cluster a',
      pid: process.pid,
    });
    expect(fs.existsSync(record())).toBe(false);
  });

  test("a command that fails by itself leaves nothing: what it refuses to touch is somebody else's", async () => {
    programs.env.HOOK = 'exit 1';
    expect((await run([kindStep()])).all).toBe(false);
    expect(fs.existsSync(record())).toBe(false);
  });

  test.each<[string, (processes: Processes) => void, Partial<Step>]>([
    ['that is ended', processes => processes.end(), {}],
    ['that takes too long', () => undefined, { commands: [{ ...command('kind', 'create'), seconds: 0.3 }] }],
  ])('a command %s leaves something: the next run undoes it, and makes it again', async (_, act, given) => {
    programs.env.HOOK = 'exec sleep 60';
    const processes = new Processes(programs.env);
    const running = run([kindStep(given)], processes);
    await until(() => fs.existsSync(record()) && fs.readFileSync(record(), 'utf8').includes('"ids":["a"]'));
    act(processes);
    expect((await running).all).toBe(false);
    expect(fs.existsSync(record())).toBe(true);
    delete programs.env.HOOK;
    const { all, progress } = await run([kindStep()]);
    expect([all, progress.map(each => each.kind)]).toEqual([true, ['started', 'undoing', 'done']]);
    expect(acts()).toEqual([
      'kind get',
      'kind create',
      'kubectl ready',
      'kind delete',
      'kind get',
      'kind create',
    ]);
    expect(fs.existsSync(record())).toBe(false);
  });

  test.each([
    ['another ID', ['b']],
    ['no known ID', []],
  ])('what has %s is not what the killed run made: it stays, ready or not', async (_, ids) => {
    state().recordIntent('kind cluster a', [], ids);
    fs.writeFileSync(path.join(programs.state, 'clusters'), 'a\n');
    const { progress } = await run([kindStep()]);
    expect(progress.map(each => each.kind)).toEqual(['started', 'already-done']);
    expect(acts()).toEqual(['kind get']);
    expect([fs.existsSync(record()), fs.existsSync(path.join(programs.state, 'mark'))]).toEqual([false, false]);
  });

  test.each([
    ['yesterday', 23, ['started', 'undoing', 'done']],
    ['days ago', 25, ['started', 'already-done']],
    ['in the future, as the clock was set back', -25, ['started', 'already-done']],
    ['at no known time', NaN, ['started', 'already-done']],
  ])('what was made %s and does not answer is undone only within a day', async (_, hours, kinds) => {
    state().recordIntent('kind cluster a', [], ['a']);
    const text = JSON.parse(fs.readFileSync(record(), 'utf8'));
    const since = Number.isNaN(hours) ? '?' : new Date(Date.now() - hours * 3_600_000).toISOString();
    fs.writeFileSync(record(), JSON.stringify({ ...text, since }));
    fs.writeFileSync(path.join(programs.state, 'clusters'), 'a\n');
    const { intents, ...rest } = kindStep();
    const { progress } = await run([{ ...rest, intents: intents!.map(each => ({ ...each, expiry: 24 * 3600 })) }]);
    expect(progress.map(each => each.kind)).toEqual(kinds);
    expect(acts().includes('kind delete')).toBe(hours === 23);
    expect(fs.existsSync(record())).toBe(hours !== 23);
  });

  test('whoever cannot say what exists keeps the record, and nothing is undone', async () => {
    state().recordIntent('kind cluster a', [], ['a']);
    fs.writeFileSync(path.join(programs.state, 'clusters'), 'a\n');
    programs.write('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    const { failure } = await run([kindStep()]);
    expect(failure).toMatchObject({ kind: 'unanswered', command: command('docker', 'ps') });
    expect([acts(), fs.existsSync(record())]).toEqual([[], true]);
  });

  test('where a later command fails, the next run completes what the first one made', async () => {
    const marking = { commands: [command('kind', 'create'), command('kubectl', 'mark')] };
    programs.write('kubectl', 'exit 1');
    programs.env.HOOK = 'sleep 0.5';
    expect((await run([kindStep(marking)])).all).toBe(false);
    expect(fs.readFileSync(record(), 'utf8')).toContain('"ids":["a"]');
    programs.write('kubectl', KUBECTL);
    expect((await run([kindStep(marking)])).all).toBe(true);
    expect([fs.existsSync(path.join(programs.state, 'mark')), fs.existsSync(record())]).toEqual([true, false]);
  });

  test('what was finished after all is kept', async () => {
    state().recordIntent('kind cluster a', [], ['a']);
    fs.writeFileSync(path.join(programs.state, 'clusters'), 'a\n');
    fs.writeFileSync(path.join(programs.state, 'ready'), '');
    const { progress } = await run([kindStep()]);
    expect(progress.map(each => each.kind)).toEqual(['started', 'already-done']);
    expect(acts()).toEqual(['kubectl ready', 'kubectl marked', 'kubectl mark', 'kind get']);
    expect(fs.existsSync(record())).toBe(false);
  });

  test('without a record nothing is undone, whatever it looks like', async () => {
    fs.writeFileSync(path.join(programs.state, 'clusters'), 'a\n');
    const ready = { kind: 'succeeds' as const, command: command('kubectl', 'ready') };
    const { failure } = await run([
      kindStep({ ensure: [{ condition: ready, message: 'delete it yourself: kind delete' }] }),
    ]);
    expect(failure).toEqual({
      kind: 'guard',
      message: 'delete it yourself: kind delete',
      question: { command: command('kubectl', 'ready'), result: { status: 1, output: '', tail: '', bySignal: false } },
    });
    expect(programs.log()).toEqual(['kind get', 'kubectl ready']);
  });

  test('what cannot be undone is a failure, and stays known', async () => {
    state().recordIntent('kind cluster a', [], ['a']);
    programs.write('docker', 'echo a');
    const { failure } = await run([kindStep()]);
    expect(failure).toMatchObject({ kind: 'command', command: command('kind', 'delete'), result: { status: 1 } });
    expect(fs.existsSync(record())).toBe(true);
  });

  test('where it cannot be written down, it is not made', async () => {
    fs.writeFileSync(programs.env.XDG_STATE_HOME!, '');
    const { failure } = await run([kindStep()]);
    expect(failure).toEqual({
      kind: 'state',
      message: expect.stringContaining(": cannot write the program's state ("),
    });
    expect(programs.log()).toEqual([]);
  });
});

test('an interruption is no failure, and nothing is begun after it', async () => {
  programs.write('cilium', 'touch "$STATE/begun"; exec sleep 60');
  const processes = new Processes(programs.env);
  const running = run([step({}), step({ id: 'a/next', needs: ['a/it'] })], processes);
  await until(() => fs.existsSync(path.join(programs.state, 'begun')));
  processes.end();
  const { all, progress } = await running;
  expect([all, progress.map(each => each.kind)]).toEqual([false, ['started', 'interrupted']]);
});

test('a plan locks the contexts that its commands work on, not those of its questions', () => {
  const plan: Plan = {
    title: '',
    tools: [],
    steps: [
      step({
        commands: [
          kubectl('b').apply(),
          cilium('a', 'status'),
          kind('delete', 'c'),
          helm('d', 'upgrade'),
          command('xargs', '--context', 'e'),
        ],
        unless: { kind: 'prints', command: kubectl('question').get('nodes'), texts: [''] },
      }),
    ],
  };
  expect(contextsOf(plan)).toEqual(['a', 'b', 'd', 'kind-c']);
});
