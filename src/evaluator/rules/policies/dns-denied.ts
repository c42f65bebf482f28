import { decide } from '../../engine/decide';
import { directionPolicy, Peer } from '../../engine/direction-policy';
import { PolicyEntry } from '../../engine/entry';
import { LabelSet } from '../../engine/label-set';
import { EvaluatedCluster } from '../../read/cluster';
import { identityLabels } from '../../read/identity-labels';
import { namespaceOf } from '../../read/namespace';
import { RuleContext } from '../context';
import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';

export const dnsDenied: Rule<'dns-denied'> = {
  codes: {
    'dns-denied': {
      severity: 'warning',
      title: 'Egress policies deny DNS',
      documentation:
        'Policies turn on default deny for egress of workloads, and no rule allows DNS. ' +
        'Names do not resolve, so calls by name fail before any other rule counts.',
      fix: 'Allow egress to k8s-app=kube-dns in namespace kube-system on UDP/53 and TCP/53.',
    },
  },
  check(context, report) {
    for (const cluster of context.mesh.clusters) {
      for (const { entry, classes } of denyingRules(context, cluster)) {
        const manifest = cluster.manifestOf(entry.origin);
        if (manifest) {
          report('dns-denied', {
            at: inManifest(cluster.name, manifest, entry.origin.path),
            message:
              `egress of ${listNames(context.namesOf(classes))} to kube-dns on UDP/53 is denied, so names do ` +
              'not resolve and calls by name fail',
            fix:
              'add an egress rule: toEndpoints: [{matchLabels: {io.kubernetes.pod.namespace: kube-system, ' +
              'k8s-app: kube-dns}}], ' +
              'toPorts: [{ports: [{port: "53", protocol: ANY}]}]',
          });
        }
      }
    }
  },
};

interface DenyingRule {
  readonly entry: PolicyEntry;
  readonly classes: number[];
}

/** The rules that deny DNS to pods of a cluster. */
function denyingRules(context: RuleContext, cluster: EvaluatedCluster): Iterable<DenyingRule> {
  const servers = dnsServers(cluster);
  const denyingEntry = new Map<string, PolicyEntry | undefined>();
  const byRule = new Map<string, DenyingRule>();
  context.ownClasses(cluster).forEach(number => {
    const { key, entries } = context.rulesOf(cluster, 'egress', number);
    if (!denyingEntry.has(key)) {
      const policy = directionPolicy(context.index.classes[number], 'egress', entries, cluster.settings.policy);
      const decisions = servers.map(server => decide(policy, { peer: server, protocol: 'UDP', port: 53 }));
      denyingEntry.set(
        key,
        decisions.every(({ verdict }) => verdict === 'default-denied' || verdict === 'denied')
          ? decisions[0].entries[0]
          : undefined,
      );
    }
    const entry = denyingEntry.get(key);
    if (entry) {
      const rule = `${entry.origin.kind}/${entry.origin.namespace}/${entry.origin.name}/${entry.origin.path}`;
      byRule.set(rule, { entry, classes: [...(byRule.get(rule)?.classes ?? []), number] });
    }
  });
  return byRule.values();
}

/**
 * Who may answer DNS: the pods of kube-dns, those of NodeLocal DNSCache, which also run on the host, and those of
 * OpenShift.
 */
function dnsServers(cluster: EvaluatedCluster): Peer[] {
  const aggregate = cluster.settings.policy.traits.aggregateIdentities
    ? { aggregate: 'aggregate-cluster' as const }
    : {};
  const pods = (namespace: string, labels: { readonly [key: string]: string }, serviceAccount: string): Peer => ({
    labels: identityLabels(
      cluster.name,
      cluster.namespaces.get(namespace) ?? namespaceOf(namespace, undefined, true, cluster.version.traits),
      labels,
      serviceAccount,
      cluster.settings.identityLabels,
    ),
    namedPorts: new Map([
      ['dns/UDP', 53],
      ['dns-tcp/TCP', 53],
    ]),
    names: [],
    groups: [],
    ...aggregate,
  });
  const written = cluster.workloads.filter(
    each => each.namespace === 'kube-system' && each.podLabels['k8s-app'] === 'kube-dns' && !each.hostNetwork,
  );
  return [
    ...(written.length > 0
      ? written.map(({ labels, namedPorts }) => ({ labels, namedPorts, names: [], groups: [], ...aggregate }))
      : [pods('kube-system', { 'k8s-app': 'kube-dns' }, 'coredns')]),
    pods('kube-system', { 'k8s-app': 'node-local-dns' }, 'node-local-dns'),
    pods('openshift-dns', { 'dns.operator.openshift.io/daemonset-dns': 'default' }, 'dns'),
    {
      labels: new LabelSet([{ source: 'reserved', key: 'host', value: '' }]),
      namedPorts: new Map(),
      names: [],
      groups: [],
    },
  ];
}
