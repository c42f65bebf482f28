import { selectedWorkloads } from '../../read/selected-pods';
import { inManifest, Rule } from '../rule';
import { serviceSides } from '../shared/service-sides';

export const serviceTrafficLocal: Rule<'service-traffic-local'> = {
  codes: {
    'service-traffic-local': {
      severity: 'warning',
      title: '`internalTrafficPolicy: Local` keeps the pods of other clusters',
      documentation:
        'With `internalTrafficPolicy: Local` clients reach the pods on their own node. ' +
        "Of a global Service Cilium also keeps all pods of other clusters, which have no node's name " +
        '(DefaultSelectBackends, pkg/loadbalancer/writer/writer.go, v1.20.2). ' +
        'Connections leave the cluster, and never reach the pods on other nodes of it.',
      fix: 'Remove internalTrafficPolicy: Local, or exclude the other clusters with the affinity local.',
    },
  },
  check(context, report) {
    const sides = serviceSides(context).filter(
      ({ cluster, service, other, theirs }) =>
        service.internalLocal &&
        !service.headless &&
        service.affinity !== 'local' &&
        theirs?.global &&
        theirs.shared &&
        selectedWorkloads(service, cluster.workloads).length > 0 &&
        selectedWorkloads(theirs, other.workloads).length > 0,
    );
    for (const { cluster, service, other } of sides.filter(
      (side, index) => sides.findIndex(each => each.service === side.service) === index,
    )) {
      report('service-traffic-local', {
        at: inManifest(cluster.name, service.manifest, 'spec.internalTrafficPolicy'),
        message:
          `clients in ${cluster.name} reach all pods of ${other.name}, but of ${cluster.name} only those on their own ` +
          'node: internalTrafficPolicy Local does not exclude other clusters',
        fix: `remove internalTrafficPolicy: Local, or annotate the Service with ${AFFINITY}`,
      });
    }
  },
};

const AFFINITY = 'service.cilium.io/affinity: local';
