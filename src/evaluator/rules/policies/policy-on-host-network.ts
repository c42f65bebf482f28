import { grouped } from '../../../diagnostics/grouped';
import { formatPolicy } from '../../queries/explain';
import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';
import { UnselectedSpec, unselectedSpecs } from '../shared/unselected-specs';

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
    const onHostNetwork = unselectedSpecs(context).filter(each => each.onHostNetwork.length > 0);
    // several policies of the same pods are one mistake
    const keyOf = ({ cluster, onHostNetwork: pods }: UnselectedSpec) => JSON.stringify([cluster.name, pods]);
    for (const [first, ...more] of grouped(onHostNetwork, keyOf).values()) {
      const { cluster, policy, path } = first;
      const others = more.filter(each => each.policy !== policy).map(each => nameOf(each.policy.manifest.object));
      const pods = `${listNames(context.namesOf(first.onHostNetwork))} with hostNetwork: true`;
      report('policy-on-host-network', {
        at: inManifest(cluster.name, policy.manifest, path),
        message:
          `the policy selects only ${pods}. Cilium sees their nodes instead of them, so it does not enforce the policy` +
          (others.length === 0 ? '' : `, and neither ${listNames(others)}`),
        fix: 'write a CiliumClusterwideNetworkPolicy with nodeSelector, or remove hostNetwork: true from the pods',
      });
    }
  },
};

function nameOf({ kind, metadata: { namespace, name } }: any): string {
  return formatPolicy({ kind, namespace, name });
}
