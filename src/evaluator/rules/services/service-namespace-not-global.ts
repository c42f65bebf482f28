import { inManifest, Rule } from '../rule';
import { globalAnnotationPath } from '../shared/service-sides';

export const serviceNamespaceNotGlobal: Rule<'service-namespace-not-global'> = {
  codes: {
    'service-namespace-not-global': {
      severity: 'warning',
      title: 'A global Service is in a namespace that is not global',
      documentation:
        'Since Cilium 1.20 a cluster exports Services of global namespaces only ' +
        '(operator/watchers/service_sync.go). ' +
        'The namespace of this global Service is not global, so other clusters do not get its backends.',
      fix:
        'Annotate the namespace with clustermesh.cilium.io/global: "true", or set ' +
        'clustermesh.defaultGlobalNamespace: true in the Helm values.',
    },
  },
  check(context, report) {
    for (const { cluster, service } of context.services.filter(each => each.service.global)) {
      const { namespace, manifest } = service;
      if (cluster.namespaces.get(namespace)?.exportsServices === false) {
        report('service-namespace-not-global', {
          at: inManifest(cluster.name, manifest, globalAnnotationPath(service)),
          message:
            `the Service is global, but its namespace ${namespace} is not global in ${cluster.name}: other ` +
            'clusters do not get its backends',
          fix:
            'annotate the namespace with clustermesh.cilium.io/global: "true", or set ' +
            'clustermesh.defaultGlobalNamespace: true in the Helm values',
        });
      }
    }
  },
};
