import { meets } from '../../engine/selector';
import { formatWorkload } from '../../read/workload';
import { inManifest, Rule } from '../rule';
import { labelSelectors, namesPods } from '../shared/label-selectors';
import { listNames } from '../shared/names';

export const peerOnHostNetwork: Rule<'peer-on-host-network'> = {
  codes: {
    'peer-on-host-network': {
      severity: 'warning',
      title: 'A selector of peers names pods on the network of their nodes',
      documentation:
        'Pods with `hostNetwork: true` have the identity of their node, without labels of their own ' +
        '(updatePodHostData, pkg/k8s/watchers/pod.go, v1.20.2). Selectors of labels never match them.',
      fix: 'Select them by the entities host and remote-node, or remove hostNetwork.',
    },
  },
  check(context, report) {
    const onNodes = context.mesh.workloads.filter(({ hostNetwork }) => hostNetwork);
    for (const { cluster, policy } of onNodes.length > 0 ? context.policies : []) {
      const seen = new Set<string>();
      for (const entry of policy.entries) {
        const { origin, direction } = entry;
        const peers = context.peersOf(cluster, direction);
        for (const selector of labelSelectors(entry).filter(each => each.requirements.some(namesPods))) {
          const meant = onNodes.filter(({ labels }) => meets(selector.requirements, labels));
          const key = `${origin.path} ${selector.id}`;
          if (meant.length === 0 || seen.has(key) || !peers.selecting(selector).isEmpty) {
            continue;
          }
          seen.add(key);
          const prefix = direction === 'egress' ? 'to' : 'from';
          report('peer-on-host-network', {
            at: inManifest(cluster.name, policy.manifest, origin.path),
            message:
              `a selector names ${listNames(meant.map(formatWorkload))} with hostNetwork: true. ` +
              'Cilium sees their nodes instead of them, so the selector matches nothing',
            fix: `write ${prefix}Entities: [host, remote-node], or remove hostNetwork: true from the pods`,
          });
        }
      }
    }
  },
};
