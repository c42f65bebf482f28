import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { Cluster, PatchStage } from './cluster';
import { placement } from './placement';
import { isAddress } from '../../cilium/ip-address';
import { formatList, formatValue } from '../../diagnostics/texts';
import { placed } from '../checks/placed';
import { present } from '../checks/present';
import { manifest } from '../kubernetes/manifest';
import { checkObjectName } from '../kubernetes/names';
import { PropertyRefusals } from '../property-refusals';
import { Refusal, refusal } from '../refusal';

/** Properties of `ExternalEtcdMesh`. */
export interface ExternalEtcdMeshProps {
  /** Addresses of the load balancer in front of each cluster's etcd, by the name of the cluster. */
  readonly etcdAddresses: { [cluster: string]: string[] };

  /**
   * DaemonSets of kube-system that Cilium replaces. A patch gives them a node selector that matches no node.
   * @default - aws-node and kube-proxy
   */
  readonly parkedDaemonSets?: string[];

  /**
   * Replicas of CoreDNS once Cilium runs. Before, CoreDNS is scaled to 0.
   * @default 2
   */
  readonly coreDnsReplicas?: number;

  /**
   * The clusters to connect.
   * @default - all clusters of the mesh
   */
  readonly clusters?: Cluster[];
}

/**
 * Cluster Mesh without the clustermesh-apiserver, for Cilium 1.9. Cilium in each cluster keeps its state in an etcd,
 * and an internal load balancer offers the etcd to the other clusters. Later versions need only `ClusterMesh`.
 *
 * Writes, for each cluster:
 * - the Service `cilium-etcd-external`,
 * - the Secret `cilium-clustermesh` with the addresses of the etcds. `up` copies the certificates and keys into it when
 *   it connects the clusters, and writes them to no file,
 * - the values of the second `helm upgrade`, which enables the etcd,
 * - patches that stop the DaemonSets that Cilium replaces, scale CoreDNS down and up, and tell the agents the addresses
 *   of the etcds.
 *
 * Source: "A multi-cluster shared services architecture with Amazon EKS using Cilium ClusterMesh", AWS Containers Blog,
 * 2021.
 */
export class ExternalEtcdMesh extends Construct {
  constructor(scope: Construct, id: string, props: ExternalEtcdMeshProps) {
    super(...placed(scope, id));
    props = present('ExternalEtcdMeshProps', props);
    const refusals = new PropertyRefusals(this);
    const checked = refusals.checkProps('ExternalEtcdMeshProps', props);
    const clusters = checked ? placement(this, props.clusters, refusals) : [];
    if (checked) {
      refusals.include(clusters.flatMap(cluster => this.clusterFaults(cluster, props)));
      refusals.include(this.unknownFaults(clusters, props));
      props.parkedDaemonSets?.forEach((name, index) => checkObjectName(name, `parkedDaemonSets[${index}]`, refusals));
    }
    if (refusals.report()) {
      return;
    }
    for (const cluster of clusters) {
      this.addObjects(cluster, clusters);
      this.addPatches(cluster, clusters, props);
      cluster.addUpgradeValues({
        etcd: { enabled: true, k8sService: true, managed: true },
        identityAllocationMode: 'kvstore',
      });
    }
  }

  private addObjects(cluster: Cluster, clusters: readonly Cluster[]): void {
    const into = cluster.scopeFor(this);
    new ApiObject(
      into,
      'service',
      manifest('Service', {
        metadata: {
          // the helper scripts of 1.9 look for a Service of this name
          name: 'cilium-etcd-external',
          namespace: 'kube-system',
          annotations: {
            'service.beta.kubernetes.io/aws-load-balancer-internal': '0.0.0.0/0',
            'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb',
          },
        },
        spec: {
          type: 'LoadBalancer',
          ports: [{ port: 2379 }],
          selector: { 'app': 'etcd', 'etcd_cluster': 'cilium-etcd', 'io.cilium/app': 'etcd-operator' },
        },
      }),
    );
    new ApiObject(
      into,
      'secret',
      manifest('Secret', {
        metadata: { name: 'cilium-clustermesh', namespace: 'kube-system' },
        data: Object.fromEntries(
          clusters.map(each => [each.name, Buffer.from(etcdConfiguration(each)).toString('base64')]),
        ),
      }),
    );
  }

  private addPatches(cluster: Cluster, clusters: readonly Cluster[], props: ExternalEtcdMeshProps): void {
    const namespace = 'kube-system';
    for (const name of props.parkedDaemonSets ?? ['aws-node', 'kube-proxy']) {
      cluster.addPatch({
        kind: 'DaemonSet',
        namespace,
        name,
        patch: { spec: { template: { spec: { nodeSelector: { 'no-such-node': 'true' } } } } },
      });
    }
    const coreDns = { kind: 'Deployment', namespace, name: 'coredns' };
    cluster.addPatch({ ...coreDns, patch: { spec: { replicas: 0 } } });
    cluster.addPatch({
      ...coreDns,
      stage: PatchStage.AFTER_INSTALL,
      patch: { spec: { replicas: props.coreDnsReplicas ?? 2 } },
    });
    const byName = [...clusters].sort((one, other) => (one.name < other.name ? -1 : 1));
    cluster.addPatch({
      kind: 'DaemonSet',
      namespace,
      name: 'cilium',
      stage: PatchStage.CONNECT,
      // A strategic merge patch merges hostAliases by address, so a corrected address would leave the wrong one beside
      // it. API servers that run Cilium 1.9 do not support `$patch: replace` here: before kubernetes/kubernetes#117568
      // (2023) they put the directive itself into a missing list. `add` replaces an existing member, and creates a
      // missing one (RFC 6902, 4.1).
      patch: [
        {
          op: 'add',
          path: '/spec/template/spec/hostAliases',
          value: byName.flatMap(each =>
            props.etcdAddresses[each.name].map(ip => ({ ip, hostnames: [etcdName(each)] })),
          ),
        },
      ],
    });
  }

  private clusterFaults(cluster: Cluster, props: ExternalEtcdMeshProps): Refusal[] {
    const faults: Refusal[] = [];
    if (cluster._model.version.traits.clusterMeshApiserver) {
      faults.push(
        refusal('external-etcd-version', {
          path: `${this.node.path}.clusters`,
          message: `Cilium ${cluster.ciliumVersion} in ${cluster.name} connects through the clustermesh-apiserver`,
          got: cluster.ciliumVersion,
          allowed: '1.9.x',
          fix: 'remove ExternalEtcdMesh',
        }),
      );
    }
    if (!props.etcdAddresses[cluster.name]?.length) {
      faults.push(
        refusal('etcd-addresses-missing', {
          path: `${this.node.path}.etcdAddresses.${cluster.name}`,
          message: 'agents of the other clusters could not reach the etcd',
          got: formatValue(props.etcdAddresses[cluster.name]),
          allowed: 'the addresses of the load balancer',
          fix: 'set the addresses',
        }),
      );
    }
    for (const [index, address] of (props.etcdAddresses[cluster.name] ?? []).entries()) {
      if (!isAddress(address)) {
        faults.push(
          refusal('etcd-address-invalid', {
            path: `${this.node.path}.etcdAddresses.${cluster.name}[${index}]`,
            message: 'not an IP address',
            got: formatValue(address),
            allowed: 'an IP address, such as 192.0.2.1',
            fix: 'set the addresses of the load balancer, not its DNS name',
          }),
        );
      }
    }
    return faults;
  }

  private unknownFaults(clusters: readonly Cluster[], props: ExternalEtcdMeshProps): Refusal[] {
    const names = clusters.map(cluster => cluster.name);
    return Object.keys(props.etcdAddresses)
      .filter(name => !names.includes(name))
      .map(name =>
        refusal('cluster-not-found', {
          path: `${this.node.path}.etcdAddresses`,
          message: 'unknown cluster',
          got: formatValue(name),
          allowed: formatList(names),
          fix: 'name a cluster of the mesh',
        }),
      );
  }
}

function etcdName(cluster: Cluster): string {
  return `${cluster.name}.mesh.cilium.io`;
}

function etcdConfiguration(cluster: Cluster): string {
  const file = (suffix: string) => `'/var/lib/cilium/clustermesh/${cluster.name}.etcd-client${suffix}'`;
  return [
    'endpoints:',
    `- https://${etcdName(cluster)}:2379`,
    `trusted-ca-file: ${file('-ca.crt')}`,
    `key-file: ${file('.key')}`,
    `cert-file: ${file('.crt')}`,
    '',
  ].join('\n');
}
