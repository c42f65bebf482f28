import { Diagnostic } from '../../src/diagnostics/diagnostic';
import { copiesText, groupCopies } from '../../src/reports/copies';

/** A finding about a policy of a cluster. */
const of = (cluster: string, more: Partial<Diagnostic> = {}): Diagnostic => ({
  code: 'half-open',
  severity: 'warning',
  cluster,
  file: `dist/${cluster}.k8s.yaml`,
  line: 12,
  path: 'spec.egress[0]',
  object: { apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', namespace: 'shop', name: 'web' },
  message: `this rule allows shop/web@${cluster} to reach shop/db@rome (dist/${cluster}.k8s.yaml:12)`,
  fix: `add the rule in rome; cilium-mesh explain shop/web@${cluster} shop/db@rome`,
  ...more,
});

const shown = (diagnostics: readonly Diagnostic[]) =>
  groupCopies(diagnostics).map(each => [each.first.cluster, copiesText(each)]);

test('findings of one policy of several clusters are shown once, with the other places', () => {
  expect(shown([of('bern'), of('lyon', { line: 14 }), of('paris', { file: undefined, message: of('paris').message })])).toEqual([
    ['bern', 'the same in lyon (dist/lyon.k8s.yaml:14), paris'],
  ]);
});

test('five other places are named, of more the first four', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  expect(shown(names.slice(0, 6).map(each => of(each)))[0][1]).toMatch(/ f \(dist\/f\.k8s\.yaml:12\)$/);
  expect(shown(names.map(each => of(each)))[0][1]).toMatch(/ e \(dist\/e\.k8s\.yaml:12\) and 2 more clusters$/);
});

test.each<[string, Diagnostic]>([
  ['another code', of('lyon', { code: 'dns-denied' })],
  ['another severity', of('lyon', { severity: 'info' })],
  ['another object', of('lyon', { object: { ...of('lyon').object!, name: 'cart' } })],
  ['another rule', of('lyon', { path: 'spec.egress[1]' })],
  ['another message', of('lyon', { message: of('lyon').message.replace('db', 'cache') })],
  ['the name of the cluster in another one', of('lyon', { message: of('bern').message.replace('@bern', '@lyon-2') })],
  ['a value', of('lyon', { got: '80' })],
  ['no object', of('lyon', { object: undefined })],
])('%s: not a copy', (_, other) => {
  expect(shown([of('bern'), other])).toEqual([['bern', undefined], ['lyon', undefined]]);
});

test('two findings of one cluster are no copies, and each has its own', () => {
  expect(shown([of('bern'), of('bern'), of('lyon'), of('lyon', { line: 20 })])).toEqual([
    ['bern', 'the same in lyon (dist/lyon.k8s.yaml:12)'],
    ['bern', 'the same in lyon (dist/lyon.k8s.yaml:20)'],
  ]);
});

test('without a cluster or an object, nothing is a copy', () => {
  const { cluster, object, ...rest } = of('bern');
  expect(groupCopies([{ ...rest, object }, { ...rest, object }])).toHaveLength(2);
  expect(groupCopies([{ ...rest, cluster }, { ...rest, cluster }])).toHaveLength(2);
});

test('names of clusters are no patterns', () => {
  expect(shown([of('b.rn'), of('bern', { message: of('b.rn').message.replace(/b\.rn/g, 'bern') })])).toEqual([
    ['b.rn', 'the same in bern (dist/bern.k8s.yaml:12)'],
  ]);
  expect(() => groupCopies([of('a(['), of('*')])).not.toThrow();
});
