import { NAMESPACE_LABELS_PREFIX } from '../../../cilium/labels';
import { Requirement } from '../../engine/selector';
import { RuleContext } from '../context';
import { firstOfSeveral, inManifest, Place, Rule } from '../rule';
import { BUILT_IN_NAMESPACES, labelSelectors } from '../shared/label-selectors';
import { listNames } from '../shared/names';

const NAME = 'kubernetes.io/metadata.name';

export const namespaceLabelsUnknown: Rule<'namespace-labels-unknown'> = {
  codes: {
    'namespace-labels-unknown': {
      severity: 'info',
      title: 'A selector names labels of namespaces that the manifests lack',
      documentation:
        'A rule selects pods by labels of their namespaces, and the manifests hold pods of namespaces without their ' +
        'Namespace objects. Their labels are unknown, so the program takes them for unlabelled. ' +
        'Where Helm, Kustomize, Flux or Argo CD may add them, nothing is reported.',
      fix: 'Add the Namespace objects with their labels to the manifests.',
    },
  },
  check(context, report) {
    const unknown = context.mesh.clusters.flatMap(cluster =>
      [...new Set(cluster.workloads.map(({ namespace }) => namespace))]
        .filter(
          namespace =>
            !BUILT_IN_NAMESPACES.includes(namespace) &&
            !cluster.namespaces.get(namespace)?.manifest &&
            !context.mayHaveMore(cluster, [namespace]),
        )
        .map(namespace => `${namespace}@${cluster.name}`),
    );
    const places = unknown.length > 0 ? dependingRules(context) : new Map<string, Place[]>();
    for (const [key, [at, ...more]] of places) {
      report('namespace-labels-unknown', {
        at: firstOfSeveral(at, key),
        message:
          `the rule depends on the label ${key} of namespaces, and the manifests lack the Namespace objects of ` +
          `${listNames(unknown)}: their pods count as without it` +
          (more.length === 0 ? '' : `. So ${more.length === 1 ? 'does 1 more rule' : `do ${more.length} more rules`}`),
        fix: 'add the Namespace objects with their labels to the manifests',
      });
    }
  },
};

/** The rules that depend on labels of namespaces, by the keys of these. */
function dependingRules({ policies }: RuleContext): Map<string, Place[]> {
  const places = new Map<string, Place[]>();
  for (const { cluster, policy } of policies) {
    const seen = new Set<string>();
    for (const entry of policy.entries) {
      const keys = [...labelSelectors(entry).map(({ requirements }) => requirements), entry.subject]
        .filter(requirements => requirements.some(isOfNamespace))
        .flatMap(requirements => requirements.filter(isOfNamespace))
        .map(({ key }) => key.slice(PREFIX.length));
      for (const key of keys.filter(each => !seen.has(`${entry.origin.path} ${each}`))) {
        seen.add(`${entry.origin.path} ${key}`);
        const at = inManifest(cluster.name, policy.manifest, entry.origin.path);
        const known = places.get(key);
        if (known) {
          known.push(at);
        } else {
          places.set(key, [at]);
        }
      }
    }
  }
  return places;
}

const PREFIX = `${NAMESPACE_LABELS_PREFIX}.`;
const NAME_LABEL = `${PREFIX}${NAME}`;

function isOfNamespace({ key }: Requirement): boolean {
  return key.startsWith(PREFIX) && key !== NAME_LABEL;
}
