/**
 * The DNS servers that flows have and manifests mostly lack, because installers of clusters make them. Policies of
 * clients are decided about them by the labels that all installers give. Their own policies are not known.
 */
import { NAMESPACE_LABEL } from '../../cilium/labels';
import { dnsServers } from '../../evaluator/flows/dns-servers';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { Workload } from '../../evaluator/read/workload';

const NAME = 'kube-dns';
const NAMESPACE = 'kube-system';

const ASSUMED = new WeakMap<EvaluatedMesh, ReadonlyMap<string, Workload>>();
const ALL = new WeakSet<Workload>();

/** The assumed DNS servers of the clusters whose manifests have none. They are no workloads of the mesh. */
export function assumedDns(mesh: EvaluatedMesh): ReadonlyMap<string, Workload> {
  const known = ASSUMED.get(mesh) ?? new Map(mesh.clusters.flatMap(({ name }) => serverOf(mesh, name)));
  ASSUMED.set(mesh, known);
  return known;
}

/** Whether a workload is a DNS server that manifests lack. */
export function isAssumed(workload: Workload): boolean {
  return ALL.has(workload);
}

/** Whether recorded labels, `key=value`, are those of the DNS server of Kubernetes. */
export function areDnsLabels(labels: readonly string[]): boolean {
  return labels.includes(`k8s-app=${NAME}`) && labels.includes(`${NAMESPACE_LABEL}=${NAMESPACE}`);
}

function serverOf(mesh: EvaluatedMesh, cluster: string): Array<[string, Workload]> {
  const { assumed, isUnknown } = dnsServers(mesh, mesh.cluster(cluster)!);
  const server = assumed.find(({ peer }) => peer.labels.get('k8s', 'k8s-app') === NAME);
  if (!isUnknown || !server) {
    return [];
  }
  const { labels, namedPorts } = server.peer;
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: NAME, namespace: NAMESPACE } };
  const workload: Workload = {
    cluster,
    namespace: NAMESPACE,
    kind: object.kind,
    name: NAME,
    podLabels: { 'k8s-app': NAME },
    labels,
    namedPorts,
    ports: (['UDP', 'TCP'] as const).map(protocol => ({ protocol, port: 53 })),
    sidecarPorts: [],
    replicas: 1,
    hostNetwork: false,
    manifest: { file: '', object, line: () => undefined },
    labelsPath: 'spec.template.metadata.labels',
  };
  ALL.add(workload);
  return [[cluster, workload]];
}
