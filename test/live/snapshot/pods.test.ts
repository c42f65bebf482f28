/** Pods of a snapshot whose node stays the same. */
import { groupPods, listedPod } from '../../../src/live/snapshot/pods';

const pod = (name: string, hostNetwork: boolean, owner?: string) => ({
  metadata: {
    name,
    namespace: 'kube-system',
    ...(owner ? { ownerReferences: [{ apiVersion: 'v1', kind: owner, name: 'n1', controller: true }] } : {}),
  },
  spec: { nodeName: 'n1', ...(hostNetwork ? { hostNetwork } : {}), containers: [{ name: 'a' }] },
});

test('pods with host network that no controller moves keep their node', () => {
  const pods = [pod('etcd-n1', true, 'Node'), pod('debug', true), pod('web', false), pod('agent-x', true, 'DaemonSet')];
  const specs = groupPods([], pods.map(listedPod)).map(({ kind, metadata, spec }) => [kind, metadata.name, spec]);
  expect(specs).toEqual([
    ['DaemonSet', 'n1', { replicas: 1, template: { metadata: {}, spec: { hostNetwork: true, containers: [{ name: 'a' }] } } }],
    ['Pod', 'etcd-n1', { nodeName: 'n1', hostNetwork: true, containers: [{ name: 'a' }] }],
    ['Pod', 'debug', { nodeName: 'n1', hostNetwork: true, containers: [{ name: 'a' }] }],
    ['Pod', 'web', { containers: [{ name: 'a' }] }],
  ]);
});
