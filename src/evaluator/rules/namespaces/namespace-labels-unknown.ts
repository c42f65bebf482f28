import { NAMESPACE_LABELS_PREFIX } from '../../../cilium/labels';
import { Requirement } from '../../engine/selector';
import { inManifest, Rule } from '../rule';
import { labelSelectors } from '../shared/label-selectors';
import { listNames } from '../shared/names';

/** Every cluster has them, and manifests rarely do. */
const BUILT_IN = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

const NAME = 'kubernetes.io/metadata.name';

export const namespaceLabelsUnknown: Rule<'namespace-labels-unknown'> = {
  codes: {
    'namespace-labels-unknown': {
      severity: 'warning',
      title: 'A selector names labels of namespaces that the manifests lack',
      documentation:
        'A rule selects pods by labels of their namespaces, and the manifests hold pods of namespaces without their ' +
        'Namespace objects. Their labels are unknown, so the program takes them for unlabelled.',
      fix: 'Add the Namespace objects with their labels to the manifests.',
    },
  },
  check(context, report) {
    const unknown = context.mesh.clusters.flatMap(({ name, namespaces, workloads }) =>
      [...new Set(workloads.map(({ namespace }) => namespace))]
        .filter(namespace => !BUILT_IN.includes(namespace) && !namespaces.get(namespace)?.manifest)
        .map(namespace => `${namespace}@${name}`),
    );
    for (const { cluster, policy } of unknown.length > 0 ? context.policies : []) {
      const seen = new Set<string>();
      for (const entry of policy.entries) {
        const keys = [...labelSelectors(entry).flatMap(({ requirements }) => requirements), ...entry.subject]
          .filter(isOfNamespace)
          .map(({ key }) => key.slice(NAMESPACE_LABELS_PREFIX.length + 1));
        for (const key of new Set(keys)) {
          if (seen.has(`${entry.origin.path} ${key}`)) {
            continue;
          }
          seen.add(`${entry.origin.path} ${key}`);
          report('namespace-labels-unknown', {
            at: inManifest(cluster.name, policy.manifest, entry.origin.path),
            message:
              `the rule depends on the label ${key} of namespaces, and the manifests lack the Namespace objects of ` +
              `${listNames(unknown)}: their pods count as without it`,
            fix: 'add the Namespace objects with their labels to the manifests',
          });
        }
      }
    }
  },
};

function isOfNamespace({ key }: Requirement): boolean {
  return key.startsWith(`${NAMESPACE_LABELS_PREFIX}.`) && key !== `${NAMESPACE_LABELS_PREFIX}.${NAME}`;
}
