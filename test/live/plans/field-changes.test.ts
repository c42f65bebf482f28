import * as fc from 'fast-check';
import { fieldChanges, formatPath, setsField, withoutServerFields } from '../../../src/live/plans/field-changes';

const texts = (before: unknown, after: unknown) =>
  fieldChanges(before, after).map(({ path, ...values }) => ({ path: formatPath(path), ...values }));

test.each<[string, unknown, unknown, ReturnType<typeof texts>]>([
  ['a value', { spec: { replicas: 2 } }, { spec: { replicas: 0 } }, [{ path: 'spec.replicas', before: 2, after: 0 }]],
  [
    'a list that becomes empty is another policy than one that is gone',
    { spec: { ingress: [] } },
    { spec: {} },
    [{ path: 'spec.ingress', before: [] }],
  ],
  ['an empty rule', { ingress: [] }, { ingress: [{}] }, [{ path: 'ingress[0]', after: {} }]],
  [
    'containers by their names',
    { containers: [{ name: 'web', image: '1' }, { name: 'log', image: '1' }] },
    { containers: [{ name: 'web', image: '2' }] },
    [
      { path: 'containers[web].image', before: '1', after: '2' },
      { path: 'containers[log]', before: { name: 'log', image: '1' } },
    ],
  ],
  [
    'the order of variables',
    { env: [{ name: 'A' }, { name: 'B' }] },
    { env: [{ name: 'B' }, { name: 'A' }] },
    [{ path: 'env', before: [{ name: 'A' }, { name: 'B' }], after: [{ name: 'B' }, { name: 'A' }] }],
  ],
  [
    'an annotation, where none was',
    { metadata: {} },
    { metadata: { annotations: { 'a.b/c': 'd' } } },
    [{ path: 'metadata.annotations["a.b/c"]', after: 'd' }],
  ],
])('%s', (_, before, after, changes) => {
  expect(texts(before, after)).toEqual(changes);
});

test('what the API server writes is no change', () => {
  const live = {
    kind: 'Deployment',
    metadata: {
      name: 'web',
      uid: '1',
      resourceVersion: '2',
      generation: 3,
      annotations: { 'deployment.kubernetes.io/revision': '4' },
    },
    status: { replicas: 1 },
  };
  expect(fieldChanges(withoutServerFields(live), { kind: 'Deployment', metadata: { name: 'web' } })).toEqual([]);
});

test('laws: equal values have no changes, others have some, and each change names different values', () => {
  const value = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(value, value, (one, other) => {
      expect(fieldChanges(one, structuredClone(one))).toEqual([]);
      const isSame = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
      expect(fieldChanges(one, other).length > 0).toBe(!isSame);
      fieldChanges(one, other).forEach(({ before, after }) => expect(before).not.toEqual(after));
    }),
  );
});

/** A value whose mappings are in the order of their keys; -0 is 0 in JSON. */
function sorted(value: any): any {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.keys(value).sort().map(key => [key, sorted(value[key])]))
    : value;
}

test.each([
  [{ spec: { template: {} } }, ['spec', 'replicas'], false],
  [{ spec: { replicas: 2 } }, ['spec', 'replicas'], true],
  [{ spec: {} }, ['spec'], true],
  [{ spec: { ingress: [{}] } }, ['spec', 'ingress', '[0]', 'toPorts'], true],
])('%j sets %j: %p', (manifest, path, is) => {
  expect(setsField(manifest, path)).toBe(is);
});
