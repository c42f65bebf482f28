import { CLUSTER_LABEL } from '../../../cilium/labels';
import { GLOBAL_NAMESPACE_ANNOTATION } from '../../../cilium/namespace-annotations';
import { PolicyEntry } from '../../engine/entry';
import { BitSet } from '../../flows/bit-set';
import { isKnownElsewhere } from '../../flows/endpoint';
import { EvaluatedCluster } from '../../read/cluster';
import { RuleContext } from '../context';
import { inManifest, Rule } from '../rule';
import { labelSelectors, namesPods } from '../shared/label-selectors';
import { listNames } from '../shared/names';

export const namespaceNotGlobal: Rule<'namespace-not-global'> = {
  codes: {
    'namespace-not-global': {
      severity: 'warning',
      title: 'A rule names pods in a namespace that is not global',
      documentation:
        'A rule selects pods of another cluster in a namespace that is not global there. ' +
        'Since Cilium 1.19 only their own cluster knows the identities of such pods ' +
        '(clustermesh-apiserver/clustermesh/synchronizer.go), ' +
        'so the rule never matches them.',
      fix:
        `Annotate the namespace with ${GLOBAL_NAMESPACE_ANNOTATION}: "true", or set ` +
        'clustermesh.defaultGlobalNamespace: true in its cluster.',
    },
  },
  check(context, report) {
    const local = localClasses(context);
    for (const { cluster, policy } of context.policies) {
      const seen = new Set<string>();
      for (const entry of policy.entries) {
        const hidden = namedPeers(context, cluster, local, entry);
        if (hidden.length > 0 && !seen.has(entry.origin.path)) {
          seen.add(entry.origin.path);
          const workloads = hidden.map(number => context.index.classes[number].workloads[0]);
          const namespaces = listNames(workloads.map(({ namespace, cluster: name }) => `${namespace} in ${name}`));
          report('namespace-not-global', {
            at: inManifest(cluster.name, policy.manifest, entry.origin.path),
            message:
              `the rule selects ${listNames(context.namesOf(hidden))}, but the namespace is not global: ` +
              `${cluster.name} does not know these pods, so the rule never matches them`,
            fix:
              `annotate namespace ${namespaces} with ${GLOBAL_NAMESPACE_ANNOTATION}: "true", or set ` +
              'clustermesh.defaultGlobalNamespace: true there',
          });
        }
      }
    }
  },
};

/** Pods of other clusters that a rule names and that its cluster does not know. */
function namedPeers(context: RuleContext, { name }: EvaluatedCluster, local: BitSet, entry: PolicyEntry): number[] {
  return local.isEmpty
    ? []
    : labelSelectors(entry)
      .filter(
        ({ requirements }) =>
          requirements.some(({ key, source }) => key === CLUSTER_LABEL && source !== 'reserved') ||
          requirements.some(namesPods),
      )
      .flatMap(({ requirements }) => context.index.meeting(requirements).and(local).toArray())
      .filter(number => context.index.classes[number].cluster !== name);
}

/** The classes that other clusters do not know, because their namespaces are not global. */
function localClasses({ index, mesh }: RuleContext): BitSet {
  const local = new BitSet(index.size);
  index.classes.forEach(({ workloads: [first] }, number) => !isKnownElsewhere(first, mesh) && local.add(number));
  return local;
}
