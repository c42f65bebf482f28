import { peerOf } from './endpoint';
import { CLUSTER_LABEL, NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX } from '../../cilium/labels';
import { Peer } from '../engine/direction-policy';
import { meets, PeerSelector, Requirement } from '../engine/selector';
import { EvaluatedCluster } from '../read/cluster';
import { identityLabels } from '../read/identity-labels';
import { EvaluatedMesh } from '../read/mesh';
import { namespaceOf } from '../read/namespace';
import { selectedPods, targetPort } from '../read/selected-pods';
import { Workload } from '../read/workload';

/** Who answers DNS in a cluster, as far as its manifests say. */
export interface DnsServers {
  /** The pods of the manifests, with the ports that they listen on. */
  readonly pods: readonly DnsServer[];
  /** Pods that the manifests lack, as installers commonly make them. */
  readonly assumed: readonly DnsServer[];
  /** Whether the DNS server of kube-system is not among the manifests, so its labels are unknown. */
  readonly isUnknown: boolean;
}

export interface DnsServer {
  readonly peer: Peer;
  /** UDP ports; of unknown servers, those that they may listen on. */
  readonly ports: readonly number[];
  readonly workload?: Workload;
}

/** The namespaces of the DNS servers of Kubernetes and of OpenShift. */
const NAMESPACES = ['kube-system', 'openshift-dns'];

/**
 * The DNS servers of a cluster: pods behind a Service of kube-system or openshift-dns with port 53, pods of kube-system
 * with the label of kube-dns, and NodeLocal DNSCache. Policies see the port that the pods listen on, not that of the
 * Service: OpenShift's listen on 5353.
 */
export function dnsServers(mesh: EvaluatedMesh, cluster: EvaluatedCluster): DnsServers {
  const ports = new Map<Workload, Set<number>>();
  const add = (workload: Workload, port: number) => ports.set(workload, (ports.get(workload) ?? new Set()).add(port));
  for (const service of cluster.services.filter(({ namespace }) => NAMESPACES.includes(namespace))) {
    for (const port of service.ports.filter(each => each.port === 53 && each.protocol === 'UDP')) {
      for (const { workload } of selectedPods(service, cluster.workloads)) {
        add(workload, targetPort(port, workload) ?? 53);
      }
    }
  }
  for (const workload of cluster.workloads.filter(each => !ports.has(each) && hasLabelOfDns(each))) {
    add(workload, workload.ports.find(({ name, protocol }) => name === 'dns' && protocol === 'UDP')?.port ?? 53);
  }
  const pods = [...ports].map(([workload, numbers]): DnsServer => ({
    peer: peerOf({ kind: 'workload', workload, placement: 'same-node' }, cluster, mesh, 'egress'),
    ports: [...numbers],
    workload,
  }));
  const lacks = (namespace: string) => !pods.some(({ workload }) => workload!.namespace === namespace);
  return {
    pods,
    assumed: [
      ...(lacks('kube-system')
        ? [
          assumed(cluster, 'kube-system', { 'k8s-app': 'kube-dns' }, 'coredns', [53]),
          assumed(cluster, 'kube-system', { 'k8s-app': 'node-local-dns' }, 'node-local-dns', [53]),
        ]
        : []),
      ...(lacks('openshift-dns')
        ? [
          assumed(
            cluster,
            'openshift-dns',
            { 'dns.operator.openshift.io/daemonset-dns': 'default' },
            'dns',
            [53, 5353],
          ),
        ]
        : []),
    ],
    isUnknown: lacks('kube-system'),
  };
}

function hasLabelOfDns({ namespace, podLabels }: Workload): boolean {
  return namespace === 'kube-system' && ['kube-dns', 'node-local-dns'].includes(podLabels['k8s-app']);
}

function assumed(
  cluster: EvaluatedCluster,
  namespace: string,
  labels: { readonly [key: string]: string },
  serviceAccount: string,
  ports: readonly number[],
): DnsServer {
  const { policy, identityLabels: filter } = cluster.settings;
  const inNamespace =
    cluster.namespaces.get(namespace) ?? namespaceOf(namespace, undefined, true, cluster.version.traits);
  return {
    peer: {
      labels: identityLabels(cluster.name, inNamespace, labels, serviceAccount, filter),
      namedPorts: new Map([
        ['dns/UDP', ports[ports.length - 1]],
        ['dns-tcp/TCP', ports[ports.length - 1]],
      ]),
      names: [],
      groups: [],
      ...(policy.traits.aggregateIdentities ? { aggregate: 'aggregate-cluster' as const } : {}),
    },
    ports,
  };
}

/** Whether a selector selects a server whose namespace may have labels that the manifests do not show. */
export function maySelectServer(
  { requirements }: Extract<PeerSelector, { kind: 'labels' }>,
  { peer }: DnsServer,
  cluster: EvaluatedCluster,
): boolean {
  const namespace = peer.labels.get('k8s', NAMESPACE_LABEL);
  const isKnown = (requirement: Requirement) =>
    !requirement.key.startsWith(NAMESPACE_LABELS_PREFIX) ||
    peer.labels.get('k8s', requirement.key) !== undefined ||
    cluster.namespaces.get(namespace ?? '')?.manifest !== undefined ||
    namesAnother(requirement, namespace, cluster);
  return meets(requirements.filter(isKnown), peer.labels);
}

/** Whether a requirement names other namespaces, by a label whose values are the names of namespaces. */
function namesAnother(
  { key, operator, values }: Requirement,
  namespace: string | undefined,
  { namespaces }: EvaluatedCluster,
): boolean {
  const label = key.slice(NAMESPACE_LABELS_PREFIX.length + 1);
  return (
    operator === 'In' &&
    values.every(value => value !== namespace && (label === 'name' || namespaces.get(value)?.labels[label] === value))
  );
}

/** Whether a selector may select pods of a namespace: it names the namespace, or leaves it open. */
export function maySelectPodsOf(
  namespace: string,
  { requirements }: Extract<PeerSelector, { kind: 'labels' }>,
  cluster: EvaluatedCluster,
): boolean {
  const known = assumed(cluster, namespace, {}, '', [53]).peer.labels;
  const ofNamespace = requirements.filter(
    ({ key }) => key === NAMESPACE_LABEL || key.startsWith(NAMESPACE_LABELS_PREFIX),
  );
  const isKnown = ({ key }: { key: string }) => known.get('k8s', key) !== undefined;
  return (
    ofNamespace.length > 0 &&
    requirements.every(({ source }) => source !== 'reserved') &&
    meets([...ofNamespace, ...requirements.filter(({ key }) => key === CLUSTER_LABEL)].filter(isKnown), known)
  );
}
