import { didYouMean } from '../../../diagnostics/did-you-mean';
import { formatChoice } from '../../../diagnostics/texts';
import { inManifest, Rule } from '../rule';

export const cidrGroupMissing: Rule<'cidr-group-missing'> = {
  codes: {
    'cidr-group-missing': {
      severity: 'warning',
      title: 'A rule refers to a missing CiliumCIDRGroup',
      documentation:
        'The manifests of the cluster hold no CiliumCIDRGroup of this name. Cilium takes it for a group ' +
        'without addresses, ' +
        'so the rule selects no address.',
      fix: 'Correct the name, or add the group to the manifests of the cluster.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies) {
      const groups = context.syntaxOf(policy).rules.flatMap(({ cidrGroups }) => cidrGroups);
      if (groups.length === 0) {
        continue;
      }
      const known = cluster.cidrGroups.map(({ name }) => name);
      for (const { text, path } of groups.filter(each => !known.includes(each.text))) {
        report('cidr-group-missing', {
          at: inManifest(cluster.name, policy.manifest, path),
          message:
            `${cluster.name} has no CiliumCIDRGroup ${text}${didYouMean(text, known)}, so the rule selects no ` +
            'addresses',
          fix:
            known.length > 0
              ? `write ${formatChoice(known)}, or add the group to the manifests of the cluster`
              : 'add the group to the manifests of the cluster',
        });
      }
    }
  },
};
