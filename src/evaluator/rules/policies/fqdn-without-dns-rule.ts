import { inManifest, Rule } from '../rule';

export const fqdnWithoutDnsRule: Rule<'fqdn-without-dns-rule'> = {
  codes: {
    'fqdn-without-dns-rule': {
      severity: 'warning',
      title: 'toFQDNs without a DNS rule',
      documentation:
        'Cilium learns the addresses of `toFQDNs` from DNS answers that pass its DNS proxy. ' +
        'No egress rule of the cluster sends DNS through the proxy, so the rule selects no address.',
      fix: 'Allow egress to kube-dns on UDP/53 with rules: {dns: [{matchPattern: "*"}]}.',
    },
  },
  check(context, report) {
    for (const cluster of context.mesh.clusters) {
      const hasProxy = cluster.entries.some(
        ({ direction, ports }) => direction === 'egress' && ports.some(({ l7 }) => l7?.parser === 'dns'),
      );
      for (const { manifest, entries } of hasProxy ? [] : cluster.policies) {
        for (const { origin } of entries.filter(
          ({ peers }) => peers !== 'none' && peers.some(({ kind }) => kind === 'fqdn'),
        )) {
          report('fqdn-without-dns-rule', {
            at: inManifest(cluster.name, manifest, `${origin.path}.toFQDNs`),
            message:
              `no egress rule in ${cluster.name} sends DNS through Cilium's DNS proxy, so toFQDNs learns no ` +
              'addresses and the rule matches nothing',
            fix: 'add rules: {dns: [{matchPattern: "*"}]} to toPorts of the egress rule for kube-dns on UDP/53',
          });
        }
      }
    }
  },
};
