import { OLD_ANNOTATION_KEYS, SERVICE_KEYS } from '../../../cilium/service-annotations';
import { didYouMean } from '../../../diagnostics/did-you-mean';
import { inManifest, Rule } from '../rule';
import { labelsOf } from '../shared/metadata';
import { AnnotationOf, isMeantForCilium, isRead, KNOWN_KEYS, serviceAnnotations } from '../shared/service-annotations';

export const serviceAnnotationUnknown: Rule<'service-annotation-unknown'> = {
  codes: {
    'service-annotation-unknown': {
      severity: 'error',
      title: 'Cilium does not know an annotation of the Service',
      documentation:
        "The Service has a key of Cilium's that Cilium does not read: a mistyped key, a key of a newer " +
        'version, a key of another kind, ' +
        'or an annotation among the labels. Cilium ignores it.',
      fix: 'Correct the key, move it to metadata.annotations, or remove it.',
    },
  },
  check(context, report) {
    for (const annotation of serviceAnnotations(context)) {
      const problem = isRead(annotation) ? undefined : problemOf(annotation);
      if (problem) {
        report('service-annotation-unknown', { at: annotation.at, ...problem });
      }
    }
    for (const { cluster, service } of context.services) {
      // the key is a label too: of nodes
      for (const { key, path } of labelsOf(service.manifest).filter(
        each => each.key !== SERVICE_KEYS.node && KNOWN_KEYS.includes(each.key),
      )) {
        report('service-annotation-unknown', {
          at: inManifest(cluster.name, service.manifest, path),
          message: `${key} is a label here, but Cilium reads it only as an annotation, so it ignores the label`,
          fix: 'move the key to metadata.annotations',
        });
      }
    }
  },
};

function problemOf({
  cluster,
  key,
  definition,
}: AnnotationOf): { readonly message: string; readonly fix: string } | undefined {
  if (definition) {
    return {
      message: `Cilium ${cluster.version.text} ignores ${key}, which Cilium reads since 1.${definition.since}`,
      fix:
        OLD_ANNOTATION_KEYS[key] !== undefined
          ? `write ${OLD_ANNOTATION_KEYS[key]}`
          : 'upgrade the cluster, or remove the annotation',
    };
  }
  return isMeantForCilium(key)
    ? {
      message:
          key === 'service.cilium.io/weight'
            ? `${key} is an annotation of EndpointSlices: Cilium ignores it on a Service`
            : `unknown annotation ${key} of Services${didYouMean(key, KNOWN_KEYS)}: Cilium ignores it`,
      fix: 'correct the key, or remove the annotation',
    }
    : undefined;
}
