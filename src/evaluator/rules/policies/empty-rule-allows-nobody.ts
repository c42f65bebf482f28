import { CLUSTER_LABEL, NAMESPACE_LABEL } from '../../../cilium/labels';
import { bareKey, isCiliumPolicy, SelectorSyntax, SpecSyntax } from '../../read/policy/syntax';
import { inManifest, Rule } from '../rule';

/**
 * `[{}]` as the only rule for whole namespaces is how a default deny is written, and meant; beside other rules, or
 * for a single application,
 * it looks like the Kubernetes form.
 */
export const emptyRuleAllowsNobody: Rule<'empty-rule-allows-nobody'> = {
  codes: {
    'empty-rule-allows-nobody': {
      severity: 'warning',
      title: 'An empty rule or list allows no peer',
      documentation:
        "An empty rule `{}` allows no peer in Cilium's policies, and all peers in a Kubernetes " +
        'NetworkPolicy. ' +
        'Since Cilium 1.16 a rule with an empty list of peers allows no peer either. ' +
        'As the only rule for a whole namespace `[{}]` is the usual way to write default deny, so it is not ' +
        'reported.',
      fix: 'Write fromEntities or toEntities: [all] to allow all peers, or name the peers.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies) {
      const syntax = context.syntaxOf(policy);
      for (const { path, section } of isCiliumPolicy(syntax) ? syntax.specs.flatMap(emptyRules) : []) {
        report('empty-rule-allows-nobody', {
          at: inManifest(cluster.name, policy.manifest, path),
          message:
            `an empty ${section} rule allows no peer in a ${syntax.kind}; in a NetworkPolicy it would allow ` +
            'all peers',
          fix:
            `write ${section === 'ingress' ? 'fromEntities' : 'toEntities'}: [all] to allow all peers; ` +
            'for default deny, put the empty rule into a policy of its own for the whole namespace',
        });
      }
      for (const { field, path } of isCiliumPolicy(syntax) && cluster.version.traits.emptyPeerListMatchesNothing
        ? syntax.specs.flatMap(emptyLists)
        : []) {
        report('empty-rule-allows-nobody', {
          at: inManifest(cluster.name, policy.manifest, path),
          message: `${field} is an empty list, so the rule allows no peer, whatever its other fields`,
          fix: `remove ${field} to allow all peers on the rule's ports, or name the peers`,
        });
      }
    }
  },
};

function emptyRules({ subjects, rules }: SpecSyntax) {
  return rules.filter(
    ({ denies, isEmpty, section }) =>
      !denies &&
      isEmpty &&
      (subjects.some(namesApplication) || rules.filter(other => other.section === section).length > 1),
  );
}

/** The first empty list of each rule. */
function emptyLists({ rules }: SpecSyntax) {
  return rules
    .filter(({ denies }) => !denies)
    .flatMap(({ peers }) => peers.filter(({ items }) => items.length === 0).slice(0, 1));
}

function namesApplication({ selects, keys }: SelectorSyntax): boolean {
  return (
    selects === 'pods' &&
    keys.some(
      ({ key, values }) => values.length > 0 && bareKey(key) !== NAMESPACE_LABEL && bareKey(key) !== CLUSTER_LABEL,
    ) &&
    !keys.some(({ operator }) => operator === 'NotIn' || operator === 'DoesNotExist')
  );
}
