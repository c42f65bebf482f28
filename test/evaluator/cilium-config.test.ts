/** Cilium's ConfigMap says the same as the Helm values that the chart makes it of. */
import { Flag, SETTING_LIST } from '../../src/cilium/settings';
import { CiliumVersion } from '../../src/cilium/version';
import { CiliumConfig, valuesOfConfig } from '../../src/evaluator/read/cilium-config';
import { settingsOf } from '../../src/evaluator/read/cluster-settings';
import { SettingReader } from '../../src/evaluator/read/setting-reader';

// cilium-config of `helm template` with these values (install/kubernetes/cilium, v1.20.2 and v1.18.2)
test.each<[string, string, CiliumConfig, object]>([
  [
    'flags, texts and numbers',
    '1.20.2',
    {
      'cluster-name': 'paris',
      'cluster-id': '7',
      'max-connected-clusters': '511',
      'enable-ipv4': 'true',
      'enable-ipv6': 'false',
      'enable-policy': 'always',
      'policy-default-local-cluster': 'false',
      'clustermesh-enable-mcs-api': 'true',
      'enable-k8s-cluster-network-policy': 'true',
      'routing-mode': 'native',
      'auto-direct-node-routes': 'true',
    },
    {
      cluster: { name: 'paris', id: 7 },
      clustermesh: { maxConnectedClusters: 511, policyDefaultLocalCluster: false, mcsapi: { enabled: true } },
      ipv4: { enabled: true },
      ipv6: { enabled: false },
      policyEnforcementMode: 'always',
      k8sClusterNetworkPolicy: { enabled: true },
      routingMode: 'native',
      autoDirectNodeRoutes: true,
    },
  ],
  [
    'the names that an older chart has',
    '1.18.2',
    { 'clustermesh-enable-mcs-api': 'true', 'clustermesh-default-global-namespace': 'false' },
    { clustermesh: { enableMCSAPISupport: true } },
  ],
  [
    'pools',
    '1.20.2',
    {
      'ipam': 'cluster-pool',
      'cluster-pool-ipv4-cidr': '10.1.0.0/16 10.2.0.0/16',
      'cluster-pool-ipv4-mask-size': '25',
    },
    {
      ipam: {
        mode: 'cluster-pool',
        operator: { clusterPoolIPv4PodCIDRList: ['10.1.0.0/16', '10.2.0.0/16'], clusterPoolIPv4MaskSize: 25 },
      },
    },
  ],
  ['encryption', '1.20.2', { 'enable-wireguard': 'true' }, { encryption: { enabled: true, type: 'wireguard' } }],
  ['IPsec', '1.20.2', { 'enable-ipsec': 'true' }, { encryption: { enabled: true, type: 'ipsec' } }],
  ['no encryption', '1.20.2', { 'enable-ipsec': 'false' }, { encryption: { enabled: false } }],
  [
    'settings without a Helm value',
    '1.20.2',
    { 'allow-localhost': 'policy', 'enable-icmp-rules': 'false' },
    { extraConfig: { 'allow-localhost': 'policy', 'enable-icmp-rules': 'false' } },
  ],
  ['keys of other settings', '1.20.2', { 'debug': 'true', 'bpf-map-dynamic-size-ratio': '0.0025' }, {}],
  ['a cluster called true', '1.20.2', { 'cluster-name': 'true' }, { cluster: { name: 'true' } }],
  ['empty values', '1.20.2', { labels: '' }, {}],
])('%s', (_, version, config, values) => {
  expect(valuesOfConfig(config, CiliumVersion.parse(version)!)).toEqual(values);
});

describe('the evaluator reads the same from both', () => {
  const version = CiliumVersion.parse('1.20.2')!;

  test.each(
    // encryption has a key for each type, see above
    SETTING_LIST.filter(([name, { config }]) => config.length > 0 && name !== 'encryptionEnabled').map(
      ([name, setting]) => [name, setting] as const,
    ),
  )('%s', (_, setting) => {
    const [key] = setting.config;
    for (const text of ['true', 'false', '1', '10.1.0.0/16 10.2.0.0/16', 'native', 'always']) {
      const [written, extra] = [valuesOfConfig({ [key]: text }, version), { extraConfig: { [key]: text } }].map(
        values => new SettingReader(values, version),
      );
      if ('default' in setting) {
        expect([text, written.flag(setting as Flag)]).toEqual([text, extra.flag(setting as Flag)]);
      } else {
        expect([text, [written.any(setting)].flat().join(' ')]).toEqual([text, String(extra.any(setting))]);
      }
    }
  });

  test('a setting that is off by its key is off', () => {
    const config = { 'enable-k8s-networkpolicy': 'false', 'enable-policy': 'never' };
    const { unreadKinds, policy } = settingsOf('paris', version, valuesOfConfig(config, version));
    expect([unreadKinds.has('NetworkPolicy'), policy.enforcement]).toEqual([true, 'never']);
  });
});
