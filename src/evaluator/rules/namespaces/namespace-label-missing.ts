import { NAMESPACE_LABELS_PREFIX } from '../../../cilium/labels';
import { Requirement } from '../../engine/selector';
import { EvaluatedCluster } from '../../read/cluster';
import { RuleContext } from '../context';
import { inManifest, Rule } from '../rule';
import { isNamespaceName, labelSelectors } from '../shared/label-selectors';

const NAME = 'kubernetes.io/metadata.name';
const PREFIX = `${NAMESPACE_LABELS_PREFIX}.`;

export const namespaceLabelMissing: Rule<'namespace-label-missing'> = {
  codes: {
    'namespace-label-missing': {
      severity: 'warning',
      title: 'A rule selects a namespace by a label that it lacks',
      documentation:
        'The value of the label is the name of a namespace, and its Namespace object has no such label. ' +
        'So the rule selects none of its pods. ' +
        'Kubernetes itself labels every namespace with its name, as `kubernetes.io/metadata.name`.',
      fix: 'Select the namespace by kubernetes.io/metadata.name, or add the label to the Namespace.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies) {
      const seen = new Set<string>();
      for (const entry of policy.entries) {
        for (const { key, value } of labelSelectors(entry).flatMap(({ requirements }) => wantedLabels(requirements))) {
          const lacking = lackingCluster(context, key, value);
          const id = `${entry.origin.path} ${key} ${value}`;
          if (lacking && !seen.has(id)) {
            seen.add(id);
            report('namespace-label-missing', {
              at: inManifest(cluster.name, policy.manifest, entry.origin.path),
              message:
                `namespace ${value} of ${lacking.name} has no label ${key}=${value}, so the rule selects none of its ` +
                'pods',
              fix: `write ${NAME}: ${value} instead of ${key}: ${value}, or add the label to the Namespace`,
            });
          }
        }
      }
    }
  },
};

/** The labels of namespaces with one allowed value. */
function wantedLabels(requirements: readonly Requirement[]): Array<{ readonly key: string; readonly value: string }> {
  return requirements
    .filter(
      ({ key, operator, values }) =>
        key.startsWith(PREFIX) && !isNamespaceName(key) && operator === 'In' && values.length === 1,
    )
    .map(({ key, values: [value] }) => ({ key: key.slice(PREFIX.length), value }));
}

/**
 * The cluster with a namespace of that name whose object lacks the label; undefined if a namespace has the label, or
 * may get it from a kustomization.
 */
function lackingCluster({ mesh: { clusters } }: RuleContext, key: string, value: string): EvaluatedCluster | undefined {
  const all = clusters.flatMap(({ namespaces }) => [...namespaces.values()]);
  return all.some(({ labels }) => labels[key] === value)
    ? undefined
    : clusters.find(({ namespaces, input }) => {
      const manifest = namespaces.get(value)?.manifest;
      return manifest !== undefined && !input.kustomized?.has(manifest.file);
    });
}
