import { SERVICE_KEYS } from '../../../cilium/service-annotations';
import { formatAlternatives, formatValue } from '../../../diagnostics/texts';
import { inManifest, Rule } from '../rule';
import { annotationsOf } from '../shared/metadata';
import { AnnotationOf, isRead, serviceAnnotations } from '../shared/service-annotations';

export const serviceAnnotationValue: Rule<'service-annotation-value'> = {
  codes: {
    'service-annotation-value': {
      severity: 'error',
      title: 'An annotation of the Service has an invalid value',
      documentation:
        'Cilium does not know the value of an annotation of the Service and reads it as another one. ' +
        'The API server refuses values that are not texts, such as `true` without quotes.',
      fix: 'Write one of the values that the finding lists, in quotes.',
    },
  },
  check(context, report) {
    for (const {
      cluster,
      service: { manifest },
    } of context.services) {
      for (const { key, value, path } of annotationsOf(manifest).filter(each => typeof each.value !== 'string')) {
        report('service-annotation-value', {
          at: inManifest(cluster.name, manifest, path),
          message:
            `the annotation ${key} must be a text, got ${formatValue(value)}: the API server refuses the Service`,
          fix: `write ${key}: ${formatValue(String(value))}`,
        });
      }
    }
    for (const annotation of serviceAnnotations(context).filter(isRead)) {
      const { at, key, value, definition } = annotation;
      const { values, isCaseSensitive } = definition!;
      if (values && !values.includes(isCaseSensitive ? value : value.toLowerCase())) {
        const allowed = values.filter(each => each !== '');
        report('service-annotation-value', {
          at,
          message: `${key} must be ${formatAlternatives(allowed)}, got ${formatValue(value)}: ${effectOf(annotation)}`,
          fix: `write ${formatAlternatives(allowed.map(each => formatValue(each)))}`,
        });
      }
    }
  },
};

function effectOf({ cluster: { version }, currentKey, value, definition }: AnnotationOf): string {
  return currentKey === SERVICE_KEYS.affinity && value !== '' && version.traits.otherAffinityDropsRemotes
    ? `with this value Cilium ${version.text} uses no backends of other clusters`
    : definition!.otherwise!;
}
