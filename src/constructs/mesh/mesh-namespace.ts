import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { Cluster } from './cluster';
import { placement, settingsOf } from './placement';
import { isDnsLabel } from '../../cilium/kubernetes-names';
import { GLOBAL_NAMESPACE_ANNOTATION } from '../../cilium/namespace-annotations';
import { placed, textOr } from '../checks/placed';
import { present } from '../checks/present';
import { checkAnnotations, checkLabels } from '../kubernetes/metadata';
import { PropertyRefusals } from '../property-refusals';
import { refusal } from '../refusal';

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
   * Annotations of the namespace.
   * @default - none, but `clustermesh.cilium.io/global` if `isGlobal` is set
   */
  readonly annotations?: { [key: string]: string };

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

  constructor(scope: Construct, id: string, props: MeshNamespaceProps = {}) {
    super(...placed(scope, id));
    props = present('MeshNamespaceProps', props);
    this.name = textOr(id, props?.name);
    const refusals = new PropertyRefusals(this);
    const checked = refusals.checkProps('MeshNamespaceProps', props);
    this.clusters = checked ? placement(this, props.clusters, refusals) : [];
    const perCluster = checked
      ? settingsOf<MeshNamespaceSettings>(this, this.clusters, props.perCluster, { isGlobal: props.isGlobal }, refusals)
      : new Map<Cluster, MeshNamespaceSettings>();
    if (checked) {
      this.check(props, perCluster, refusals);
    }
    if (refusals.report()) {
      return;
    }
    for (const cluster of this.clusters) {
      const { isGlobal } = perCluster.get(cluster)!;
      const annotations = {
        ...props.annotations,
        ...(isGlobal === undefined ? {} : { [GLOBAL_NAMESPACE_ANNOTATION]: String(isGlobal) }),
      };
      new ApiObject(cluster.scopeFor(this), 'namespace', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: this.name,
          ...(props.labels ? { labels: props.labels } : {}),
          ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
        },
      });
    }
  }

  private check(
    props: MeshNamespaceProps,
    perCluster: ReadonlyMap<Cluster, MeshNamespaceSettings>,
    refusals: PropertyRefusals,
  ): void {
    if (!isDnsLabel(this.name)) {
      refusals.add(
        'namespace-invalid',
        'name',
        'invalid namespace',
        this.name,
        'at most 63 lower-case letters, digits and dashes',
        'set name, or rename the construct',
      );
    }
    checkLabels('labels', props.labels, 'a label of the namespace', refusals);
    checkAnnotations('annotations', props.annotations, refusals);
    if (Object.keys(props.annotations ?? {}).includes(GLOBAL_NAMESPACE_ANNOTATION)) {
      refusals.add(
        'annotation-owned',
        'annotations',
        'isGlobal sets this annotation',
        GLOBAL_NAMESPACE_ANNOTATION,
        'other annotations',
        'use isGlobal',
      );
    }
    for (const [cluster, { isGlobal }] of perCluster) {
      if (isGlobal !== undefined && !cluster._model.version.traits.globalNamespacesOfServices) {
        refusals.include([
          refusal('feature-unknown-to-version', {
            path: refusals.pathOf('isGlobal'),
            message: 'Cilium knows global namespaces since 1.20; before, all namespaces are global',
            got: `Cilium ${cluster.ciliumVersion} in ${cluster.name}`,
            allowed: 'Cilium 1.20 or later',
            fix: 'remove isGlobal, or upgrade the cluster',
          }),
        ]);
      }
    }
  }
}
