import { applyPlan } from '../../../src/live/plans/apply';
import { ClusterObjects } from '../../../src/live/plans/apply-objects';
import { command } from '../../../src/live/plans/command';
import { LiveObject, objectName } from '../../../src/live/plans/live-object';
import { Step } from '../../../src/live/plans/plan';

function object(kind: string, name: string): LiveObject {
  const made = { apiVersion: 'v1', kind, metadata: { name, namespace: 'default' } };
  return { ...objectName(made), object: made };
}

const cluster = (name: string, more: Partial<ClusterObjects> = {}): ClusterObjects => ({
  name,
  context: name,
  definitions: [],
  sets: { objects: [object('Service', 's')], denies: [object('Policy', 'd')], backends: [object('Pod', 'p')] },
  removals: [],
  hasMoves: false,
  keptMembers: 0,
  ...more,
});
const plan = (...clusters: ClusterObjects[]) =>
  applyPlan(clusters, { applySet: 'mesh', printer: () => command('true') });

/** All steps that must be done before one. */
function before(steps: readonly Step[], id: string): Set<string> {
  const needs = steps.find(step => step.id === id)!.needs;
  return new Set(needs.flatMap(each => [each, ...before(steps, each)]));
}

test('every phase waits for the one before in all clusters', () => {
  const removals = [{ ...object('Policy', 'old'), set: 'objects' as const, isPolicy: true }];
  const { steps } = plan(cluster('a', { removals }), cluster('b', { removals }), cluster('c', { removals }));
  const phases = ['sets', 'validated', 'objects', 'denies', 'backends', 'freed', 'pruned'];
  for (const [index, phase] of phases.entries()) {
    const own = steps.filter(step => step.id.endsWith(`/${phase}`));
    expect([phase, own.length]).toEqual([phase, 3]);
    for (const step of own.slice(0, index < 2 ? 0 : 3)) {
      expect([...before(steps, step.id)]).toEqual(
        expect.arrayContaining(['a', 'b', 'c'].map(name => `${name}/${phases[index - 1]}`)),
      );
    }
  }
});

test('clusters without a phase keep nobody waiting', () => {
  const { steps } = plan(
    cluster('a', { sets: { objects: [], denies: [object('Policy', 'd')], backends: [] } }),
    cluster('b', { sets: { objects: [], denies: [], backends: [] } }),
  );
  expect(steps.map(({ id, needs }) => [id, needs])).toEqual([
    ['a/sets', []],
    ['a/validated', ['a/sets']],
    ['a/denies', ['a/validated']],
  ]);
});

test('nothing is pruned while policies wait, or something moves to another set', () => {
  const prunes = (...clusters: ClusterObjects[]) =>
    plan(...clusters)
      .steps.find(step => step.id === 'a/objects')!
      .commands[0].args.includes('--prune');
  expect(prunes(cluster('a'))).toBe(true);
  expect(prunes(cluster('a', { hasMoves: true }))).toBe(false);
  expect(prunes(cluster('a', { removals: [{ ...object('ConfigMap', 'old'), set: 'objects', isPolicy: false }] }))).toBe(
    true,
  );
  expect(prunes(cluster('a', { removals: [{ ...object('Policy', 'old'), set: 'objects', isPolicy: true }] }))).toBe(
    false,
  );
});

test('a set that is empty now is emptied by name: kubectl takes no empty input', () => {
  const removals = [
    { ...object('Policy', 'old'), set: 'denies' as const, isPolicy: true },
    { ...object('ConfigMap', 'old'), set: 'objects' as const, isPolicy: false },
  ];
  const { steps } = plan(cluster('a', { sets: { objects: [], denies: [], backends: [] }, removals }));
  expect(steps.slice(1).map(({ commands }) => commands.map(({ args }) => args.slice(2).join(' ')))).toEqual([
    ['delete Policy old --namespace default --ignore-not-found'],
    ['delete ConfigMap old --namespace default --ignore-not-found'],
  ]);
});
