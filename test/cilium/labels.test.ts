/** Which labels Cilium sees, and what a label, a namespace and a Service may be called. */
import {
  CLUSTER_LABEL, isDnsLabel, isDnsSubdomain, isIdentityLabel, isServiceName, labelKeyProblem, labelValueProblem, NAMESPACE_LABEL,
  NAMESPACE_LABELS_PREFIX, SERVICE_ACCOUNT_LABEL,
} from '../../src/cilium/labels';

/**
 * Source: defaultLabelPrefixCfg in pkg/labelsfilter/filter.go, v1.20.2, and the examples of TestDefaultFilterLabels beside it. Each row, and some
 * 137000 further keys made of the same parts, were compared with what labelsfilter.Filter of that version answers.
 */
describe('the identity of a pod', () => {
  test.each([
    // nobody's prefix
    'app', 'name', 'team', 'class', 'example.org/app', 'id.lizards', 'id.lizards.k8s', 'ignore', 'ignorE', 'kind', 'host', 'x',
    // the labels that Kubernetes recommends
    'app.kubernetes.io', 'app.kubernetes.io/name', 'app.kubernetes.io/instance', 'app.kubernetes.iox',
    // Cilium's own
    'io.kubernetes.pod.namespace', 'io.kubernetes.pod.namespace.x', 'io.cilium.k8s.namespace.labels', 'io.cilium.k8s.namespace.labels.team',
    'io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name', 'io.cilium.k8s.policy.cluster', 'io.cilium.k8s.policy.serviceaccount',
    // the patterns are anchored at the beginning, and their dots are dots
    'ioXkubernetes', 'my-pod-template-hash', 'x.k8s.io/managed', 'x.kubernetes.io/managed', 'example.org/k8s.io', 'my.topology.kubernetes.io/zone',
    'statefulset.kubernetes.io/other', 'apps.kubernetes.io/other', 'batch.kubernetes.io/job-name', 'job-name', 'node.kubernetes.io/instance-type',
    'helm.sh/chart', 'networking.x-k8s.io/a', 'betaXkubernetes.io/x',
  ])('has %s', key => {
    expect(isIdentityLabel(key)).toBe(true);
  });

  test.each([
    'pod-template-hash', 'pod-template-generation', 'controller-revision-hash', 'controller-uid', 'controller-uid-of-mine',
    'etcd_node', 'etcd_node_x',
    'statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index', 'batch.kubernetes.io/job-completion-index',
    'batch.kubernetes.io/controller-uid',
    'annotation', 'annotation.foo', 'annotation.kubernetes.io/config.seen', 'annotations', 'annotation-of-mine',
    'io.kubernetes.container.hash', 'io.kubernetes.container.name', 'io.kubernetes.pod.name', 'io.kubernetes.pod.uid',
    'io.kubernetes', 'io.kubernetesX',
    'kubernetes.io/arch', 'kubernetes.io.foo', 'k8s.io/x', 'k8s.ioX',
    'beta.kubernetes.io/os', 'beta.kubernetes.io.foo', 'foo.beta.kubernetes.io/x', 'failure-domain.beta.kubernetes.io/zone',
    'alphabeta.kubernetes.io/x',
    'topology.kubernetes.io/zone', 'topology.kubernetes.io/region',
  ])('has not %s', key => {
    expect(isIdentityLabel(key)).toBe(false);
  });

  test('has the labels that Cilium adds, by the names that policies use', () => {
    const keys = [NAMESPACE_LABEL, `${NAMESPACE_LABELS_PREFIX}.team`, SERVICE_ACCOUNT_LABEL, CLUSTER_LABEL];

    expect(keys.map(key => [key, isIdentityLabel(key)])).toEqual([
      ['io.kubernetes.pod.namespace', true],
      ['io.cilium.k8s.namespace.labels.team', true],
      ['io.cilium.k8s.policy.serviceaccount', true],
      ['io.cilium.k8s.policy.cluster', true],
    ]);
  });

  // of the first key, 17 characters are included by "app.kubernetes.io" and all 36 are ignored by "!.*beta\.kubernetes\.io"
  test('has no label of which more is ignored than included', () => {
    expect(isIdentityLabel('app.kubernetes.io.beta.kubernetes.io')).toBe(false);
    expect(isIdentityLabel('io.cilium.k8s.namespace.labels.beta.kubernetes.io/os')).toBe(false);
  });
});

/** Source: k8s.io/apimachinery/pkg/util/validation, IsQualifiedName. */
describe('a label key', () => {
  test.each([
    'a', 'app', 'App_1.x-y', '0', 'example.org/app', 'a.b.c/D', label(63), `${label(63)}.${label(63)}.${label(63)}.${label(61)}/x`,
  ])('may be %s', key => {
    expect(labelKeyProblem(key)).toBeUndefined();
  });

  test.each<[key: unknown, problem: string]>([
    ['', 'has a name that is not'],
    ['-a', 'has a name that is not'],
    ['a-', 'has a name that is not'],
    ['.a', 'has a name that is not'],
    ['a b', 'has a name that is not'],
    ['a\n', 'has a name that is not'],
    ['ä', 'has a name that is not'],
    ['k8s:app', 'has a name that is not'],
    ['x'.repeat(64), 'has a name that is not 1 to 63'],
    ['example.org/', 'has a name that is not'],
    ['/app', 'has a prefix that is not a DNS subdomain'],
    ['Example.org/app', 'has a prefix that is not a DNS subdomain'],
    ['example..org/app', 'has a prefix that is not a DNS subdomain'],
    ['example_org/app', 'has a prefix that is not a DNS subdomain'],
    [`${label(63)}.${label(63)}.${label(63)}.${label(62)}/x`, 'has a prefix that is not a DNS subdomain'],
    ['a/b/c', 'has more than one slash'],
    [7, 'is not a string'],
    [null, 'is not a string'],
    [undefined, 'is not a string'],
  ])('may not be %j', (key, problem) => {
    expect(labelKeyProblem(key)).toContain(problem);
  });
});

/** Source: k8s.io/apimachinery/pkg/util/validation, IsValidLabelValue. */
describe('a label value', () => {
  test.each(['', 'a', '0', 'Rebel.base_1-x', 'x'.repeat(63)])('may be "%s"', value => {
    expect(labelValueProblem(value)).toBeUndefined();
  });

  test.each<[value: unknown, problem: string]>([
    ['-a', 'beginning and ending with a letter or digit'],
    ['a.', 'beginning and ending with a letter or digit'],
    ['a/b', 'is not at most 63'],
    ['a b', 'is not at most 63'],
    ['a\n', 'is not at most 63'],
    ['x'.repeat(64), 'is not at most 63'],
    [true, 'is not a string'],
    [7, 'is not a string'],
    [null, 'is not a string'],
  ])('may not be %j', (value, problem) => {
    expect(labelValueProblem(value)).toContain(problem);
  });
});

/** Source: k8s.io/apimachinery/pkg/util/validation, IsDNS1123Label, IsDNS1035Label and IsDNS1123Subdomain. */
describe('names', () => {
  test.each<[text: unknown, namespace: boolean, service: boolean, subdomain: boolean]>([
    ['a', true, true, true],
    ['default', true, true, true],
    ['kube-system', true, true, true],
    ['a1-b2', true, true, true],
    ['1a', true, false, true],
    ['7', true, false, true],
    [label(63), true, true, true],
    [label(64), false, false, true], // only the whole of a subdomain has a limit
    ['a.b', false, false, true],
    ['a.1.c-d', false, false, true],
    [`${label(63)}.${label(63)}.${label(63)}.${label(61)}`, false, false, true],
    [`${label(63)}.${label(63)}.${label(63)}.${label(62)}`, false, false, false],
    ['', false, false, false],
    ['-a', false, false, false],
    ['a-', false, false, false],
    ['A', false, false, false],
    ['a_b', false, false, false],
    ['a..b', false, false, false],
    ['a.-b', false, false, false],
    ['.a', false, false, false],
    ['a.', false, false, false],
    ['a\n', false, false, false],
    ['ä', false, false, false],
    [7, false, false, false],
    [null, false, false, false],
    [undefined, false, false, false],
  ])('%j: of a namespace %j, of a Service %j, of most objects %j', (text, namespace, service, subdomain) => {
    expect([isDnsLabel(text), isServiceName(text), isDnsSubdomain(text)]).toEqual([namespace, service, subdomain]);
  });
});

function label(length: number): string {
  return 'x'.repeat(length);
}
