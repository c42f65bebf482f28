import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';
import { unselectedSpecs } from '../shared/unselected-specs';

export const policyOnHostNetwork: Rule<'policy-on-host-network'> = {
  codes: {
    'policy-on-host-network': {
      severity: 'warning',
      title: 'The policy selects only pods on the network of their nodes',
      documentation:
        'All pods that the policy selects have `hostNetwork: true`. Cilium sees their node instead of ' +
        'them, ' +
        'so it does not enforce policies of pods on them.',
      fix: 'Write a CiliumClusterwideNetworkPolicy with nodeSelector, or remove hostNetwork.',
    },
  },
  check(context, report) {
    for (const { cluster, policy, path, onHostNetwork } of unselectedSpecs(context).filter(
      each => each.onHostNetwork.length > 0,
    )) {
      report('policy-on-host-network', {
        at: inManifest(cluster.name, policy.manifest, path),
        message:
          `the policy selects only ${listNames(context.namesOf(onHostNetwork))} with hostNetwork: true. ` +
          'Cilium sees their nodes instead of them, so it does not enforce the policy',
        fix: 'write a CiliumClusterwideNetworkPolicy with nodeSelector, or remove hostNetwork: true from the pods',
      });
    }
  },
};
