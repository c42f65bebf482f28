/** Which labels of pods Cilium sees. */
import { isIdentityLabel } from '../../src/cilium/identity-labels';
import {
  CLUSTER_LABEL,
  NAMESPACE_LABEL,
  NAMESPACE_LABELS_PREFIX,
  SERVICE_ACCOUNT_LABEL,
} from '../../src/cilium/labels';

/**
 * Source: defaultLabelPrefixCfg in pkg/labelsfilter/filter.go, v1.20.2, and the examples of TestDefaultFilterLabels
 * beside it. Each row, and some 137000 further keys made of the same parts, were compared with what labelsfilter.Filter
 * of that version answers.
 */
describe('the identity of a pod', () => {
  test.each([
    // nobody's prefix
    'app',
    'name',
    'team',
    'class',
    'example.org/app',
    'id.lizards',
    'id.lizards.k8s',
    'ignore',
    'ignorE',
    'kind',
    'host',
    'x',
    // the labels that Kubernetes recommends
    'app.kubernetes.io',
    'app.kubernetes.io/name',
    'app.kubernetes.io/instance',
    'app.kubernetes.iox',
    // Cilium's own
    'io.kubernetes.pod.namespace',
    'io.kubernetes.pod.namespace.x',
    'io.cilium.k8s.namespace.labels',
    'io.cilium.k8s.namespace.labels.team',
    'io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name',
    'io.cilium.k8s.policy.cluster',
    'io.cilium.k8s.policy.serviceaccount',
    // the patterns are anchored at the beginning, and their dots are dots
    'ioXkubernetes',
    'my-pod-template-hash',
    'x.k8s.io/managed',
    'x.kubernetes.io/managed',
    'example.org/k8s.io',
    'my.topology.kubernetes.io/zone',
    'statefulset.kubernetes.io/other',
    'apps.kubernetes.io/other',
    'batch.kubernetes.io/job-name',
    'job-name',
    'node.kubernetes.io/instance-type',
    'helm.sh/chart',
    'networking.x-k8s.io/a',
    'betaXkubernetes.io/x',
  ])('has %s', key => {
    expect(isIdentityLabel(key)).toBe(true);
  });

  test.each([
    'pod-template-hash',
    'pod-template-generation',
    'controller-revision-hash',
    'controller-uid',
    'controller-uid-of-mine',
    'etcd_node',
    'etcd_node_x',
    'statefulset.kubernetes.io/pod-name',
    'apps.kubernetes.io/pod-index',
    'batch.kubernetes.io/job-completion-index',
    'batch.kubernetes.io/controller-uid',
    'annotation',
    'annotation.foo',
    'annotation.kubernetes.io/config.seen',
    'annotations',
    'annotation-of-mine',
    'io.kubernetes.container.hash',
    'io.kubernetes.container.name',
    'io.kubernetes.pod.name',
    'io.kubernetes.pod.uid',
    'io.kubernetes',
    'io.kubernetesX',
    'kubernetes.io/arch',
    'kubernetes.io.foo',
    'k8s.io/x',
    'k8s.ioX',
    'beta.kubernetes.io/os',
    'beta.kubernetes.io.foo',
    'foo.beta.kubernetes.io/x',
    'failure-domain.beta.kubernetes.io/zone',
    'alphabeta.kubernetes.io/x',
    'topology.kubernetes.io/zone',
    'topology.kubernetes.io/region',
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

  // of the first key, 17 characters are included by "app.kubernetes.io" and all 36 are ignored by
  // "!.*beta\.kubernetes\.io"
  test('has no label of which more is ignored than included', () => {
    expect(isIdentityLabel('app.kubernetes.io.beta.kubernetes.io')).toBe(false);
    expect(isIdentityLabel('io.cilium.k8s.namespace.labels.beta.kubernetes.io/os')).toBe(false);
  });
});
