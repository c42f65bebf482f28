import { ClusterSource, decideEndpoint, Endpoint, evaluate, EvaluatedMesh } from './evaluator';
import { AskedPort, NodeWitness, PodWitness, portNumber, Witness } from './witness';
import { CLUSTER_LABEL } from '../../cilium/labels';
import { helmValues } from '../../model/helm-values';
import { Cluster } from '../mesh/cluster';

/** The objects of a cluster, as they are written. */
export type Objects = ReadonlyMap<Cluster, readonly any[]>;

/** Kinds of objects, other than policies, on which the meaning of policies and services depends. */
const KINDS = ['Namespace', 'Service', 'ServiceExport', 'ServiceImport', 'CiliumCIDRGroup'];

/** The mesh without its policies, with a pod for every witness. */
export class Stage {
  public readonly mesh: EvaluatedMesh;
  private readonly pods = new Map<string, { readonly name: string; readonly pod: PodWitness }>();
  private readonly nodes = new Map<string, { readonly name: string; readonly node: NodeWitness }>();
  private readonly before = new Map<string, string>();
  private readonly endpoints = new Map<Witness, Endpoint>();
  private readonly namespaces = new Map<string, { readonly [key: string]: string }>();
  private readonly workloads: ReadonlyMap<string, EvaluatedMesh['workloads'][number]>;

  constructor(
    clusters: readonly Cluster[],
    private readonly written: Objects,
    witnesses: readonly Witness[],
    portNames: ReadonlySet<string>,
    namespaces: ReadonlySet<string>,
  ) {
    for (const cluster of clusters) {
      for (const { kind, metadata } of this.objectsOf(cluster)) {
        if (kind === 'Namespace') {
          this.namespaces.set(keyOf(cluster, metadata.name), metadata.labels ?? {});
        }
      }
      for (const name of namespaces) {
        this.addNamespace(cluster, name, {});
      }
    }
    for (const pod of witnesses.filter(each => each.kind === 'pod')) {
      this.addNamespace(pod.cluster, pod.namespace, pod.namespaceLabels);
      const key = podKey(pod);
      if (!this.pods.has(key)) {
        this.pods.set(key, { name: `witness-${this.pods.size}`, pod });
      }
    }
    for (const node of witnesses.filter(each => each.kind === 'node')) {
      const key = nodeKey(node);
      if (!this.nodes.has(key)) {
        this.nodes.set(key, { name: `witness-${this.nodes.size}`, node });
      }
    }
    this.mesh = evaluate({ clusters: clusters.map(cluster => this.sourceOf(cluster, portNames)) }).mesh;
    this.workloads = new Map(this.mesh.workloads.map(workload => [`${workload.cluster}/${workload.name}`, workload]));
  }

  /** The witness with the labels that its namespace has. */
  public settle(pod: PodWitness): PodWitness {
    const labels = this.namespaces.get(keyOf(pod.cluster, pod.namespace)) ?? {};
    return { ...pod, namespaceLabels: { ...labels, 'kubernetes.io/metadata.name': pod.namespace } };
  }

  /** The endpoint of a witness, as policies in a cluster see it. */
  public endpointOf(witness: Witness, viewer: Cluster): Endpoint {
    const known = this.endpoints.get(witness) ?? this.makeEndpoint(witness, viewer);
    if (witness.kind !== 'entity') {
      this.endpoints.set(witness, known);
    }
    return known;
  }

  /** The verdict without policies, which only the settings of the cluster decide. */
  public verdictBefore(
    { cluster }: PodWitness,
    self: Endpoint,
    other: Endpoint,
    direction: 'egress' | 'ingress',
    port: AskedPort,
  ): string {
    const key = `${cluster.name} ${direction}`;
    const verdict = this.before.get(key) ?? verdictOf(this.mesh, self, other, direction, port);
    this.before.set(key, verdict);
    return verdict;
  }

  private makeEndpoint(witness: Witness, viewer: Cluster): Endpoint {
    switch (witness.kind) {
      case 'pod': {
        const { name } = this.pods.get(podKey(witness))!;
        return { kind: 'workload', workload: this.workloads.get(`${witness.cluster.name}/${name}`)! };
      }
      case 'node': {
        const { name } = this.nodes.get(nodeKey(witness))!;
        const node = this.mesh.cluster(witness.cluster.name)!.nodes.find(each => each.name === name);
        return { kind: 'node', cluster: witness.cluster.name, node, placement: 'other-node' };
      }
      case 'address':
        return { kind: 'address', address: witness.address, names: [] };
      case 'entity':
        return { kind: 'entity', entity: witness.entity as 'host', cluster: viewer.name };
    }
  }

  private objectsOf(cluster: Cluster): readonly any[] {
    return (this.written.get(cluster) ?? []).filter(({ kind }) => KINDS.includes(kind));
  }

  private addNamespace(cluster: Cluster, name: string, labels: { readonly [key: string]: string }): void {
    const key = keyOf(cluster, name);
    this.namespaces.set(key, this.namespaces.get(key) ?? labels);
  }

  /** The nodes of a cluster; without any, they are unknown. */
  private nodesIn(cluster: Cluster): Pick<ClusterSource, 'nodes'> {
    const nodes = [...this.nodes.values()]
      .filter(({ node }) => node.cluster === cluster)
      .map(({ name, node: { labels } }) => ({ name, labels }));
    return nodes.length > 0 ? { nodes } : {};
  }

  private sourceOf(cluster: Cluster, portNames: ReadonlySet<string>): ClusterSource {
    const model = cluster._model;
    const objects = this.objectsOf(cluster);
    const own = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
    const ports = [...portNames].flatMap(name =>
      ['TCP', 'UDP', 'SCTP'].map(protocol => ({ name, containerPort: portNumber(name), protocol })),
    );
    return {
      name: cluster.name,
      id: cluster.clusterId,
      ciliumVersion: cluster.ciliumVersion,
      podCIDRs: model.podCidrs,
      ...(model.serviceCidrs ? { serviceCIDRs: model.serviceCidrs } : {}),
      ...(model.nodeCidrs ? { nodeCIDRs: model.nodeCidrs } : {}),
      values: { file: `${cluster.name}.values.yaml`, values: helmValues(model) },
      ...this.nodesIn(cluster),
      manifests: [
        {
          file: cluster.name,
          objects: [
            ...objects,
            ...[...this.namespaces]
              .map(([key, labels]) => ({ place: JSON.parse(key) as [string, string], labels }))
              .filter(({ place: [of, name] }) => of === cluster.name && !own.has(name))
              .map(({ place: [, name], labels }) => namespaceObject(name, labels)),
            ...[...this.pods.values()]
              .filter(({ pod }) => pod.cluster === cluster)
              .map(({ name, pod }) => podObject(name, pod, ports)),
          ],
        },
      ],
    };
  }
}

/** The verdict on a flow at one of its ends, without audit mode, which drops nothing. */
export function verdictOf(
  mesh: EvaluatedMesh,
  self: Endpoint,
  other: Endpoint,
  direction: 'egress' | 'ingress',
  port: AskedPort,
): string {
  const { verdict, audited } = decideEndpoint(mesh, self, other, direction, port);
  return audited ?? verdict;
}

function keyOf(cluster: Cluster, namespace: string): string {
  return JSON.stringify([cluster.name, namespace]);
}

function podKey({ cluster, namespace, labels, serviceAccount }: PodWitness): string {
  return JSON.stringify([cluster.name, namespace, Object.entries(labels).sort(), serviceAccount ?? '']);
}

function nodeKey({ cluster, labels }: NodeWitness): string {
  return JSON.stringify([cluster.name, Object.entries(labels).sort()]);
}

function namespaceObject(name: string, labels: { readonly [key: string]: string }): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

function podObject(name: string, { namespace, labels, serviceAccount }: PodWitness, ports: readonly object[]): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
      containers: [{ name: 'witness', image: 'witness', ports }],
    },
  };
}

/** A witness in a message. */
export function formatWitness(witness: Witness): string {
  switch (witness.kind) {
    case 'pod':
      return `a pod in ${witness.cluster.name}, namespace ${witness.namespace}, ${formatLabels(witness.labels)}`;
    case 'node':
      return `a node in ${witness.cluster.name} ${formatLabels(witness.labels)}`;
    case 'address':
      return witness.address.text.replace(/\/\d+$/, '');
    case 'entity':
      return `the entity ${witness.entity}`;
  }
}

function formatLabels(all: { readonly [key: string]: string }): string {
  const labels = Object.entries(all).filter(([key]) => key !== CLUSTER_LABEL);
  return labels.length > 0 ? `with ${labels.map(([key, value]) => `${key}=${value}`).join(', ')}` : 'without labels';
}
