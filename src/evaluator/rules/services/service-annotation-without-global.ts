import { OLD_ANNOTATION_KEYS, SERVICE_KEYS } from '../../../cilium/service-annotations';
import { EvaluatedService } from '../../read/service';
import { inManifest, Rule } from '../rule';
import { annotationPath, textAnnotations } from '../shared/metadata';

export const serviceAnnotationWithoutGlobal: Rule<'service-annotation-without-global'> = {
  codes: {
    'service-annotation-without-global': {
      severity: 'warning',
      title: 'The Service has an annotation of global Services but is not global',
      documentation:
        'Cilium reads the annotations shared, affinity and global-sync-endpoint-slices of global ' +
        'Services only, so it ignores them here.',
      fix: 'Add service.cilium.io/global: "true", or remove the annotation.',
    },
  },
  check(context, report) {
    for (const { cluster, service } of context.services.filter(each => !each.service.global)) {
      for (const key of annotationsOfGlobal(service)) {
        report('service-annotation-without-global', {
          at: inManifest(cluster.name, service.manifest, annotationPath(key)),
          message: `Cilium ignores ${key}: the Service is not global`,
          fix: 'add service.cilium.io/global: "true", or remove the annotation',
        });
      }
    }
  },
};

const ANNOTATIONS = [SERVICE_KEYS.shared, SERVICE_KEYS.affinity, SERVICE_KEYS.endpointSliceSync];

/** The annotations of global Services that a Service has, under the key that counts. */
function annotationsOfGlobal({ manifest }: EvaluatedService): string[] {
  const annotations = textAnnotations(manifest);
  return ANNOTATIONS.flatMap(
    key => [key, OLD_ANNOTATION_KEYS[key]].find(each => annotations[each] !== undefined) ?? [],
  );
}
