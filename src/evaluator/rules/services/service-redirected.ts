import { formatReference, localRedirects } from '../../services/local-redirects';
import { inManifest, Rule } from '../rule';

export const serviceRedirected: Rule<'service-redirected' | 'local-redirect-disabled'> = {
  codes: {
    'service-redirected': {
      severity: 'info',
      title: 'A CiliumLocalRedirectPolicy replaces the backends of a Service',
      documentation:
        'Cilium sends connections to the Service to the selected pods on the node of the client, if that node has ' +
        'one (Documentation/network/kubernetes/local-redirect-policy.rst). ' +
        'Manifests do not say where pods run. So the verdict on the Service is known only where it is the same for ' +
        'these pods and for its backends. Its backends here are those without the redirection.',
      fix: 'Ask for the flow from the client to the pods of the policy instead of the Service.',
    },
    'local-redirect-disabled': {
      severity: 'warning',
      title: 'The cluster ignores its CiliumLocalRedirectPolicies',
      documentation:
        'Local redirect policies are off in the cluster (`localRedirectPolicies.enabled`), so connections reach ' +
        'the backends of the Service.',
      fix: 'Set localRedirectPolicies.enabled: true in the Helm values (localRedirectPolicy before Cilium 1.18).',
    },
  },
  check({ mesh }, report) {
    for (const cluster of mesh.clusters) {
      for (const manifest of cluster.settings.localRedirectPolicies ? [] : cluster.localRedirects) {
        const { localRedirectPoliciesGroup } = cluster.version.traits;
        const setting = localRedirectPoliciesGroup ? 'localRedirectPolicies.enabled' : 'localRedirectPolicy';
        report('local-redirect-disabled', {
          at: inManifest(cluster.name, manifest, 'kind'),
          message: `${cluster.name} ignores CiliumLocalRedirectPolicies, so connections reach the backends of Services`,
          fix: `set ${setting}: true in the Helm values, or remove the policy`,
        });
      }
      for (const redirect of localRedirects(cluster)) {
        report('service-redirected', {
          at: inManifest(cluster.name, redirect.manifest, 'spec.redirectFrontend.serviceMatcher'),
          message:
            `connections in ${cluster.name} to Service ${formatReference(redirect)} ` +
            'go to a pod of this policy on the ' +
            'node of the client, if there is one: the verdict is unknown where policies decide otherwise about these ' +
            'pods, and the backends of the Service do not show them',
          fix: 'ask for the flow to the pods that localEndpointSelector selects',
        });
      }
    }
  },
};
