import { meets } from './membership';
import { podIn, podsBeside } from './pods';
import { AskedEnds, AskedPort, Claim, Law, NamedService, PodWitness, Witnesses } from './witness';
import { Cidr } from '../../cilium/cidr';
import { Cluster } from '../mesh/cluster';
import { EndpointSet } from '../policy/peer';
import { SelectorTerms } from '../policy/selector';

/** The pods whose flows are denied, and the DNS requests that are not. */
export interface DeniedPods {
  readonly clusters: readonly Cluster[];
  /** Undefined for all namespaces except `exceptNamespaces`. */
  readonly namespace?: string;
  readonly exceptNamespaces: readonly string[];
  /** Undefined for all pods. */
  readonly selected?: SelectorTerms;
  readonly exceptions: readonly SelectorTerms[];
  readonly directions: ReadonlyArray<AskedEnds['direction']>;
  /** The servers and protocols of DNS requests; undefined if none are allowed. */
  readonly dns?: DnsServers;
}

interface DnsServers {
  readonly namespace: string;
  readonly labels: { readonly [key: string]: string };
  readonly protocols: ReadonlyArray<'TCP' | 'UDP'>;
  /** Whether only servers of the own cluster are meant; otherwise those of others may be too. */
  readonly isLocal: boolean;
}

const ANYTHING: SelectorTerms = { matchLabels: {}, matchExpressions: [] };

/**
 * The law of `DefaultDenyPolicy`:
 *
 * 1. Every flow of a selected pod of the clusters and namespaces that matches no exception is default-denied in the
 *    directions.
 * 2. Its DNS requests to the servers are allowed.
 * 3. Nothing changes for other pods, and in the other direction.
 */
export class DefaultDenyLaw implements Law {
  constructor(private readonly pods: DeniedPods) {}

  public witnesses(clusters: readonly Cluster[]): Witnesses {
    const { namespace, exceptNamespaces, selected = ANYTHING, exceptions, dns } = this.pods;
    const inCluster = (cluster: Cluster) => {
      const plain: EndpointSet = { cluster, namespace: namespace ?? 'default', namespaceLabels: {}, terms: selected };
      const sets = [plain, ...exceptions.map(terms => ({ ...plain, terms: bothTerms(selected, terms) }))];
      const excepted = exceptNamespaces.map(each => ({ ...plain, namespace: each }));
      const servers = dns
        ? [{ ...plain, namespace: dns.namespace, terms: { ...ANYTHING, matchLabels: dns.labels } }]
        : [];
      return [
        ...[...sets, ...excepted, ...servers].flatMap(set => podIn(set) ?? []),
        ...sets.flatMap(podsBeside),
      ];
    };
    return {
      inside: [...new Set([...clusters, ...this.pods.clusters.slice(0, 2)])].flatMap(inCluster),
      outside: [{ kind: 'address', address: Cidr.masked('198.51.100.77/32')! }],
    };
  }

  public ports(): AskedPort[] {
    return [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
      { protocol: 'TCP', port: 80 },
    ];
  }

  public portNames(): readonly string[] {
    return [];
  }

  public services(): readonly NamedService[] {
    return [];
  }

  public claimsOf(): string {
    return '';
  }

  public claims({ direction, subject, peer }: AskedEnds, ports: readonly AskedPort[]): Claim[] {
    const { directions, dns } = this.pods;
    if (!directions.includes(direction) || !this.isDenied(subject)) {
      return ports.map(() => 'unchanged');
    }
    const isServer =
      dns !== undefined &&
      peer.kind === 'pod' &&
      peer.namespace === dns.namespace &&
      meets(peer.labels, { ...ANYTHING, matchLabels: dns.labels });
    const answer = !isServer || direction === 'ingress' ? 'default-denied' : answerOf(peer, subject, dns);
    return ports.map(({ protocol, port }) =>
      port === 53 && dns?.protocols.some(each => each === protocol) ? answer : 'default-denied',
    );
  }

  private isDenied({ cluster, namespace, labels }: PodWitness): boolean {
    const { clusters, namespace: only, exceptNamespaces, selected = ANYTHING, exceptions } = this.pods;
    return (
      clusters.includes(cluster) &&
      (only === undefined ? !exceptNamespaces.includes(namespace) : namespace === only) &&
      meets(labels, selected) &&
      !exceptions.some(terms => meets(labels, terms))
    );
  }
}

function bothTerms(one: SelectorTerms, other: SelectorTerms): SelectorTerms {
  return {
    matchLabels: { ...one.matchLabels, ...other.matchLabels },
    matchExpressions: [...one.matchExpressions, ...other.matchExpressions],
  };
}

function answerOf(server: PodWitness, { cluster }: PodWitness, { isLocal }: DnsServers): Claim {
  return server.cluster === cluster ? 'redirected' : isLocal ? 'default-denied' : 'unknown';
}
