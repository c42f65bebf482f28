import * as fc from 'fast-check';
import {
  DefaultDenyPolicy,
  DefaultDenyPolicyProps,
  DenyDirection,
  DnsAccess,
  LabelExpression,
  Selector,
} from '../../../src';
import { labelsFor } from '../../../src/constructs/policy/selector';
import { crdErrors } from '../../support/crds';
import { meshOf, objectOf } from '../../support/mesh';

function written(props: DefaultDenyPolicyProps, kind: string = 'CiliumNetworkPolicy'): any {
  const mesh = meshOf();
  new DefaultDenyPolicy(mesh, 'default-deny', props);
  const policy = objectOf(mesh, 'a', kind, 'default-deny');
  expect(crdErrors(policy)).toEqual([]);
  return policy;
}

test('both directions by default, with DNS of the cluster itself', () => {
  expect(written({}).spec).toEqual({
    description: 'Default Deny',
    endpointSelector: {},
    ingress: [{}],
    egress: [
      {
        toEndpoints: [
          {
            matchLabels: {
              'k8s-app': 'kube-dns',
              'io.kubernetes.pod.namespace': 'kube-system',
              'io.cilium.k8s.policy.cluster': 'a',
            },
          },
        ],
        toPorts: [
          {
            ports: [
              { port: '53', protocol: 'UDP' },
              { port: '53', protocol: 'TCP' },
            ],
            rules: { dns: [{ matchPattern: '*' }] },
          },
        ],
      },
    ],
  });
});

test.each<[string, DefaultDenyPolicyProps, { ingress?: any; egress?: any }]>([
  ['ingress only', { direction: DenyDirection.INGRESS }, { ingress: [{}] }],
  ['egress only, without DNS', { direction: DenyDirection.EGRESS, dns: DnsAccess.NONE }, { egress: [{}] }],
  ['both, without DNS', { dns: DnsAccess.NONE }, { ingress: [{}], egress: [{}] }],
])('%s', (_, props, sections) => {
  const { description, endpointSelector, ...rest } = written(props).spec;
  expect(rest).toEqual(sections);
});

test('UDP alone, as the lab has it', () => {
  expect(written({ dns: DnsAccess.UDP }).spec.egress[0].toPorts).toEqual([
    { ports: [{ port: '53', protocol: 'UDP' }], rules: { dns: [{ matchPattern: '*' }] } },
  ]);
});

test('DNS servers of another name and place', () => {
  const { egress } = written({
    dnsLabels: { 'dns.operator.openshift.io/daemonset-dns': 'default' },
    dnsNamespace: 'openshift-dns',
  }).spec;
  expect(egress[0].toEndpoints[0].matchLabels).toEqual({
    'dns.operator.openshift.io/daemonset-dns': 'default',
    'io.kubernetes.pod.namespace': 'openshift-dns',
    'io.cilium.k8s.policy.cluster': 'a',
  });
});

test('clusterwide: pods of all namespaces but kube-system, and no endpoints that are no pods', () => {
  const policy = written({ clusterwide: true }, 'CiliumClusterwideNetworkPolicy');
  expect(policy.metadata).toEqual({ name: 'default-deny' });
  expect(policy.spec.endpointSelector).toEqual({
    matchExpressions: [
      { key: 'io.kubernetes.pod.namespace', operator: 'Exists' },
      { key: 'io.kubernetes.pod.namespace', operator: 'NotIn', values: ['kube-system'] },
    ],
  });
});

test('in the clusters that are named, and in the cluster in which it is created', () => {
  const mesh = meshOf(3);
  expect(
    new DefaultDenyPolicy(mesh, 'one', { clusters: [mesh.cluster('c'), mesh.cluster('a')] }).policies.map(
      policy => policy.node.path,
    ),
  ).toEqual(['a/mesh:one/policy', 'c/mesh:one/policy']);
  expect(new DefaultDenyPolicy(mesh.cluster('b'), 'two').policies.map(policy => policy.node.path)).toEqual([
    'b/two/policy',
  ]);
});

test('an exception of one label', () => {
  expect(written({ exceptions: [Selector.labels({ app: 'proxy' })] }).spec.endpointSelector).toEqual({
    matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['proxy'] }],
  });
});

/** apimachinery's label selectors, on plain labels. */
function selects(selector: any, labels: { [key: string]: string }): boolean {
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values }: any) => {
      switch (operator) {
        case 'In':
          return key in labels && values.includes(labels[key]);
        case 'NotIn':
          return !(key in labels) || !values.includes(labels[key]);
        case 'Exists':
          return key in labels;
        default:
          return !(key in labels);
      }
    })
  );
}

function plain({ _key: key, _operator: operator, _values: values }: LabelExpression): object {
  return { key, operator, values };
}

function termsOf({ labels, expressions }: { labels: object; expressions: readonly LabelExpression[] }): any {
  return { matchLabels: labels, matchExpressions: expressions.map(plain) };
}

test('law: a pod is denied exactly when no exception selects it', () => {
  const key = fc.constantFrom('app', 'tier', 'env');
  const value = fc.constantFrom('1', '2');
  const expression = fc.oneof(
    fc.tuple(key, fc.uniqueArray(value, { minLength: 1 })).map(([k, v]) => LabelExpression.isIn(k, v)),
    fc.tuple(key, fc.uniqueArray(value, { minLength: 1 })).map(([k, v]) => LabelExpression.isNotIn(k, v)),
    key.map(LabelExpression.exists),
    key.map(LabelExpression.doesNotExist),
  );
  const exception = fc
    .record({ labels: fc.dictionary(key, value, { maxKeys: 2 }), expressions: fc.array(expression, { maxLength: 2 }) })
    .filter(({ labels, expressions }) => Object.keys(labels).length + expressions.length > 0)
    .filter(each => labelsFor(termsOf(each)) !== undefined);
  fc.assert(
    fc.property(
      fc.array(exception, { minLength: 1, maxLength: 3 }),
      fc.array(fc.dictionary(key, value), { minLength: 1, maxLength: 10 }),
      (exceptions, pods) => {
        const mesh = meshOf();
        const created = new DefaultDenyPolicy(mesh.cluster('a'), 'p', {
          exceptions: exceptions.map(({ labels, expressions }) =>
            Selector.of({
              ...(Object.keys(labels).length > 0 ? { labels } : {}),
              ...(expressions.length > 0 ? { expressions } : {}),
            }),
          ),
        });
        const isEmpty = mesh.faults().some(({ code }) => code === 'exceptions-all');
        const { spec, specs } = isEmpty ? { spec: undefined, specs: [] } : created.policies[0].toJson();
        for (const pod of pods) {
          const denied = (specs ?? [spec]).some((each: any) => selects(each.endpointSelector, pod));
          const excepted = exceptions.some(each => selects(termsOf(each), pod));
          expect(denied).toBe(!excepted);
        }
      },
    ),
  );
});
