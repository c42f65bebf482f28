import { NAMESPACE_LABELS_PREFIX } from '../../../cilium/labels';
import { Requirement } from '../../engine/selector';
import { EvaluatedCluster } from '../../read/cluster';
import { RuleContext } from '../context';
import { firstOfSeveral, inManifest, Place, Rule } from '../rule';
import { BUILT_IN_NAMESPACES, isNamespaceName, labelSelectors } from '../shared/label-selectors';

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
        'Kubernetes itself labels every namespace with its name, as `kubernetes.io/metadata.name`. ' +
        'Without the Namespace object the finding is info, because the label may be set by hand.',
      fix: 'Select the namespace by kubernetes.io/metadata.name, or add the label to the Namespace.',
    },
  },
  check(context, report) {
    const written = writtenLabels(context);
    const [lacked, byHand] = [new Map<string, Place[]>(), new Map<string, Place[]>()];
    const add = (places: Map<string, Place[]>, group: readonly string[], at: Place) => {
      const known = places.get(JSON.stringify(group));
      if (known) {
        known.push(at);
      } else {
        places.set(JSON.stringify(group), [at]);
      }
    };
    for (const { cluster, policy } of context.policies) {
      const seen = new Set<string>();
      for (const entry of policy.entries) {
        for (const { key, value } of labelSelectors(entry).flatMap(({ requirements }) => wantedLabels(requirements))) {
          if (written.has(labelOf(key, value))) {
            continue;
          }
          const lacking = lackingCluster(context, value);
          const id = `${entry.origin.path} ${key} ${value}`;
          if (lacking && !seen.has(id)) {
            seen.add(id);
            const at = inManifest(cluster.name, policy.manifest, entry.origin.path);
            add(lacked, [cluster.name, lacking.name, key, value], at);
          } else if (!seen.has(id) && isByHand(context, key, value)) {
            seen.add(id);
            add(byHand, [cluster.name, key, value], inManifest(cluster.name, policy.manifest, entry.origin.path));
          }
        }
      }
    }
    for (const [id, [at, ...more]] of lacked) {
      const [, lacking, key, value] = JSON.parse(id);
      report('namespace-label-missing', {
        at: firstOfSeveral(at, labelOf(key, value)),
        message:
          `namespace ${value} of ${lacking} has no label ${key}=${value}, so the rule selects none of its pods` +
          otherRules(more),
        fix: fixOf(key, value),
      });
    }
    for (const [id, [at, ...more]] of byHand) {
      const [, key, value] = JSON.parse(id);
      report('namespace-label-missing', {
        at: firstOfSeveral(at, labelOf(key, value)),
        message:
          `the rule selects namespace ${value} by the label ${key}=${value}, which neither Kubernetes nor a manifest ` +
          `sets${otherRules(more)}`,
        fix: fixOf(key, value),
        unknown: 'The manifests lack the Namespace, which may have the label by hand',
      });
    }
  },
};

/** `. So do 2 more rules`. */
function otherRules(more: readonly Place[]): string {
  return more.length === 0 ? '' : `. So ${more.length === 1 ? 'does 1 more rule' : `do ${more.length} more rules`}`;
}

function fixOf(key: string, value: string): string {
  return `write ${NAME}: ${value} instead of ${key}: ${value}, or add the label to the Namespace`;
}

/** The labels of namespaces with one allowed value. */
function wantedLabels(requirements: readonly Requirement[]): Array<{ readonly key: string; readonly value: string }> {
  return requirements
    .filter(
      ({ key, operator, values }) =>
        key.startsWith(PREFIX) && !isNamespaceName(key) && operator === 'In' && values.length === 1,
    )
    .map(({ key, values: [value] }) => ({ key: key.slice(PREFIX.length), value }));
}

/** The labels that namespaces of any cluster have. */
function writtenLabels({ mesh: { clusters } }: RuleContext): ReadonlySet<string> {
  return new Set(
    clusters.flatMap(({ namespaces }) =>
      [...namespaces.values()].flatMap(({ labels }) =>
        Object.entries(labels).map(([key, value]) => labelOf(key, value)),
      ),
    ),
  );
}

function labelOf(key: string, value: string): string {
  return `${key}=${value}`;
}

/** The cluster with a namespace of that name, whose object gets no more labels from a kustomization. */
function lackingCluster({ mesh: { clusters } }: RuleContext, value: string): EvaluatedCluster | undefined {
  return clusters.find(({ namespaces, input }) => {
    const manifest = namespaces.get(value)?.manifest;
    return manifest !== undefined && !input.kustomized?.has(manifest.file);
  });
}

/**
 * Whether a label names a namespace that is not in the manifests, and that installers label with its name only if
 * somebody tells them to: the label `name`, or one with the name of a namespace that every cluster has.
 */
function isByHand({ mesh: { clusters } }: RuleContext, key: string, value: string): boolean {
  return (
    (key === 'name' || BUILT_IN_NAMESPACES.includes(value)) &&
    !clusters.some(({ namespaces }) => namespaces.get(value)?.manifest !== undefined)
  );
}
