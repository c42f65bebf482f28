import { Rule } from '../rule';
import { textAnnotations } from '../shared/metadata';
import { serviceAnnotations } from '../shared/service-annotations';

export const serviceAnnotationLegacy: Rule<'service-annotation-legacy'> = {
  codes: {
    'service-annotation-legacy': {
      severity: 'info',
      title: 'The Service has an annotation under its old key',
      documentation:
        'The annotation has the key that it had before Cilium 1.13. Cilium still reads the old keys for ' +
        'backends, ' +
        'but not everywhere: it synchronizes EndpointSlices for `service.cilium.io/global` only.',
      fix: 'Write the current key.',
    },
  },
  check(context, report) {
    const allReadCurrentKeys = context.mesh.clusters.every(({ version }) => version.traits.currentAnnotationKeys);
    for (const { at, service, key, currentKey } of serviceAnnotations(context).filter(({ isOldKey }) => isOldKey)) {
      if (textAnnotations(service.manifest)[currentKey] !== undefined) {
        report('service-annotation-legacy', {
          at,
          message: `${key} is the old key of ${currentKey}, which is set too and takes precedence`,
          fix: `remove ${key}`,
        });
      } else if (allReadCurrentKeys) {
        report('service-annotation-legacy', {
          at,
          message: `${key} is the old key of ${currentKey}; Cilium still reads it`,
          fix: `write ${currentKey} instead`,
        });
      }
    }
  },
};
