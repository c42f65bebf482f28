import { policyKindOf, PolicyKindName } from '../../../cilium/policy-kinds';
import { Traits } from '../../../cilium/traits';
import { inManifest, Rule } from '../rule';

export const policyKindDisabled: Rule<'policy-kind-disabled'> = {
  codes: {
    'policy-kind-disabled': {
      severity: 'warning',
      title: 'Cilium does not read policies of this kind',
      documentation:
        'The settings of the cluster turn policies of this kind off, so Cilium enforces nothing of the ' +
        'policy. ' +
        'NetworkPolicies are on by default; ClusterNetworkPolicies exist since Cilium 1.20 and are off by default.',
      fix: "Enable the kind in the Helm values, or write a policy of one of Cilium's own kinds.",
    },
  },
  check({ mesh }, report) {
    for (const cluster of mesh.clusters) {
      for (const manifest of cluster.input.manifests) {
        const kind = policyKindOf(manifest.object)?.kind;
        if (kind !== undefined && cluster.settings.unreadKinds.has(kind)) {
          report('policy-kind-disabled', {
            at: inManifest(cluster.name, manifest, 'kind'),
            message:
              `Cilium in ${cluster.name} does not read objects of kind ${kind}, so it enforces nothing of ` +
              'this one',
            fix: fixFor(kind, cluster.version.traits),
          });
        }
      }
    }
  },
};

function fixFor(kind: PolicyKindName, { clusterNetworkPolicies }: Traits): string {
  if (kind === 'NetworkPolicy') {
    return 'set k8sNetworkPolicy.enabled: true in the Helm values, or write a CiliumNetworkPolicy';
  }
  return clusterNetworkPolicies
    ? 'set k8sClusterNetworkPolicy.enabled: true in the Helm values'
    : 'upgrade to Cilium 1.20 and set k8sClusterNetworkPolicy.enabled: true, or write a CiliumClusterwideNetworkPolicy';
}
