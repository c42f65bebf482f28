import { applyPlan } from '../../../src/live/plans/apply';
import { ClusterObjects, CurrentObjects, NOTHING, Removal } from '../../../src/live/plans/apply-objects';
import { applySetId } from '../../../src/live/plans/apply-set';
import { command } from '../../../src/live/plans/command';
import { LiveObject, objectKey, objectName } from '../../../src/live/plans/live-object';
import { Step } from '../../../src/live/plans/plan';

function object(kind: string, name: string, more: object = {}): LiveObject {
  const namespace = kind === 'Namespace' ? {} : { namespace: 'default' };
  const made = { apiVersion: 'v1', kind, metadata: { name, ...namespace }, ...more };
  return { ...objectName(made), object: made };
}

const removal = (kind: string, name: string, set: Removal['set'], isPolicy: boolean): Removal => ({
  ...object(kind, name),
  set,
  isPolicy,
  uid: `uid-${name}`,
  path: `/api/v1/namespaces/default/${kind.toLowerCase()}s/${name}`,
});
const current = (more: Partial<CurrentObjects> = {}): CurrentObjects => ({ ...NOTHING, ...more });
const SETS = { objects: [object('Service', 's')], denies: [object('Policy', 'd')], backends: [object('Pod', 'p')] };
const cluster = (name: string, more: Partial<ClusterObjects> = {}): ClusterObjects => ({
  name,
  context: name,
  definitions: [],
  sets: SETS,
  current: current(),
  ...more,
});
const plan = (...clusters: ClusterObjects[]) =>
  applyPlan(clusters, { applySet: 'mesh', printer: () => command('true'), verifier: () => command('true') });

/** All steps that must be done before one. */
function before(steps: readonly Step[], id: string): Set<string> {
  const needs = steps.find(step => step.id === id)!.needs;
  return new Set(needs.flatMap(each => [each, ...before(steps, each)]));
}

test('every phase waits for all phases before in all clusters', () => {
  const removals = [
    removal('Pod', 'old', 'backends', false),
    removal('Policy', 'shut', 'denies', true),
    removal('Policy', 'old', 'objects', true),
    removal('ConfigMap', 'old', 'objects', false),
  ];
  const recorded = (['objects', 'denies', 'backends'] as const).map(set => ({
    id: applySetId('mesh', set),
    name: set,
    kinds: ['Gone'],
  }));
  const all = ['a', 'b', 'c'].map(name =>
    cluster(name, {
      definitions: [object('Namespace', 'new'), object('Namespace', 'old')],
      current: current({ removals, recorded, existing: new Set([objectKey(object('Namespace', 'old'))]) }),
    }),
  );
  const { steps } = plan(...all);
  const phases = [
    'validated',
    'created',
    'validated-new',
    'recorded',
    'definitions',
    'objects',
    'denies',
    'backends',
    'workloads-removed',
    'denials-removed',
    'policies-removed',
    'removed',
    'sets',
  ];
  expect(steps.map(each => each.id).sort()).toEqual(
    ['a', 'b', 'c'].flatMap(name => phases.map(phase => `${name}/${phase}`)).sort(),
  );
  for (const [index, phase] of phases.entries()) {
    for (const name of ['a', 'b', 'c']) {
      expect([...before(steps, `${name}/${phase}`)].sort()).toEqual(
        ['a', 'b', 'c'].flatMap(each => phases.slice(0, index).map(earlier => `${each}/${earlier}`)).sort(),
      );
    }
  }
});

test('workloads wait for the policies of all clusters, also where no policy only denies', () => {
  const sets = { ...SETS, denies: [] };
  const { steps } = plan(cluster('a', { sets }), cluster('b', { sets }));
  expect([...before(steps, 'a/backends')]).toContain('b/objects');
});

test('only a missing namespace is created before everything is validated', () => {
  const existing = new Set([objectKey(object('Namespace', 'old'))]);
  const definitions = [object('Namespace', 'new'), object('Namespace', 'old')];
  const inNew = object('Service', 'in-new', { metadata: { name: 'in-new', namespace: 'new' } });
  const { steps } = plan(
    cluster('a', { definitions, sets: { objects: [SETS.objects[0], inNew], denies: [], backends: [] }, current: current({ existing }) }),
    cluster('b'),
  );
  const names = (id: string) =>
    steps
      .find(each => each.id === id)!
      .commands.flatMap(each => [...(each.stdin ?? '').matchAll(/^ {2}name: (\S+)/gm)].map(([, name]) => name));
  expect(names('a/validated')).toEqual(['new', 'old', 's']);
  expect(names('a/created')).toEqual(['new']);
  expect(names('a/validated-new')).toEqual(['new', 'old', 's', 'in-new']);
  expect(names('a/definitions')).toEqual(['old']);
  expect([...before(steps, 'a/created')]).toContain('b/validated');
  expect([...before(steps, 'a/definitions')]).toContain('a/validated-new');
});

test('clusters without a phase keep no other waiting', () => {
  const { steps } = plan(
    cluster('a', { sets: { objects: [], denies: [object('Policy', 'd')], backends: [] } }),
    cluster('b', { sets: { objects: [], denies: [], backends: [] } }),
  );
  expect(steps.map(({ id, needs }) => [id, needs])).toEqual([
    ['a/validated', []],
    ['a/recorded', ['a/validated']],
    ['a/denies', ['a/recorded']],
  ]);
});

test('an object is removed by its UID, and nothing is pruned', () => {
  const removals = [removal('ConfigMap', 'old', 'objects', false)];
  const { steps } = plan(cluster('a', { current: current({ removals }) }));
  const { commands } = steps.find(each => each.id === 'a/removed')!;
  expect(commands).toEqual([
    {
      program: 'kubectl',
      args: ['--context', 'a', 'delete', '--raw', '/api/v1/namespaces/default/configmaps/old', '-f', '-'],
      context: 'a',
      stdin:
        '{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background","preconditions":{"uid":"uid-old"}}\n',
      isDoneWhenNotFound: true,
    },
  ]);
  expect(steps.flatMap(each => each.commands.flatMap(({ args }) => args))).not.toContain('--prune');
});
