import { inManifest, Rule } from '../rule';

export const hostFirewallDisabled: Rule<'host-firewall-disabled'> = {
  codes: {
    'host-firewall-disabled': {
      severity: 'warning',
      title: 'The policy selects nodes, and the host firewall is off',
      documentation:
        'Cilium enforces policies with `nodeSelector` only with `hostFirewall.enabled: true` ' +
        '(Documentation/security/host-firewall.rst, v1.20.2). It is off by default.',
      fix: 'Set hostFirewall.enabled: true in the Helm values, or remove the policy from the cluster.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies.filter(each => !each.cluster.settings.policy.hostFirewall)) {
      const specs = new Set(
        policy.entries.filter(({ node }) => node).map(entry => context.specOf(policy, entry).path),
      );
      for (const path of specs) {
        report('host-firewall-disabled', {
          at: inManifest(cluster.name, policy.manifest, `${path}.nodeSelector`),
          message: `the host firewall is off in ${cluster.name}, so Cilium enforces nothing of this policy on nodes`,
          fix: 'set hostFirewall.enabled: true in the Helm values, or remove the policy from this cluster',
        });
      }
    }
  },
};
