import { GLOBAL_NAMESPACE_ANNOTATION } from '../../../cilium/namespace-annotations';
import { firstMinorWith } from '../../../cilium/traits';
import { didYouMean, nearest } from '../../../diagnostics/did-you-mean';
import { formatValue } from '../../../diagnostics/texts';
import { EvaluatedCluster } from '../../read/cluster';
import { inManifest, Rule } from '../rule';
import { annotationsOf, MetadataEntry } from '../shared/metadata';

const PREFIX = 'clustermesh.cilium.io/';

export const namespaceAnnotation: Rule<'namespace-annotation'> = {
  codes: {
    'namespace-annotation': {
      severity: 'error',
      title: 'An annotation of a Namespace does not do what it says',
      documentation:
        `Cilium reads one annotation of Namespaces, \`${GLOBAL_NAMESPACE_ANNOTATION}\`, since ` +
        `1.${firstMinorWith('globalNamespaces')} (pkg/clustermesh/namespace). ` +
        'Another key, another value or an older version leaves the namespace as it is without the annotation.',
      fix: `Write ${GLOBAL_NAMESPACE_ANNOTATION}: "true" or "false".`,
    },
  },
  check({ mesh }, report) {
    for (const cluster of mesh.clusters) {
      for (const { manifest } of cluster.namespaces.values()) {
        for (const annotation of manifest ? annotationsOf(manifest) : []) {
          const problem = problemOf(cluster, annotation);
          if (problem) {
            report('namespace-annotation', { at: inManifest(cluster.name, manifest!, annotation.path), ...problem });
          }
        }
      }
    }
  },
};

function problemOf(
  { version }: EvaluatedCluster,
  { key, value }: MetadataEntry,
): { readonly message: string; readonly fix: string } | undefined {
  if (key !== GLOBAL_NAMESPACE_ANNOTATION) {
    const suggestion = didYouMean(key, [GLOBAL_NAMESPACE_ANNOTATION]);
    return key.startsWith(PREFIX) || (nearest(key, [GLOBAL_NAMESPACE_ANNOTATION]) !== undefined && /cil+ium/.test(key))
      ? {
        message: `unknown annotation ${key} of Namespaces${suggestion}: Cilium ignores it`,
        fix: `write ${GLOBAL_NAMESPACE_ANNOTATION}`,
      }
      : undefined;
  }
  if (typeof value !== 'string') {
    return {
      message: `the annotation ${key} must be a text, got ${formatValue(value)}: the API server refuses the Namespace`,
      fix: `write ${key}: ${formatValue(String(value))}`,
    };
  }
  if (!version.traits.globalNamespaces) {
    return {
      message:
        `Cilium ${version.text} ignores ${key}: all namespaces are global before ` +
        `1.${firstMinorWith('globalNamespaces')}`,
      fix: 'upgrade the cluster, or remove the annotation',
    };
  }
  return /^(true|false)$/i.test(value)
    ? undefined
    : {
      message:
          `${key} must be true or false, got ${formatValue(value)}: Cilium reads it as false, so the namespace is ` +
          'not global',
      fix: 'write "true" or "false"',
    };
}
