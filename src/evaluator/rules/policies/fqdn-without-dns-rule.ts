import { normalizedName } from '../../../cilium/dns-names';
import { L7, PolicyEntry } from '../../engine/entry';
import { Fqdn, matchesFqdn } from '../../engine/fqdn';
import { EvaluatedCluster } from '../../read/cluster';
import { RuleContext } from '../context';
import { inManifest, Reported, Rule } from '../rule';
import { listNames } from '../shared/names';
import { UNRENDERED_POLICIES } from '../shared/unrendered';

export const fqdnWithoutDnsRule: Rule<'fqdn-without-dns-rule'> = {
  codes: {
    'fqdn-without-dns-rule': {
      severity: 'warning',
      title: 'toFQDNs without a DNS rule',
      documentation:
        'Cilium learns the addresses of `toFQDNs` from DNS answers that pass its DNS proxy, for each pod by itself ' +
        '(Documentation/security/policy/layer3.rst, v1.20.2). ' +
        'No egress rule of the pods lets the names pass the proxy, so the rule selects no address.',
      fix: 'Allow egress to kube-dns on UDP/53 with rules: {dns: [{matchPattern: "*"}]}.',
    },
  },
  check(context, report) {
    for (const cluster of context.mesh.clusters) {
      for (const { manifest, entries } of cluster.policies) {
        for (const entry of entries.filter(
          ({ peers }) => peers !== 'none' && peers.some(({ kind }) => kind === 'fqdn'),
        )) {
          const problem = problemOf(context, cluster, entry);
          if (problem !== undefined) {
            report('fqdn-without-dns-rule', {
              at: inManifest(cluster.name, manifest, `${entry.origin.path}.toFQDNs`),
              ...problem,
              fix: 'add rules: {dns: [{matchPattern: "*"}]} to toPorts of the egress rule for kube-dns on UDP/53',
            });
          }
        }
      }
    }
  },
};

function problemOf(
  context: RuleContext,
  cluster: EvaluatedCluster,
  entry: PolicyEntry,
): Pick<Reported, 'message' | 'namespaces' | 'unknown'> | undefined {
  const mayHaveMore = context.mayHaveMore(cluster, undefined);
  if (dnsRules(cluster.entries).length === 0 && !(mayHaveMore && !context.subjectsOf(cluster, entry).isEmpty)) {
    return {
      message:
        `no egress rule in ${cluster.name} sends DNS through Cilium's DNS proxy, so toFQDNs learns no addresses and ` +
        'the rule matches nothing',
      ...(mayHaveMore ? { unknown: UNRENDERED_POLICIES } : {}),
    };
  }
  const names = writtenNames(entry);
  const withoutProxy: number[] = [];
  const forbidden = new Map<Fqdn, number[]>();
  context.subjectsOf(cluster, entry).forEach(number => {
    const rules = dnsRules(context.rulesOf(cluster, 'egress', number).entries);
    if (rules.length === 0) {
      withoutProxy.push(number);
    }
    for (const name of rules.length === 0 ? [] : names.filter(each => !rules.some(rule => passes(rule, entry, each)))) {
      forbidden.set(name, [...(forbidden.get(name) ?? []), number]);
    }
  });
  if (withoutProxy.length > 0) {
    return {
      message:
        `no egress rule of ${listNames(context.namesOf(withoutProxy))} sends DNS through Cilium's DNS proxy, so ` +
        'toFQDNs learns no addresses for them',
      namespaces: context.namespacesOf(withoutProxy),
    };
  }
  const [first] = forbidden;
  return (
    first && {
      message:
        `the DNS rules of ${listNames(context.namesOf(first[1]))} let no query for ` +
        `${first[0].matchName ?? first[0].matchPattern} pass, so toFQDNs learns no addresses of it`,
      namespaces: context.namespacesOf(first[1]),
    }
  );
}

/** The DNS rules of lists of entries: many rules have the same subjects. */
const DNS_RULES = new WeakMap<readonly PolicyEntry[], readonly L7[]>();

function dnsRules(entries: readonly PolicyEntry[]): readonly L7[] {
  const known =
    DNS_RULES.get(entries) ??
    entries
      .filter(({ direction }) => direction === 'egress')
      .flatMap(({ ports }) => ports.flatMap(({ l7 }) => (l7?.parser === 'dns' ? [l7] : [])));
  DNS_RULES.set(entries, known);
  return known;
}

/** The names and patterns of a rule. */
function writtenNames({ peers }: PolicyEntry): Fqdn[] {
  return peers === 'none' ? [] : peers.flatMap(peer => (peer.kind === 'fqdn' ? [peer.fqdn] : []));
}

/** Whether the DNS rules may let a query for a name of `toFQDNs` pass. */
function passes({ dns = [] }: L7, { traits }: PolicyEntry, name: Fqdn): boolean {
  return dns.length === 0 || dns.some(rule => mayMeet(rule, name, traits));
}

/** Whether two names or patterns may match the same name. Of two patterns only the ends are compared. */
function mayMeet(rule: Fqdn, name: Fqdn, traits: PolicyEntry['traits']): boolean {
  if (name.matchName) {
    return matchesFqdn(rule, traits, normalizedName(name.matchName));
  }
  if (rule.matchName) {
    return matchesFqdn(name, traits, normalizedName(rule.matchName));
  }
  const [one, other] = [rule, name].map(({ matchPattern = '' }) => normalizedName(matchPattern).replace(/^.*\*/, ''));
  return one.endsWith(other) || other.endsWith(one);
}
