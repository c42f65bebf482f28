import { isCiliumPolicy, SpecSyntax } from '../../read/policy/syntax';
import { inManifest, Rule } from '../rule';

/**
 * `[{}]` as the only rule is how Cilium's documentation writes default deny, of single applications too
 * (examples/minikube/sw_deny_policy.yaml, v1.20.2). Beside other rules, or in a policy whose name or description says
 * allow, it looks like the Kubernetes form.
 */
export const emptyRuleAllowsNoPeer: Rule<'empty-rule-allows-no-peer'> = {
  codes: {
    'empty-rule-allows-no-peer': {
      severity: 'warning',
      title: 'An empty rule or list allows no peer',
      documentation:
        "An empty rule `{}` allows no peer in Cilium's policies, and all peers in a Kubernetes " +
        'NetworkPolicy. ' +
        'Since Cilium 1.16 a rule with an empty list of peers allows no peer either. ' +
        'As the only rule `[{}]` is the usual way to write default deny. ' +
        'It is reported there only if the name or description of the policy says allow.',
      fix: 'Write fromEntities or toEntities: [all] to allow all peers, or name the peers.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies) {
      const syntax = context.syntaxOf(policy);
      const specs = isCiliumPolicy(syntax) ? syntax.specs : [];
      const empty = specs.flatMap(spec => emptyRules(spec, saysAllow(policy.manifest.object, spec)));
      for (const { path, section } of empty) {
        report('empty-rule-allows-no-peer', {
          at: inManifest(cluster.name, policy.manifest, path),
          message:
            `an empty ${section} rule allows no peer in a ${syntax.kind}; in a NetworkPolicy it would allow ` +
            'all peers',
          fix:
            `write ${section === 'ingress' ? 'fromEntities' : 'toEntities'}: [all] to allow all peers; ` +
            'for default deny, put the empty rule into a policy of its own whose name says so',
        });
      }
      for (const { field, path } of isCiliumPolicy(syntax) && cluster.version.traits.emptyPeerListMatchesNothing
        ? syntax.specs.flatMap(emptyLists)
        : []) {
        report('empty-rule-allows-no-peer', {
          at: inManifest(cluster.name, policy.manifest, path),
          message: `${field} is an empty list, so the rule allows no peer, whatever its other fields`,
          fix: `remove ${field} to allow all peers on the rule's ports, or name the peers`,
        });
      }
    }
  },
};

function emptyRules({ rules }: SpecSyntax, promisesAllow: boolean) {
  return rules.filter(
    ({ denies, isEmpty, section }) =>
      !denies && isEmpty && (promisesAllow || rules.filter(other => other.section === section).length > 1),
  );
}

/** Whether the name of a policy, or the description of its spec, promises to allow and denies nothing. */
function saysAllow(object: any, { path }: SpecSyntax): boolean {
  const spec = path === 'spec' ? object.spec : object.specs?.[Number(/\d+/.exec(path)?.[0])];
  const text = [object.metadata.name, spec?.description].filter(each => typeof each === 'string').join(' ');
  return /\b(allow|permit|open)/i.test(text) && !/deny|denie|isolat|block|restrict/i.test(text);
}

/** The first empty list of each rule. */
function emptyLists({ rules }: SpecSyntax) {
  return rules
    .filter(({ denies }) => !denies)
    .flatMap(({ peers }) => peers.filter(({ items }) => items.length === 0).slice(0, 1));
}
