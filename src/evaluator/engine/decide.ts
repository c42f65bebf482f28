import { Direction, FlowProtocol, PolicyEntry, Tier } from './entry';
import { applyingEntries, DirectedFlow, hasDefaultDeny, letsLocalHost, matches, matchingPorts, namedRangeEnds, Peer, precedenceGroups, Subject } from './matching';
import { ProxyRules, proxyRules } from './proxy-filters';
import { reservedSelector, selects } from './selector';
import { PolicySettings } from './settings';
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

/**
 * Decides one flow in one direction, literally: every entry is asked.
 *
 * - Only entries that select the subject count. With none of them, and enforcement not `always`, nothing is enforced.
 * - They are asked group by group, as `precedenceGroups` orders them; the first group in which one matches the flow decides. In a group a deny
 *   beats every allow, whatever their order; a layer 7 rule on the port beats a plain allow, whatever selector it has; and what only passes
 *   leaves the flow to the groups of later tiers.
 * - With entries none of which turns default deny on, everything else is allowed.
 * - The local host reaches pods that some ingress entry selects, unless it is denied. (Where enforcement is `always` and no entry selects the
 *   pod, not even the host is allowed, since 1.20.)
 *
 * Source: pkg/policy/repository.go, rule.go, rules.go, l4.go and mapstate.go, v1.20.2.
 */
export function decide(
  subject: Subject, direction: Direction, peer: Peer, protocol: FlowProtocol, port: number, entries: readonly PolicyEntry[], settings: PolicySettings,
): Decision {
  if (settings.enforcement === 'never') {
    return { verdict: 'unenforced', entries: [] };
  }
  const applying = applyingEntries(subject, direction, entries);
  const flow: DirectedFlow = { subject, direction, peer, protocol, port, ends: namedRangeEnds(applying, direction) };
  let passed: Tier | undefined;
  for (const { tier, entries: group } of precedenceGroups(applying)) {
    const matching = tier === passed ? [] : group.filter(entry => matches(entry, flow));
    const of = (verdict: PolicyEntry['verdict']) => matching.filter(entry => entry.verdict === verdict);
    const redirecting = redirectingEntries(of('allow'), flow, settings);
    if (of('deny').length > 0) {
      return { verdict: 'denied', entries: of('deny') };
    }
    if (redirecting.length > 0) {
      return { verdict: 'redirected', entries: redirecting, proxy: proxyRules(applying, flow, settings) };
    }
    if (of('allow').length > 0) {
      return { verdict: 'allowed', entries: of('allow') };
    }
    if (of('pass').length > 0) {
      passed = tier;
    }
  }
  if (!hasDefaultDeny(subject, applying, settings)) {
    return { verdict: applying.length > 0 ? 'allowed' : 'unenforced', entries: [] };
  }
  if (letsLocalHost(direction, applying, settings) && selects(reservedSelector('host'), peer)) {
    return { verdict: 'allowed', entries: [] };
  }
  return { verdict: 'default-denied', entries: applying.filter(entry => entry.defaultDeny) };
}

/** The allowing entries of those that match that redirect: all with layer 7 rules on the port, and in old versions only the most specific ones. */
function redirectingEntries(allowing: readonly PolicyEntry[], flow: DirectedFlow, settings: PolicySettings): PolicyEntry[] {
  const redirecting = allowing.filter(entry => matchingPorts(entry, flow).some(match => match.l7));
  return redirecting.length > 0 && settings.traits.redirectsMostSpecifically && !redirectsMostSpecifically(allowing, flow, settings) ? [] : redirecting;
}
