import { requiredAuthentication } from './authentication';
import { AuthenticationMode } from './authentication-mode';
import { DirectionPolicy, PeerFlow } from './direction-policy';
import { EntryVerdict, PolicyEntry, Tier } from './entry';
import { PrecedenceLevel } from './l4-filter';
import { reservedSelector } from './label-selector';
import { FilterMatch, matchesOf } from './matching';
import { ProxyRules, proxyRules } from './proxy-filters';
import { selects } from './selector';
import { FilterRule } from './selector-policy';
import { mostSpecificEntry } from './specificity';
import { CLUSTER_LABEL } from '../../cilium/labels';

/** The verdict of a policy on a flow in one direction. */
export type DirectionVerdict =
  /** A rule allows it. */
  | 'allowed'
  /** A rule allows it at layers 3 and 4. Layer 7 rules decide the requests. */
  | 'redirected'
  /** A deny rule denies it. */
  | 'denied'
  /** No rule allows it, and default deny is on. */
  | 'default-denied'
  /** A rule allows it once both ends are authenticated, which Cilium cannot do for them. */
  | 'auth-required'
  /**
   * Cilium allows or drops it, depending on the order in which it computes the rules: in some orders it requires an
   * authentication that fails. The order differs from one computation to the next.
   */
  | 'undetermined'
  /** Policies deny it, and Cilium reports that without dropping anything (`policy-audit-mode`). */
  | 'audited'
  /** No policy is enforced in this direction. */
  | 'unenforced';

/** A verdict with the rules that made it. */
export interface Decision {
  readonly verdict: DirectionVerdict;
  readonly entries: readonly PolicyEntry[];
  /** For an audited flow: the verdict without audit mode. */
  readonly audited?: DirectionVerdict;
  /**
   * The authentication that the rules require, undefined for none. There are several modes where the order decides in
   * which Cilium inserts the rules. Left out if no order requires any.
   */
  readonly authentications?: ReadonlyArray<AuthenticationMode | undefined>;
  /** For a flow whose authentication may fail: what the rules decide once both ends are authenticated. */
  readonly authenticated?: Decision;
  /** For a redirected flow: the rules that the proxy applies, see http.ts. */
  readonly proxy?: ProxyRules;
}

const HOST = reservedSelector('host');

/**
 * Decides one flow in one direction by asking every filter.
 *
 * - Without rules that apply to the subject, Cilium enforces nothing, unless enforcement is `always`.
 * - Levels of precedence are asked in order. The first level with a rule that matches the flow decides.
 * - In a level, a deny beats every allow, whatever their order.
 * - A layer 7 rule on the port beats a plain allow, whatever selector it has.
 * - A `pass` leaves the flow to the levels of later tiers.
 * - If no rule turns default deny on, everything else is allowed.
 * - Mutual authentication does not work between clusters, so Cilium drops what requires it there
 *   (Documentation/network/servicemesh/mutual-authentication/mutual-authentication.rst, v1.20.2).
 * - In audit mode Cilium drops nothing (policy_can_ingress and policy_can_egress, bpf/lib/policy.h, v1.20.2).
 * - The local host reaches pods that an ingress rule selects, unless a rule denies it. Since 1.20, enforcement `always`
 *   without any such rule drops the host too.
 *
 * Source: pkg/policy/repository.go, rule.go, rules.go, l4.go and mapstate.go, v1.20.2.
 */
export function decide(policy: DirectionPolicy, flow: PeerFlow): Decision {
  const decision = decideByRules(policy, flow);
  return policy.settings.auditMode && DROPPING.includes(decision.verdict)
    ? { ...decision, verdict: 'audited', audited: decision.verdict }
    : decision;
}

const DROPPING: readonly DirectionVerdict[] = ['denied', 'default-denied', 'auth-required', 'undetermined'];

function decideByRules(policy: DirectionPolicy, flow: PeerFlow): Decision {
  const { entries, levels, settings } = policy;
  if (settings.enforcement === 'never') {
    return { verdict: 'unenforced', entries: [] };
  }
  let passed: Tier | undefined;
  for (const level of levels) {
    const { tier, filters } = level;
    const matches = tier === passed ? [] : matchesOf(policy, filters, flow);
    const rules = matches.flatMap(match => match.policy.rules);
    const rulesWith = (verdict: EntryVerdict) => rules.filter(({ entry }) => entry.verdict === verdict);
    if (rulesWith('deny').length > 0) {
      return { verdict: 'denied', entries: entriesOf(policy, rulesWith('deny')) };
    }
    const allowing = rulesWith('allow');
    if (allowing.length > 0) {
      const authenticated = allowedBy(policy, level, { matches, allowing }, flow);
      return withAuthentication(policy, allowing, authenticated, flow);
    }
    if (rulesWith('pass').length > 0) {
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

/** The decision of rules that allow a flow, before any authentication. */
function allowedBy(
  policy: DirectionPolicy,
  level: PrecedenceLevel,
  { matches, allowing }: { readonly matches: readonly FilterMatch[]; readonly allowing: readonly FilterRule[] },
  flow: PeerFlow,
): Decision {
  const { traits } = policy.settings;
  const withL7 = allowing.filter(({ l7 }) => l7);
  const mostSpecific =
    traits.redirectsMostSpecifically && (withL7.length > 0 || policy.authenticates)
      ? mostSpecificEntry(policy, matches, flow)
      : undefined;
  const redirecting = mostSpecific?.redirects === false ? [] : withL7;
  const modes = !policy.authenticates
    ? []
    : traits.redirectsMostSpecifically
      ? [mostSpecific?.authentication]
      : requiredAuthentication(policy, flow, level);
  return {
    ...(redirecting.length > 0
      ? { verdict: 'redirected', entries: entriesOf(policy, redirecting), proxy: proxyRules(policy, flow) }
      : { verdict: 'allowed', entries: entriesOf(policy, allowing) }),
    ...(modes.some(mode => mode !== undefined && mode !== 'disabled') ? { authentications: modes } : {}),
  };
}

/** The decision of rules that allow a flow, with the authentication that they require of it. */
function withAuthentication(
  policy: DirectionPolicy,
  allowing: readonly FilterRule[],
  authenticated: Decision,
  flow: PeerFlow,
): Decision {
  const { authentications = [] } = authenticated;
  const failing = authentications.filter(mode => mode !== undefined && !canAuthenticate(policy, mode, flow));
  return failing.length === 0
    ? authenticated
    : {
      verdict: failing.length < authentications.length ? 'undetermined' : 'auth-required',
      entries: requiring(policy, allowing, failing),
      authenticated,
    };
}

/** The entries that require authentication; all, if the rules of other levels or ports do. */
function requiring(
  policy: DirectionPolicy,
  allowing: readonly FilterRule[],
  modes: ReadonlyArray<AuthenticationMode | undefined>,
): PolicyEntry[] {
  const own = allowing.filter(({ entry }) => modes.some(mode => mode === entry.authentication));
  return entriesOf(policy, own.length > 0 ? own : allowing);
}

/**
 * Whether Cilium can authenticate a flow: only between pods of one cluster, where SPIRE is enabled, never nodes,
 * entities and addresses, and never in the mode for tests (handleAuthRequest, pkg/auth/manager.go, v1.20.2).
 */
function canAuthenticate(
  { settings, subject }: DirectionPolicy,
  mode: AuthenticationMode,
  { peer }: PeerFlow,
): boolean {
  return (
    mode === 'required' &&
    settings.authenticates &&
    peer.labels.get('k8s', CLUSTER_LABEL) === settings.clusterName &&
    !subject.labels.isReserved('host')
  );
}

/** The entries of rules, in the order of the cluster's policies. */
function entriesOf({ entries }: DirectionPolicy, rules: readonly FilterRule[]): PolicyEntry[] {
  const decisive = new Set(rules.map(({ entry }) => entry));
  return entries.filter(entry => decisive.has(entry));
}
