import { CLUSTER_LABEL } from '../../../cilium/labels';
import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';

export const policyInOneCluster: Rule<'policy-in-one-cluster'> = {
  codes: {
    'policy-in-one-cluster': {
      severity: 'warning',
      title: 'The policy protects its workloads in one cluster only',
      documentation:
        'Workloads with the same labels run in another cluster, where no policy turns on default deny. ' +
        'A policy acts only in the cluster in which it is applied, so these workloads stay open.',
      fix: 'Apply the policy in the other clusters too.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies) {
      const seen = new Set<string>();
      for (const entry of policy.entries.filter(({ node, defaultDeny }) => !node && defaultDeny)) {
        const spec = `${context.specOf(policy, entry).path} ${entry.direction}`;
        if (
          seen.has(spec) ||
          entry.subject.some(({ key }) => key === CLUSTER_LABEL) ||
          context.subjectsOf(cluster, entry).isEmpty
        ) {
          continue;
        }
        seen.add(spec);
        const open = context.index
          .knownMeeting(entry.subject)
          .copy()
          .and(context.openTo(entry.direction))
          .andNot(context.ownClasses(cluster))
          .toArray();
        if (open.length === 0) {
          continue;
        }
        const names = context.namesOf(open);
        const where = [...new Set(open.map(number => context.index.classes[number].cluster))].sort().join(' and ');
        report('policy-in-one-cluster', {
          at: inManifest(cluster.name, policy.manifest, entry.origin.path),
          message:
            `protects ${entry.direction} only in ${cluster.name}: in ${where} no policy with default deny for ` +
            `${entry.direction} selects ` +
            `${listNames(names)}, which ` +
            `${entry.direction === 'ingress' ? 'any peer can still reach' : 'can still reach any peer'}`,
          namespaces: context.namespacesOf(open),
          fix: `apply the policy in ${where} too: a policy acts only in the cluster where it is applied`,
        });
      }
    }
  },
};
