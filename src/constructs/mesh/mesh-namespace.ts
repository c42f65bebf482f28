import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { Cluster } from './cluster';
import { placement, settingsOf } from './placement';
import { isDnsLabel } from '../../cilium/kubernetes-names';
import { GLOBAL_NAMESPACE_ANNOTATION } from '../../cilium/namespace-annotations';
import { MeshError } from '../../diagnostics/fault';
import { formatValue } from '../../diagnostics/texts';
import { Refusal, refusal } from '../refusal';

/** Settings that can differ between clusters. */
export interface MeshNamespaceSettings {
  /**
   * Whether the namespace is global: other clusters know its services, identities and endpoints. Known to Cilium since
   * 1.20.
   * @default - `defaultGlobalNamespace` of the cluster
   */
  readonly isGlobal?: boolean;
}

/** Properties of `MeshNamespace`. */
export interface MeshNamespaceProps extends MeshNamespaceSettings {
  /**
   * Name of the namespace.
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Labels of the namespace.
   * @default - none
   */
  readonly labels?: { [key: string]: string };

  /**
   * Settings of single clusters, by name. They replace those for all clusters.
   * @default - none
   */
  readonly perCluster?: { [cluster: string]: MeshNamespaceSettings };

  /**
   * The clusters that have the namespace.
   * @default - the cluster in which it is created, else all clusters of the mesh
   */
  readonly clusters?: Cluster[];
}

/** A namespace in each of its clusters. It is written before the objects in it. */
export class MeshNamespace extends Construct {
  /** Name of the namespace. */
  public readonly name: string;

  /** The clusters that have the namespace, in the order of the mesh. */
  public readonly clusters: Cluster[];

  /**
   * @throws with all faults of the properties at once
   */
  constructor(scope: Construct, id: string, props: MeshNamespaceProps = {}) {
    super(scope, id);
    this.name = props.name ?? id;
    this.clusters = placement(this, props.clusters);
    const perCluster = settingsOf<MeshNamespaceSettings>(this, this.clusters, props.perCluster, {
      isGlobal: props.isGlobal,
    });
    const faults: Refusal[] = [];
    if (!isDnsLabel(this.name)) {
      faults.push(
        refusal('namespace-invalid', {
          path: `${this.node.path}.name`,
          message: 'invalid namespace',
          got: formatValue(this.name),
          allowed: 'at most 63 lower-case letters, digits and dashes',
          fix: 'set name, or rename the construct',
        }),
      );
    }
    for (const cluster of this.clusters.filter(
      each => perCluster.get(each)!.isGlobal !== undefined && !each._model.version.traits.globalNamespacesOfServices,
    )) {
      faults.push(
        refusal('feature-unknown-to-version', {
          path: `${this.node.path}.isGlobal`,
          message: 'Cilium knows global namespaces since 1.20; before, all namespaces are global',
          got: `Cilium ${cluster.ciliumVersion} in ${cluster.name}`,
          allowed: 'Cilium 1.20 or later',
          fix: 'remove isGlobal, or upgrade the cluster',
        }),
      );
    }
    if (faults.length > 0) {
      throw new MeshError(faults, MeshNamespace);
    }
    for (const cluster of this.clusters) {
      const { isGlobal } = perCluster.get(cluster)!;
      new ApiObject(cluster.scopeFor(this), 'namespace', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: this.name,
          ...(props.labels ? { labels: props.labels } : {}),
          ...(isGlobal === undefined ? {} : { annotations: { [GLOBAL_NAMESPACE_ANNOTATION]: String(isGlobal) } }),
        },
      });
    }
  }
}
