/**
 * Which DNS names the pods of a policy can learn the addresses of.
 *
 * Cilium takes the addresses of a name from DNS answers that pass its DNS proxy. The proxy gets the queries of pods
 * only where one of their egress rules has `rules.dns`, and drops queries that those rules do not match
 * (Documentation/security/policy/layer3.rst, "DNS based", v1.20.2). A name without such a rule has no addresses, so
 * `toFQDNs` selects nothing for it.
 */
import { dnsServers, DnsServers, maySelectPodsOf } from './dns-servers';
import { Endpoint, peerOf } from './endpoint';
import { Traits } from '../../cilium/traits';
import { decide } from '../engine/decide';
import { DirectionPolicy, Peer } from '../engine/direction-policy';
import { Fqdn } from '../engine/fqdn';
import { matchesQuery, queryFilters } from '../engine/http';
import { PeerSelector, selects } from '../engine/selector';
import { SelectorPolicy } from '../engine/selector-policy';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';

/** DNS rules of one place: a query passes if one of them matches; without any, every query. */
export interface QueryRules {
  readonly dns: readonly Fqdn[];
  readonly traits: Traits;
}

/** The names whose addresses pods can learn. */
export class LearnedNames {
  /** @param rules the DNS rules that let the names pass, or `all` if all names do */
  constructor(public readonly rules: readonly QueryRules[] | 'all') {}

  public has(name: string): boolean {
    return this.rules === 'all' || this.rules.some(({ dns, traits }) => matchesQuery(dns, name, traits));
  }
}

const LEARNED = new WeakMap<EvaluatedMesh, WeakMap<DirectionPolicy, LearnedNames>>();
const SERVERS = new WeakMap<EvaluatedMesh, Map<string, DnsServers>>();

/** The names whose addresses the pods of an egress policy can learn. */
export function learnedNames(policy: DirectionPolicy, cluster: EvaluatedCluster, mesh: EvaluatedMesh): LearnedNames {
  const known = LEARNED.get(mesh) ?? new WeakMap<DirectionPolicy, LearnedNames>();
  LEARNED.set(mesh, known);
  const names = known.get(policy) ?? readNames(policy, cluster, serversOf(cluster, mesh));
  known.set(policy, names);
  return names;
}

/**
 * An endpoint as the pods of a policy see it. A name is only the world to pods that cannot learn its addresses. The
 * names of an address are those that the pods have learned.
 */
export function peerSeenBy(
  policy: DirectionPolicy,
  endpoint: Endpoint,
  cluster: EvaluatedCluster,
  mesh: EvaluatedMesh,
): Peer {
  const peer = peerOf(endpoint, cluster, mesh, policy.direction);
  return endpoint.kind === 'name' &&
    policy.direction === 'egress' &&
    !learnedNames(policy, cluster, mesh).has(endpoint.name)
    ? { ...peer, names: [] }
    : peer;
}

function serversOf(cluster: EvaluatedCluster, mesh: EvaluatedMesh): DnsServers {
  const known = SERVERS.get(mesh) ?? new Map<string, DnsServers>();
  SERVERS.set(mesh, known);
  const servers = known.get(cluster.name) ?? dnsServers(mesh, cluster);
  known.set(cluster.name, servers);
  return servers;
}

/**
 * Of known DNS servers, the decision on queries to them counts: it includes deny rules and the ports that the servers
 * listen on. Rules for other servers, such as addresses, count as written. An unknown verdict of the proxy is no reason
 * to say that names are unknown.
 */
function readNames(policy: DirectionPolicy, cluster: EvaluatedCluster, servers: DnsServers): LearnedNames {
  const rules = dnsRules(policy);
  if (rules.length === 0) {
    return new LearnedNames([]);
  }
  const known = [...servers.pods, ...servers.assumed];
  const proxied = known.flatMap(({ peer, ports }) =>
    ports.flatMap(port =>
      (['UDP', 'TCP'] as const)
        .map(protocol => decide(policy, { peer, protocol, port }))
        .filter(({ verdict, proxy }) => verdict === 'redirected' && proxy!.dnsPorts.size > 0)
        .map(queryFilters),
    ),
  );
  const { traits } = policy.settings;
  const others = rules
    .filter(({ selector }) => meansOtherServer(selector, servers, cluster))
    .map(({ dns }) => ({ dns, traits }));
  const passing = [...proxied, others].flatMap<QueryRules | 'unknown'>(each => each);
  const deciding = passing.filter(each => each !== 'unknown');
  return new LearnedNames(
    deciding.length < passing.length || deciding.some(({ dns }) => dns.length === 0) ? 'all' : deciding,
  );
}

/** The merged DNS rules of a policy, by what they select. */
function dnsRules({ levels }: DirectionPolicy): Array<Pick<SelectorPolicy, 'selector' | 'dns'>> {
  return levels
    .flatMap(({ filters }) => filters)
    .flatMap(({ selectors }) => [...selectors.values()])
    .filter(({ denied, rules }) => !denied && rules.some(({ entry, l7 }) => entry.verdict === 'allow' && l7?.dns));
}

/** Whether a rule selects none of the known DNS servers, and may select one that the manifests do not show. */
function meansOtherServer(selector: PeerSelector, servers: DnsServers, cluster: EvaluatedCluster): boolean {
  return (
    ![...servers.pods, ...servers.assumed].some(({ peer }) => selects(selector, peer)) &&
    (servers.isUnknown || selector.kind !== 'labels' || !maySelectPodsOf('kube-system', selector, cluster))
  );
}
