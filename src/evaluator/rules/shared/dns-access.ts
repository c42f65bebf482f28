import { Cidr } from '../../../cilium/cidr';
import { decide } from '../../engine/decide';
import { DirectionPolicy, Peer } from '../../engine/direction-policy';
import { PolicyEntry } from '../../engine/entry';
import { holdsNumber } from '../../engine/matching';
import { PeerSelector } from '../../engine/selector';
import { DnsServer, DnsServers, maySelectPodsOf, maySelectServer } from '../../flows/dns-servers';
import { peerOf } from '../../flows/endpoint';
import { EvaluatedCluster } from '../../read/cluster';
import { EvaluatedMesh } from '../../read/mesh';

/** Whether the policy of pods lets them ask a DNS server of their cluster. */
export function allowsDns(policy: DirectionPolicy, servers: DnsServers, cluster: EvaluatedCluster): boolean {
  return (
    [...servers.pods, ...servers.assumed].some(({ peer, ports }) => ports.some(port => allows(policy, peer, port))) ||
    policy.entries.some(entry => asksHostForDns(entry) || (servers.isUnknown && mayAskKubeSystem(entry, cluster))) ||
    servers.assumed.some(server => policy.entries.some(entry => mayAsk(entry, server, cluster)))
  );
}

/** Whether the policy of pods lets them ask one of their own name servers. */
export function allowsNameServer(
  policy: DirectionPolicy,
  addresses: readonly Cidr[],
  cluster: EvaluatedCluster,
  mesh: EvaluatedMesh,
): boolean {
  return addresses.some(address => allows(policy, peerOf({ kind: 'address', address, names: [] }, cluster, mesh, 'egress'), 53));
}

function allows(policy: DirectionPolicy, peer: Peer, port: number): boolean {
  const { verdict } = decide(policy, { peer, protocol: 'UDP', port });
  return verdict !== 'default-denied' && verdict !== 'denied';
}

/** Whether a rule allows a port of DNS by its number or name, not as one of all ports. */
export function namesDnsPort({ ports }: PolicyEntry): boolean {
  return ports.some(
    port => port.protocol === 'UDP' && (port.name === 'dns' || (port.number !== 0 && holdsNumber(port, 53))),
  );
}

/** NodeLocal DNSCache runs on the host. A rule for its port means it; one for the host alone does not. */
function asksHostForDns(entry: PolicyEntry): boolean {
  return isAllow(entry) && namesDnsPort(entry) && peersOf(entry).some(selector => isEntity(selector, ['host']));
}

/** A rule for the port of DNS in kube-system means its server, whose labels are unknown. */
function mayAskKubeSystem(entry: PolicyEntry, cluster: EvaluatedCluster): boolean {
  return (
    isAllow(entry) &&
    namesDnsPort(entry) &&
    peersOf(entry).some(selector => selector.kind === 'labels' && maySelectPodsOf('kube-system', selector, cluster))
  );
}

/** Labels of namespaces may be set by hand, or by what installs the cluster. */
function mayAsk(entry: PolicyEntry, server: DnsServer, cluster: EvaluatedCluster): boolean {
  return (
    isAllow(entry) &&
    server.ports.some(number => entry.ports.length === 0 || entry.ports.some(port => coversDns(port, number))) &&
    peersOf(entry).some(selector => selector.kind === 'labels' && maySelectServer(selector, server, cluster))
  );
}

function coversDns(port: PolicyEntry['ports'][number], number: number): boolean {
  return port.protocol === 'UDP' && (port.name === undefined ? holdsNumber(port, number) : port.name === 'dns');
}

/** Whether a rule allows peers that clients ask for by name: pods, the API server, names, or all peers. */
export function allowsPeersByName(entry: PolicyEntry): boolean {
  return (
    isAllow(entry) &&
    entry.peers !== 'none' &&
    (namesDnsPort(entry) ||
      (entry.peers.length === 0 ? entry.hasPorts : entry.peers.some(selector => isAskedByName(selector))))
  );
}

function isAskedByName(selector: PeerSelector): boolean {
  switch (selector.kind) {
    case 'labels':
      return !isEntity(selector, ['host', 'remote-node', 'health', 'ingress', 'init', 'unmanaged']);
    case 'fqdn':
    case 'world':
      return true;
    default:
      return false;
  }
}

function isEntity(selector: PeerSelector, names: readonly string[]): boolean {
  return (
    selector.kind === 'labels' &&
    selector.requirements.some(({ source, key }) => source === 'reserved' && names.includes(key))
  );
}

function isAllow({ direction, verdict }: PolicyEntry): boolean {
  return direction === 'egress' && verdict === 'allow';
}

function peersOf({ peers }: PolicyEntry): readonly PeerSelector[] {
  return peers === 'none' ? [] : peers;
}
