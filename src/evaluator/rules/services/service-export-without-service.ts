import { didYouMean, isTypingError } from '../../../diagnostics/did-you-mean';
import { namespaceName } from '../../read/cluster';
import { inManifest, Rule } from '../rule';

export const serviceExportWithoutService: Rule<'service-export-without-service'> = {
  codes: {
    'service-export-without-service': {
      severity: 'warning',
      title: 'A ServiceExport without its Service',
      documentation:
        'A ServiceExport exports the Service of its own name and namespace. The cluster has no such ' +
        'Service, so nothing is exported.',
      fix: 'Correct the name of the ServiceExport, or add the Service.',
    },
  },
  check(context, report) {
    for (const cluster of context.mesh.clusters) {
      for (const manifest of cluster.serviceExports) {
        const name: string = manifest.object.metadata.name;
        const namespace = namespaceName(manifest.object);
        const names = cluster.services.filter(each => each.namespace === namespace).map(each => each.name);
        const isUncertain =
          context.mayHaveMore(cluster, [namespace]) && !names.some(each => isTypingError(name, each));
        if (!names.includes(name) && !isUncertain) {
          report('service-export-without-service', {
            at: inManifest(cluster.name, manifest, 'metadata.name'),
            message:
              `${cluster.name} has no Service ${namespace}/${name} to export${didYouMean(name, names)}, so it ` +
              'exports nothing',
            fix: 'correct the name of the ServiceExport, or add the Service',
          });
        }
      }
    }
  },
};
