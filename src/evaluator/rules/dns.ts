import { FindingContext } from './context';
import { Finding, found, some } from './finding';
import { decide } from '../engine/decide';
import { PolicyEntry } from '../engine/entry';
import { LabelSet } from '../engine/label-set';
import { Peer } from '../engine/matching';
import { EvaluatedCluster, EvaluatedPolicy } from '../read/cluster';
import { namespaceOf } from '../read/namespace';
import { identityLabels } from '../read/workload';

/** Policies that cut off DNS, and those that need what only Cilium's DNS proxy knows. */
export function dnsFindings(context: FindingContext): Finding[] {
  return context.mesh.clusters.flatMap(cluster => [
    ...cluster.policies.flatMap(policy => namesWithoutProxy(cluster, policy)),
    ...withoutDns(context, cluster),
  ]);
}

/** Workloads whose egress is denied by default, DNS with it. */
function withoutDns(context: FindingContext, cluster: EvaluatedCluster): Finding[] {
  const servers = dnsServers(cluster);
  const denyingEntry = new Map<string, PolicyEntry | undefined>();
  const byRule = new Map<string, { entry: PolicyEntry; classes: number[] }>();
  context.ownClasses(cluster).forEach(number => {
    const { key, entries } = context.rulesOf(cluster, 'egress', number);
    if (!denyingEntry.has(key)) {
      const decisions = servers.map(server => decide(context.index.classes[number], 'egress', server, 'UDP', 53, entries, cluster.settings.policy));
      denyingEntry.set(key, decisions.every(({ verdict }) => verdict === 'default-denied' || verdict === 'denied') ? decisions[0].entries[0] : undefined);
    }
    const entry = denyingEntry.get(key);
    if (entry) {
      const rule = `${entry.origin.kind}/${entry.origin.namespace}/${entry.origin.name}/${entry.origin.path}`;
      byRule.set(rule, { entry, classes: [...byRule.get(rule)?.classes ?? [], number] });
    }
  });
  return [...byRule.values()].flatMap(({ entry, classes }) => {
    const manifest = cluster.manifestOf(entry.origin);
    return manifest ? [found('dns-denied', cluster.name, manifest, entry.origin.path,
      `egress of ${some(context.namesOf(classes))} to kube-dns on UDP/53 is denied: names do not resolve, and calls by name fail before any other rule counts`,
      'allow egress to k8s-app=kube-dns in kube-system on UDP/53 and TCP/53')] : [];
  });
}

/** Who may answer DNS: the pods of kube-dns, those of NodeLocal DNSCache, which also run on the host, and those of OpenShift. */
function dnsServers(cluster: EvaluatedCluster): Peer[] {
  const aggregate = cluster.settings.policy.traits.aggregateIdentities ? { aggregate: 'aggregate-cluster' as const } : {};
  const pods = (namespace: string, labels: { readonly [key: string]: string }, serviceAccount: string): Peer => ({
    labels: identityLabels(cluster.name, cluster.namespaces.get(namespace) ?? namespaceOf(namespace, undefined, true, cluster.version.traits), labels, serviceAccount),
    namedPorts: new Map([['dns/UDP', 53], ['dns-tcp/TCP', 53]]), names: [], groups: [], ...aggregate,
  });
  const written = cluster.workloads.filter(each => each.namespace === 'kube-system' && each.podLabels['k8s-app'] === 'kube-dns' && !each.hostNetwork);
  return [
    ...written.length > 0 ? written.map(({ labels, namedPorts }) => ({ labels, namedPorts, names: [], groups: [], ...aggregate })) : [pods('kube-system', { 'k8s-app': 'kube-dns' }, 'coredns')],
    pods('kube-system', { 'k8s-app': 'node-local-dns' }, 'node-local-dns'),
    pods('openshift-dns', { 'dns.operator.openshift.io/daemonset-dns': 'default' }, 'dns'),
    { labels: new LabelSet([{ source: 'reserved', key: 'host', value: '' }]), namedPorts: new Map(), names: [], groups: [] },
  ];
}

/** Names are learnt from answers that pass the DNS proxy; without a DNS rule none does. */
function namesWithoutProxy(cluster: EvaluatedCluster, { manifest, entries }: EvaluatedPolicy): Finding[] {
  const withNames = entries.filter(entry => entry.peers !== 'nobody' && entry.peers.some(peer => peer.kind === 'fqdn'));
  const proxied = withNames.length > 0 && cluster.entries.some(each => each.direction === 'egress' && each.ports.some(port => port.l7?.parser === 'dns'));
  return proxied ? [] : withNames.map(entry => found('fqdn-without-dns-rule', cluster.name, manifest, `${entry.origin.path}.toFQDNs`,
    `toFQDNs only knows the addresses that Cilium's DNS proxy saw, and no egress rule in ${cluster.name} sends DNS through it: the rule selects nobody`,
    'allow egress to kube-dns on UDP/53 with rules: {dns: [{matchPattern: "*"}]}'));
}
