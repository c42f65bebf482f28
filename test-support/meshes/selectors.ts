/** Selectors of pods, and of everybody else who has labels. */
import * as fc from 'fast-check';
import { CLUSTERS, list, maybe, mostly, NAMESPACES, one, record, some, weighted } from './arbitraries';

export const CLUSTER_KEYS = [
  'io.cilium.k8s.policy.cluster',
  'k8s:io.cilium.k8s.policy.cluster',
  'any:io.cilium.k8s.policy.cluster',
  'unspec:io.cilium.k8s.policy.cluster',
];
export const NAMESPACE_KEYS = [
  'io.kubernetes.pod.namespace',
  'k8s:io.kubernetes.pod.namespace',
  'any:io.kubernetes.pod.namespace',
  'unspec:io.kubernetes.pod.namespace',
];
const APP_KEYS = ['app', 'k8s:app', 'any:app', 'unspec:app'];
const TEAM_KEYS = [
  'io.cilium.k8s.namespace.labels.team',
  'k8s:io.cilium.k8s.namespace.labels.team',
  'any:io.cilium.k8s.namespace.labels.team',
  'unspec:io.cilium.k8s.namespace.labels.team',
];
const VALUES = ['web', 'db', '1', '2', 'koornacht', 'tion', 'default', 'shop', 'a', 'rebel', ''];

/** A condition on one of some keys. */
export const operator = (key: fc.Arbitrary<string>, values: fc.Arbitrary<string> = one(...VALUES)) =>
  mostly<any>(
    fc.oneof(
      fc.record({ key, operator: one('In', 'NotIn'), values: some(values) }),
      fc.record({ key, operator: one('Exists', 'DoesNotExist') }),
    ),
    fc.oneof(
      fc.record({ key, operator: one('In', 'Exists'), values: one([], ['web'], ['a b'], ['-']) }),
      fc.record({ key, operator: one('Exist', 'Gt') }),
    ),
    60,
  );

const expressions = (keys: string[]) => maybe(list(operator(one(...keys)), 2));

const labelOf = (keys: string[], values: string[]) => fc.record({ key: one(...keys), value: one(...values) });

/**
 * matchLabels never has one key twice under two sources: which of the values wins changes from run to run in Cilium.
 */
export function matchLabels(
  choices: Array<fc.Arbitrary<{ key: string; value: string }>>,
): fc.Arbitrary<{ [key: string]: string }> {
  return fc.tuple(...choices.map(choice => maybe(choice))).map(chosen => {
    const byName = new Map<string, { key: string; value: string }>();
    for (const each of chosen) {
      if (each) {
        byName.set(each.key.replace(/^(k8s|any|unspec):/, ''), each);
      }
    }
    return Object.fromEntries([...byName.values()].map(({ key, value }) => [key, value]));
  });
}

const APP = labelOf(APP_KEYS, ['web', 'db', 'x']);

export const subjectSelector = weighted<any>(
  [6, fc.constant({})],
  [
    18,
    record({
      matchLabels: maybe(
        matchLabels([
          APP,
          labelOf(['tier'], ['1', '2']),
          labelOf(NAMESPACE_KEYS, NAMESPACES),
          labelOf(CLUSTER_KEYS, CLUSTERS),
          labelOf(TEAM_KEYS, ['a', 'b']),
        ]),
      ),
      matchExpressions: expressions(['app', 'tier', ...CLUSTER_KEYS]),
    }),
  ],
  [
    1,
    one<any>(
      { matchLabels: { 'reserved:init': '' } },
      { matchLabels: { 'reserved:host': '' } },
      { matchExpressions: [{ key: 'reserved:init', operator: 'DoesNotExist' }] },
    ),
  ],
);

const NODE_KEYS = ['zone', 'k8s:zone', 'any:zone', 'unspec:zone', 'node:zone'];

/** Selectors of nodes, as subjects and as peers. */
export const nodeSelector = weighted<any>(
  [2, fc.constant({})],
  [
    6,
    record({
      matchLabels: maybe(
        matchLabels([
          labelOf(NODE_KEYS, ['a', 'b']),
          labelOf(['role', 'node-role.kubernetes.io/control-plane', 'kubernetes.io/hostname'], ['', 'a', 'node@tion']),
          labelOf(CLUSTER_KEYS, CLUSTERS),
        ]),
      ),
      matchExpressions: maybe(
        list(operator(one(...NODE_KEYS, 'role', ...CLUSTER_KEYS), one('a', 'b', ...CLUSTERS)), 1),
      ),
    }),
  ],
  [1, one<any>({ matchLabels: { 'reserved:host': '' } }, { matchLabels: { 'reserved:remote-node': '' } })],
);

const odd = one<any>(
  { matchLabels: { 'a:b:c': 'x' } },
  { matchLabels: { ':app': 'web' } },
  { matchLabels: { 'a b': 'x' } },
  { matchLabels: { app: 'a b' } },
  { matchLabels: { $host: '' } },
  { matchLabels: { app: '-web' } },
  { matchExpressions: [{ key: 'k-8s:app', operator: 'Exists' }] },
  { matchLabels: { [`${'a'.repeat(60)}`]: 'x' } },
  { matchLabels: { [`${'a'.repeat(64)}`]: 'x' } },
  { matchLabels: { 'A.b/c': 'x' } },
  { matchLabels: { '': 'x' } },
  { matchExpressions: [{ operator: 'Exists' }] },
);

export const peerSelector = mostly<any>(
  record({
    matchLabels: maybe(
      matchLabels([
        APP,
        labelOf(['tier', 'pod-template-hash', 'side'], ['1', '2', 'rebel']),
        labelOf(NAMESPACE_KEYS, NAMESPACES),
        labelOf(CLUSTER_KEYS, [...CLUSTERS, 'nowhere']),
        labelOf(TEAM_KEYS, ['a', 'b']),
        labelOf(['io.cilium.k8s.policy.serviceaccount', 'k8s:io.cilium.k8s.policy.serviceaccount'], ['web', 'default']),
      ]),
    ),
    matchExpressions: expressions([
      'app',
      'tier',
      'side',
      'any:side',
      ...CLUSTER_KEYS,
      ...NAMESPACE_KEYS,
      ...TEAM_KEYS,
      'reserved:host',
      'io.cilium.k8s.policy.serviceaccount',
    ]),
  }),
  odd,
);

const RESERVED = [
  'host',
  'remote-node',
  'world',
  'world-ipv4',
  'kube-apiserver',
  'ingress',
  'health',
  'init',
  'unmanaged',
  'none',
];

/** With a reserved label neither namespace nor cluster are added. */
export const reservedSelector = fc.oneof<fc.Arbitrary<any>[]>(
  one(...RESERVED).map(name => ({ matchLabels: { [`reserved:${name}`]: '' } })),
  fc.record({
    matchExpressions: fc.tuple(
      operator(one(...RESERVED.map(name => `reserved:${name}`)), fc.constant('')),
      operator(one('app', 'side', 'cidrgroup:side', 'any:tier', ...CLUSTER_KEYS, ...NAMESPACE_KEYS)),
    ),
  }),
  fc.record({ matchExpressions: fc.tuple(operator(one('any:host', 'any:world'), fc.constant(''))) }),
);

export const groupSelector = mostly<any>(
  record({
    matchLabels: maybe(
      matchLabels([
        labelOf(['side', 'cidrgroup:side'], ['rebel', 'empire']),
        labelOf(['tier', 'any:tier', 'k8s:tier'], ['1', '2']),
      ]),
    ),
    matchExpressions: maybe(
      list(operator(one('side', 'tier', 'cidrgroup:tier', 'any:side'), one('rebel', 'empire', '1', '2')), 2),
    ),
  }),
  odd,
);

export const serviceSelector = record({
  matchLabels: maybe(
    matchLabels([labelOf(['tier', 'k8s:tier', 'x:tier'], ['1', '2']), labelOf(['app'], ['web', 'db'])]),
  ),
  matchExpressions: maybe(
    list(
      fc.oneof(
        fc.record({ key: one('tier', 'any:app'), operator: one('In', 'NotIn'), values: list(one('1', '2', 'web')) }),
        fc.record({ key: one('tier', 'app', 'none'), operator: one('Exists', 'DoesNotExist') }),
      ),
      1,
    ),
  ),
});
