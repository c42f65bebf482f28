import { Traits } from '../../../cilium/traits';
import { inManifest, Rule } from '../rule';

export const serviceExportDisabled: Rule<'service-export-disabled'> = {
  codes: {
    'service-export-disabled': {
      severity: 'warning',
      title: 'The cluster does not read ServiceExports',
      documentation:
        'The Multi-Cluster Services API is off in the cluster, or its Cilium is older than 1.17. ' +
        'Cilium ignores the ServiceExport, so other clusters do not get the Service.',
      fix:
        'Set clustermesh.mcsapi.enabled: true in the Helm values (clustermesh.enableMCSAPISupport before Cilium ' +
        '1.19).',
    },
  },
  check({ mesh }, report) {
    for (const { name, version, serviceExports } of mesh.clusters.filter(({ settings }) => !settings.mcsApi)) {
      for (const manifest of serviceExports) {
        report('service-export-disabled', {
          at: inManifest(name, manifest, 'kind'),
          message: `${name} does not read ServiceExports, so it does not export the Service`,
          fix: fixFor(version.traits),
        });
      }
    }
  },
};

function fixFor(traits: Traits): string {
  const setting = traits.mcsApiValues ? 'clustermesh.mcsapi.enabled' : 'clustermesh.enableMCSAPISupport';
  return traits.mcsApi
    ? `set ${setting}: true in the Helm values`
    : 'upgrade the cluster to Cilium 1.17 or later, or annotate the Service with service.cilium.io/global: "true"';
}
