import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';
import { refusalsOf } from '../shared/refusals';

export const policyNotModelled: Rule<'policy-not-modelled' | 'policy-channel-unknown'> = {
  codes: {
    'policy-not-modelled': {
      severity: 'info',
      title: 'This program does not model a part of the policy',
      documentation:
        'Cilium accepts this part of the policy, but its meaning depends on something outside the ' +
        'manifests, such as labels of nodes. ' +
        'Verdicts of this program leave the part out.',
      fix: 'Write the rule in another way, or test flows of these pods in the cluster.',
    },
    'policy-channel-unknown': {
      severity: 'info',
      title: 'The policy needs a CRD of the experimental channel',
      documentation:
        'Only the experimental channel of the CRD of ClusterNetworkPolicies has the fields `nodes` and `domainNames`. ' +
        'The manifests lack the CRD, so this program assumes that channel. ' +
        'With the standard channel the API server refuses the whole policy.',
      fix: 'Add the CRD of clusternetworkpolicies.policy.networking.k8s.io to the manifests.',
    },
  },
  check(context, report) {
    for (const { at, problem, fix } of refusalsOf(context, 'unmodelled')) {
      report('policy-not-modelled', {
        at,
        message: `${problem}. Verdicts of this program leave this part out`,
        fix: fix ?? 'write the rule in another way, or test these flows in the cluster',
      });
    }
    for (const { cluster, policy } of context.policies) {
      const paths = policy.refusals
        .filter(({ reason }) => reason === 'policy-channel-unknown')
        .map(({ path }) => path);
      if (paths.length > 0) {
        report('policy-channel-unknown', {
          at: inManifest(cluster.name, policy.manifest, paths[0]),
          message:
            `only the CRD of the experimental channel has ${listNames(paths)}. Verdicts assume that CRD; with the ` +
            'standard one the API server refuses this policy',
          fix: 'add the CRD of clusternetworkpolicies.policy.networking.k8s.io to the manifests',
        });
      }
    }
  },
};
