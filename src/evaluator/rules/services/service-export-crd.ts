import { EvaluatedCluster } from '../../read/cluster';
import { inManifest, Rule } from '../rule';
import { helmValue } from '../shared/helm-values';

const CRDS = ['serviceexports.multicluster.x-k8s.io', 'serviceimports.multicluster.x-k8s.io'];

export const serviceExportCrd: Rule<'service-export-crd'> = {
  codes: {
    'service-export-crd': {
      severity: 'info',
      title: 'The CRDs of the Multi-Cluster Services API are not in the manifests',
      documentation:
        'Cilium installs the CRDs of ServiceExports and ServiceImports since 1.19. ' +
        'Cilium 1.17 and 1.18 read them only if they exist before ' +
        '(Documentation/network/clustermesh/mcsapi.rst, v1.18.8); otherwise nothing is exported. ' +
        'The manifests of the cluster do not show them.',
      fix: 'Install both CRDs of kubernetes-sigs/mcs-api, then restart the operator of Cilium.',
    },
  },
  check({ mesh }, report) {
    for (const cluster of mesh.clusters.filter(needsCrds)) {
      const names = cluster.input.manifests
        .filter(({ object }) => object.kind === 'CustomResourceDefinition')
        .map(({ object }) => object.metadata.name);
      const missing = CRDS.filter(each => !names.includes(each));
      if (missing.length > 0) {
        report('service-export-crd', {
          at: inManifest(cluster.name, cluster.serviceExports[0], 'kind'),
          message:
            `Cilium ${cluster.version.text} does not install ${missing.join(' and ')}, and the manifests of ` +
            `${cluster.name} lack ${missing.length > 1 ? 'them' : 'it'}: without ${missing.length > 1 ? 'them' : 'it'} ` +
            'no Service is exported',
          fix: 'install both CRDs of kubernetes-sigs/mcs-api first, or set clustermesh.mcsapi.installCRDs: true since 1.19',
        });
      }
    }
  },
};

/**
 * Whether a cluster reads ServiceExports, has some, and installs no CRDs. Exports with a time of creation come from an
 * API server, which has the CRDs.
 */
function needsCrds({ settings, serviceExports, version, input }: EvaluatedCluster): boolean {
  const installs =
    version.traits.mcsApiInstallsCrds &&
    helmValue(input.values?.values, 'clustermesh.mcsapi.installCRDs') !== false;
  const areWritten = serviceExports.every(({ object: { metadata } }) => typeof metadata.creationTimestamp !== 'string');
  return settings.mcsApi && serviceExports.length > 0 && !installs && areWritten;
}
