/** Orders of changes that are written by hand: what the preferred order breaks, and where none helps. */
import { orderChanges, MeshChange, OrderScope } from '../../src/evaluator/queries/order/change-order';
import { ObjectChange } from '../../src/evaluator/queries/order/change-states';
import { readManifests } from '../../src/manifests/documents';
import { ClusterInput } from '../../src/manifests/input';
import { Manifest } from '../../src/manifests/manifest';

const deployment = (app: string, labels = '') =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${app}, namespace: default}\nspec: {selector: {matchLabels: ` +
  `{app: ${app}}}, template: {metadata: {labels: {app: ${app}${labels}}}, spec: {containers: [{name: c, image: i}]}}}\n`;
const policy = (name: string, app: string, spec: string) =>
  `apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: ${name}, namespace: default}\n` +
  `spec: {endpointSelector: {matchLabels: {${app}}}, ${spec}}\n`;
const from = (app: string) => `ingress: [{fromEndpoints: [{matchLabels: {'k8s:io.cilium.k8s.policy.cluster': a, app: ${app}}}]}]`;
const to = (app: string, cluster = 'a') =>
  `egress: [{toEndpoints: [{matchLabels: {'k8s:io.cilium.k8s.policy.cluster': ${cluster}, app: ${app}}}]}]`;

const keyOf = ({ object: { kind, metadata } }: Manifest) => `${kind} ${metadata.name}`;

/** The change of two meshes, each with the documents of its clusters. */
function change(before: { [cluster: string]: string[] }, after: { [cluster: string]: string[] }): MeshChange {
  const names = Object.keys(after);
  const changes: ObjectChange[] = [];
  const clusters = names.map((name, index): ClusterInput => {
    const [was, is] = [before, after].map(
      mesh => new Map(readManifests(mesh[name].join('---\n'), `${name}.yaml`).manifests.map(each => [keyOf(each), each])),
    );
    const constant: Manifest[] = [];
    for (const key of new Set([...was.keys(), ...is.keys()])) {
      const [one, other] = [was.get(key), is.get(key)];
      if (one && other && JSON.stringify(one.object) === JSON.stringify(other.object)) {
        constant.push(one);
      } else {
        changes.push({ cluster: name, before: one, after: other });
      }
    }
    const settings = { name, id: index + 1, manifests: [] };
    return { name, id: index + 1, manifests: constant, notes: [], settings, declared: { file: 'mesh.yaml', line: () => 1 } };
  });
  return { input: { source: 'mesh.yaml', clusters }, changes };
}

/** The steps in their order, each with what breaks the law after it. */
function ordered(meshChange: MeshChange, scope?: OrderScope): string[] {
  const { steps, states } = orderChanges(meshChange, scope);
  return steps.map(({ cluster, changes }, index) => {
    const names = changes.map(({ before, after }) => `${after ? (before ? '~' : '+') : '-'} ${keyOf((after ?? before)!)}`);
    const breaks = states[index]?.map(({ kind, sources, destinations, ranges }) => {
      const workloads = (classes: typeof sources) =>
        classes.flatMap(each => each.workloads.map(({ name, cluster: home }) => `${name}@${home}`)).join();
      return `${kind} ${workloads(sources)} -> ${workloads(destinations)} ${ranges.length}`;
    });
    return `${cluster}: ${names.join(', ')}${breaks === undefined ? ' ?' : breaks.map(each => `; ${each}`).join('')}`;
  });
}

const PODS = ['web', 'api', 'db'].map(app => deployment(app));

test('an allow that moves to a new, wider policy comes before the old one shrinks', () => {
  const before = { a: [...PODS, policy('narrow', 'app: web', from('api'))] };
  const after = { a: [...PODS, policy('narrow', 'app: web', from('db')), policy('wide', 'app: web', from('api'))] };
  expect(ordered(change(before, after))).toEqual(['a: + CiliumNetworkPolicy wide', 'a: ~ CiliumNetworkPolicy narrow']);
  // the other way round, the new policy would be there too late
  expect(ordered(change(after, before))).toEqual(['a: ~ CiliumNetworkPolicy narrow', 'a: - CiliumNetworkPolicy wide']);
});

test('what closes comes before what opens: the preferred order would open a flow for a moment', () => {
  const mesh = (web: string, more: string[]) => ({
    a: [...PODS, policy('web', 'app: web', to(web, 'b'))],
    b: [...PODS, ...more],
  });
  const deny = policy('deny', 'app: api', 'ingress: [{}]');
  const changes = change(mesh('db', []), mesh('api', [deny]));
  expect(ordered(changes)).toEqual(['b: + CiliumNetworkPolicy deny', 'a: ~ CiliumNetworkPolicy web']);
  // a alone, and a first, cannot obey the law
  expect(ordered(changes, { clusters: ['a'] })).toEqual([
    expect.stringMatching(/^a: ~ CiliumNetworkPolicy web; opened web@a -> api@b \d$/),
  ]);
  expect(ordered(changes, { first: ['a'] })).toEqual([
    expect.stringMatching(/^a: ~ CiliumNetworkPolicy web; opened web@a -> api@b \d$/),
    'b: + CiliumNetworkPolicy deny',
  ]);
  expect(ordered(changes, { clusters: ['b'] })).toEqual(['b: + CiliumNetworkPolicy deny']);
});

test('two new policies for the same pods: no order helps, and the flows are named', () => {
  const changes = change(
    { a: PODS },
    { a: [...PODS, policy('one', 'app: web', from('api')), policy('other', 'app: web', from('db'))] },
  );
  expect(ordered(changes)).toEqual([
    expect.stringMatching(/^a: \+ CiliumNetworkPolicy one; interrupted db@a -> web@a \d$/),
    'a: + CiliumNetworkPolicy other',
  ]);
  expect(orderChanges(changes)).toMatchObject({ isExhausted: true, judged: 2 });
});

test('pods come behind all policies and go before them', () => {
  const all = { a: [...PODS, policy('deny', 'app: web', 'ingress: [{}]')], b: [policy('deny', 'app: web', 'ingress: [{}]')] };
  const come = ['+ Deployment api, + Deployment db, + Deployment web'].join('');
  expect(ordered(change({ a: [], b: [] }, all))).toEqual([
    'a: + CiliumNetworkPolicy deny',
    'b: + CiliumNetworkPolicy deny',
    `a: ${come}`,
  ]);
  expect(ordered(change(all, { a: [], b: [] }))).toEqual([
    `a: ${come.replaceAll('+', '-')}`,
    'a: - CiliumNetworkPolicy deny',
    'b: - CiliumNetworkPolicy deny',
  ]);
});

test('labels of pods wait for the policy that allows them', () => {
  const mesh = (label: string, app: string) => ({
    a: [deployment('web'), deployment('api', label), policy('web', 'app: web', from(app))],
  });
  const both = 'ingress: [{fromEndpoints: [{matchLabels: {\'k8s:io.cilium.k8s.policy.cluster\': a, tier: front}}, ' +
    '{matchLabels: {\'k8s:io.cilium.k8s.policy.cluster\': a, app: api}}]}]';
  const after = { a: [deployment('web'), deployment('api', ', tier: front'), policy('web', 'app: web', both)] };
  expect(ordered(change(mesh('', 'api'), after))).toEqual(['a: ~ CiliumNetworkPolicy web', 'a: ~ Deployment api']);
});

test('beyond the limit, what breaks is unknown and not safe', () => {
  const before = { a: [...PODS, policy('narrow', 'app: web', from('api'))] };
  const after = { a: [...PODS, policy('narrow', 'app: web', from('db')), policy('wide', 'app: web', from('api'))] };
  const order = orderChanges(change(before, after), { limit: 1 });
  expect([order.limit, order.judged, order.states]).toEqual([1, 0, [undefined, []]]);
});

test('a mesh without pods needs no judgement, however many policies come', () => {
  const many = Array.from({ length: 600 }, (_, index) => policy(`p${index}`, 'app: web', from('api')));
  const order = orderChanges(change({ a: [] }, { a: [...many, ...PODS] }));
  expect([order.limit, order.judged, order.steps.length, order.states.flat()]).toEqual([undefined, 0, 601, []]);
});
