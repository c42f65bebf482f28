import { inManifest, Rule } from '../rule';
import { globalAnnotationPath, serviceSides } from '../shared/service-sides';

export const serviceNotGlobal: Rule<'service-not-global'> = {
  codes: {
    'service-not-global': {
      severity: 'warning',
      title: 'A Service is global in one cluster only',
      documentation:
        'Cilium exchanges backends between Services that are global in both clusters. ' +
        'This Service is global in one cluster and not in another, so neither side gets the backends of the other.',
      fix: 'Annotate the Service with service.cilium.io/global: "true" in every cluster.',
    },
  },
  check(context, report) {
    for (const { cluster, service, other } of serviceSides(context).filter(({ theirs }) => theirs && !theirs.global)) {
      report('service-not-global', {
        at: inManifest(cluster.name, service.manifest, globalAnnotationPath(service)),
        message:
          `the Service is global in ${cluster.name} but not in ${other.name}: neither cluster gets backends ` +
          'of the other',
        fix: `add service.cilium.io/global: "true" to ${service.namespace}/${service.name} in ${other.name}`,
      });
    }
  },
};
