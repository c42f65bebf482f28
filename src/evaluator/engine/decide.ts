import { DirectionPolicy, PeerFlow } from './direction-policy';
import { EntryVerdict, PolicyEntry, Tier } from './entry';
import { FilterRule } from './l4-filter';
import { FilterMatch, matchesOf } from './matching';
import { ProxyRules, proxyRules } from './proxy-filters';
import { reservedSelector, selects } from './selector';
import { redirectsMostSpecifically } from './specificity';

/** What becomes of a flow in one direction. */
export type DirectionVerdict =
  /** A rule allows it. */
  | 'allowed'
  /** A rule allows it at layers 3 and 4, and layer 7 rules decide. */
  | 'redirected'
  /** A deny rule denies it. */
  | 'denied'
  /** No rule allows it, and default deny is on. */
  | 'default-denied'
  /** No policy is enforced in this direction. */
  | 'unenforced';

/** A verdict with the rules that made it. */
export interface Decision {
  readonly verdict: DirectionVerdict;
  readonly entries: readonly PolicyEntry[];
  /** Of what is redirected: what the proxy decides by, see http.ts. */
  readonly proxy?: ProxyRules;
}

const HOST = reservedSelector('host');

/**
 * Decides one flow in one direction, literally: every filter is asked.
 *
 * - With no rules about the subject, and enforcement not `always`, nothing is enforced.
 * - Levels of precedence are asked one after the other; the first in which a rule matches the flow decides. In a level a deny beats every allow,
 *   whatever their order; a layer 7 rule on the port beats a plain allow, whatever selector it has; and what only passes leaves the flow to the
 *   levels of later tiers.
 * - With rules none of which turns default deny on, everything else is allowed.
 * - The local host reaches pods that some ingress rule selects, unless it is denied. (Where enforcement is `always` and no rule selects the
 *   pod, not even the host is allowed, since 1.20.)
 *
 * Source: pkg/policy/repository.go, rule.go, rules.go, l4.go and mapstate.go, v1.20.2.
 */
export function decide(policy: DirectionPolicy, flow: PeerFlow): Decision {
  const { entries, levels, settings } = policy;
  if (settings.enforcement === 'never') {
    return { verdict: 'unenforced', entries: [] };
  }
  let passed: Tier | undefined;
  for (const { tier, filters } of levels) {
    const matches = tier === passed ? [] : matchesOf(policy, filters, flow);
    const rules = matches.flatMap(match => match.policy.rules);
    const of = (verdict: EntryVerdict) => rules.filter(({ entry }) => entry.verdict === verdict);
    if (of('deny').length > 0) {
      return { verdict: 'denied', entries: entriesOf(policy, of('deny')) };
    }
    const redirecting = redirectingRules(policy, matches, of('allow'), flow);
    if (redirecting.length > 0) {
      return { verdict: 'redirected', entries: entriesOf(policy, redirecting), proxy: proxyRules(policy, flow) };
    }
    if (of('allow').length > 0) {
      return { verdict: 'allowed', entries: entriesOf(policy, of('allow')) };
    }
    if (of('pass').length > 0) {
      passed = tier;
    }
  }
  if (!policy.defaultDeny) {
    return { verdict: entries.length > 0 ? 'allowed' : 'unenforced', entries: [] };
  }
  if (policy.allowsLocalHost && selects(HOST, flow.peer)) {
    return { verdict: 'allowed', entries: [] };
  }
  return { verdict: 'default-denied', entries: entries.filter(entry => entry.defaultDeny) };
}

/** The allowing rules that redirect: all with layer 7 rules on the port, and in old versions only the most specific ones. */
function redirectingRules(policy: DirectionPolicy, matches: readonly FilterMatch[], allowing: readonly FilterRule[], flow: PeerFlow): FilterRule[] {
  const redirecting = allowing.filter(({ l7 }) => l7);
  return redirecting.length > 0 && policy.settings.traits.redirectsMostSpecifically && !redirectsMostSpecifically(policy, matches, flow) ? [] : redirecting;
}

/** The entries of rules, in the order of the cluster's policies. */
function entriesOf({ entries }: DirectionPolicy, rules: readonly FilterRule[]): PolicyEntry[] {
  const found = new Set(rules.map(({ entry }) => entry));
  return entries.filter(entry => found.has(entry));
}
