import { GLOBAL_NAMESPACE_ANNOTATION } from '../../../cilium/namespace-annotations';
import { firstMinorWith } from '../../../cilium/traits';
import { didYouMean } from '../../../diagnostics/did-you-mean';
import { EvaluatedCluster } from '../../read/cluster';
import { inManifest, Rule } from '../rule';
import { annotationsOf, MetadataEntry } from '../shared/metadata';

const PREFIX = 'clustermesh.cilium.io/';

export const namespaceAnnotation: Rule<'namespace-annotation'> = {
  codes: {
    'namespace-annotation': {
      severity: 'error',
      title: 'An annotation of a Namespace does not do what it says',
      documentation: `Cilium reads one annotation of Namespaces, \`${GLOBAL_NAMESPACE_ANNOTATION}\`, since 1.${firstMinorWith('globalNamespaces')} (pkg/clustermesh/namespace). `
        + 'Another key, another value or an older version leaves the namespace as it is without the annotation.',
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

function problemOf({ version }: EvaluatedCluster, { key, value }: MetadataEntry): { readonly message: string; readonly fix: string } | undefined {
  if (key !== GLOBAL_NAMESPACE_ANNOTATION) {
    const suggestion = didYouMean(key, [GLOBAL_NAMESPACE_ANNOTATION]);
    return key.startsWith(PREFIX) || (suggestion !== '' && /cil+ium/.test(key))
      ? { message: `Cilium reads no annotation ${key} of Namespaces${suggestion}`, fix: `write ${GLOBAL_NAMESPACE_ANNOTATION}` } : undefined;
  }
  if (typeof value !== 'string') {
    return {
      message: `the annotation ${key} must be a text, not ${JSON.stringify(value)}: the API server refuses the Namespace`,
      fix: `put it in quotes: "${String(value)}"`,
    };
  }
  if (!version.traits.globalNamespaces) {
    return {
      message: `Cilium ${version.text} does not read ${key}: every namespace is global before 1.${firstMinorWith('globalNamespaces')}`,
      fix: 'upgrade the cluster, or remove the annotation',
    };
  }
  return /^(true|false)$/i.test(value) ? undefined : {
    message: `${key} does not take ${JSON.stringify(value)}: everything but true is false, and the namespace is not global`,
    fix: 'write "true" or "false"',
  };
}
