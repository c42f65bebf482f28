import { checkValues } from '../../../src/live/plans/preflight-check';

test('the check gets only the values that its own objects need', () => {
  const values = {
    cluster: { name: 'a', id: 1 },
    hubble: { relay: { enabled: true } },
    clustermesh: { useAPIServer: true, apiserver: { tls: { auto: { method: 'helm' } } } },
    operator: { replicas: 2 },
    agent: true,
    k8sServiceHost: '10.0.0.1',
    k8sServicePort: 6443,
    imagePullSecrets: [{ name: 'registry' }],
    preflight: { image: { repository: 'registry.example/cilium' }, validateCNPs: false, enabled: false },
    upgradeCompatibility: null,
  };
  expect(checkValues(values)).toEqual({
    agent: false,
    operator: { enabled: false },
    k8sServiceHost: '10.0.0.1',
    k8sServicePort: 6443,
    imagePullSecrets: [{ name: 'registry' }],
    preflight: { image: { repository: 'registry.example/cilium' }, validateCNPs: false, enabled: true },
  });
  expect(checkValues({})).toEqual({ agent: false, operator: { enabled: false }, preflight: { enabled: true } });
});
