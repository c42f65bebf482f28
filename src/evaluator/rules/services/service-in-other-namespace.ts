import { inManifest, Rule } from '../rule';
import { serviceSides } from '../shared/service-sides';

export const serviceInOtherNamespace: Rule<'service-in-other-namespace'> = {
  codes: {
    'service-in-other-namespace': {
      severity: 'warning',
      title: 'A global Service has another namespace in another cluster',
      documentation:
        'Two clusters have a global Service of one name in different namespaces. ' +
        'Cilium joins Services by name and namespace, so these two do not share backends.',
      fix: 'Put both Services into one namespace.',
    },
  },
  check(context, report) {
    for (const {
      cluster,
      service: { manifest, namespace, name },
      other,
      elsewhere,
    } of serviceSides(context).filter(each => each.elsewhere.length > 0)) {
      report('service-in-other-namespace', {
        at: inManifest(cluster.name, manifest, 'metadata.namespace'),
        message:
          `the global Service ${name} is in namespace ${namespace} here and in ${elsewhere.join(', ')} in ` +
          `${other.name}: ` +
          'Services share backends only under the same name and namespace',
        fix: 'put both Services into one namespace',
      });
    }
  },
};
