import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checkClusterMap, checkDelivery, clusterPath, reportOrThrow } from './delivery-checks';
import { isDnsSubdomain } from '../../cilium/kubernetes-names';
import { placed, textOr } from '../checks/placed';
import { present } from '../checks/present';
import { Cluster } from '../mesh/cluster';
import { IMesh } from '../mesh/i-mesh';
import { MeshTree } from '../mesh/mesh-tree';
import { PropertyRefusals } from '../property-refusals';

/** Properties of `FluxKustomizations`. */
export interface FluxKustomizationsProps {
  /** The mesh that Flux deploys. */
  readonly mesh: IMesh;

  /** Name of the GitRepository to which the output of the mesh is committed. */
  readonly repository: string;

  /** Folder of the repository into which the mesh is written, such as `dist`. */
  readonly path: string;

  /**
   * What the Kustomizations are named with: `<name>-<cluster>`.
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Namespace of the Kustomizations and of the GitRepository.
   * @default 'flux-system'
   */
  readonly namespace?: string;

  /**
   * How often Flux compares the cluster with the repository, such as `10m` or `1h30m`.
   * @default '10m'
   */
  readonly interval?: string;

  /**
   * Whether Flux removes objects that are not in the repository any more.
   * @default true
   */
  readonly prune?: boolean;

  /**
   * Names of Kustomizations in the same namespace that must be ready first, such as one that installs Cilium.
   * @default - none
   */
  readonly dependsOn?: string[];

  /**
   * Names of the Secrets with the kubeconfig of each cluster, by the names of the clusters. Needed where Flux runs in
   * one cluster for all.
   * @default - none
   */
  readonly kubeConfigSecrets?: { [cluster: string]: string };
}

/**
 * Kustomizations of Flux that deploy a mesh: one for each cluster, with the folder of the cluster. Flux waits until all
 * objects of a Kustomization are ready.
 *
 * - Created in the mesh: each cluster has its own Kustomization, for a Flux that runs in each cluster.
 * - Created in one cluster, or in a chart beside a `Mesh`: this place has the Kustomizations of all clusters, with
 *   `kubeConfigSecrets` for those of other clusters.
 *
 * The mesh needs a layout with folders. Flux refuses objects without a namespace, so they are a fault of the mesh: set
 * `defaultNamespace` of the mesh unless all constructs name theirs.
 */
export class FluxKustomizations extends Construct {
  constructor(scope: Construct, id: string, props: FluxKustomizationsProps) {
    super(...placed(scope, id));
    props = present('FluxKustomizationsProps', props);
    const refusals = new PropertyRefusals(this);
    const tree = refusals.checkProps('FluxKustomizationsProps', props) ? MeshTree.enclosing(props.mesh) : undefined;
    const name = textOr(id, props?.name);
    if (tree) {
      this.check(tree, name, props, refusals);
    }
    if (reportOrThrow(this, refusals, new.target) || !tree) {
      return;
    }
    tree.requireNamespaces();
    const hub = this.hub(tree);
    for (const cluster of tree.clusters) {
      const into = hub === 'each' ? cluster.scopeFor(this) : this;
      new ApiObject(into, `kustomization-${cluster.name}`, {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        metadata: { name: `${name}-${cluster.name}`, namespace: props.namespace ?? 'flux-system' },
        spec: specOf(cluster, hub, props),
      });
    }
  }

  /** The cluster in which Flux runs for all of them; `each` for a Flux in each, `outside` for one in none of them. */
  private hub(tree: MeshTree): Cluster | 'each' | 'outside' {
    const own = Cluster.enclosing(this);
    return MeshTree.find(this) === tree ? (own ?? 'each') : 'outside';
  }

  private check(tree: MeshTree, name: string, props: FluxKustomizationsProps, refusals: PropertyRefusals): void {
    const { namespace = 'flux-system', path, interval, kubeConfigSecrets } = props;
    checkDelivery(tree, { name, namespace, path }, refusals);
    checkClusterMap('kubeConfigSecrets', kubeConfigSecrets, tree.clusters, refusals);
    const names = [
      ['repository', props.repository] as const,
      ...(props.dependsOn ?? []).map((each, index) => [`dependsOn[${index}]`, each] as const),
      ...Object.entries(kubeConfigSecrets ?? {}).map(([key, each]) => [`kubeConfigSecrets["${key}"]`, each] as const),
    ];
    for (const [property, value] of names.filter(([, each]) => !isDnsSubdomain(each))) {
      refusals.add(
        'object-name-invalid',
        property,
        'invalid object name',
        value,
        'lower-case letters, digits, dashes and dots, with a letter or digit at both ends',
        'correct the name',
      );
    }
    if (props.dependsOn?.length === 0) {
      refusals.add(
        'list-empty',
        'dependsOn',
        'an empty list means nothing',
        [],
        'at least one Kustomization',
        'name the Kustomizations, or remove dependsOn',
      );
    }
    const own = tree.clusters.map(cluster => `${name}-${cluster.name}`);
    for (const [index, each] of (props.dependsOn ?? []).entries()) {
      if (own.includes(each)) {
        refusals.add(
          'gitops-depends-on-itself',
          `dependsOn[${index}]`,
          'the Kustomizations of the construct would wait for themselves, so Flux would never apply them',
          each,
          'Kustomizations of others',
          'remove the name',
        );
      }
    }
    // a sum of zero is not an interval
    const isInterval = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/;
    if (interval !== undefined && interval !== null && !(isInterval.test(interval) && /[1-9]/.test(interval))) {
      refusals.add(
        'gitops-interval',
        'interval',
        'invalid duration',
        interval,
        'numbers with the units ms, s, m and h, such as 10m or 1h30m',
        'correct the duration',
      );
    }
    const hub = this.hub(tree);
    const others = hub === 'each' ? [] : tree.clusters.filter(each => each !== hub);
    const missing = others.filter(({ name: cluster }) => kubeConfigSecrets?.[cluster] === undefined);
    if (missing.length > 0) {
      refusals.add(
        'gitops-kubeconfig',
        'kubeConfigSecrets',
        'Flux would deploy the objects of these clusters into the cluster in which it runs',
        missing.map(each => each.name),
        'a Secret with the kubeconfig of each cluster in which Flux does not run',
        'name the Secrets, or create the construct in the mesh for a Flux in each cluster',
      );
    }
    if (hub === 'each' && kubeConfigSecrets) {
      refusals.add(
        'gitops-kubeconfig',
        'kubeConfigSecrets',
        'has no effect, because the Flux of each cluster deploys its own objects',
        kubeConfigSecrets,
        'kubeConfigSecrets of a construct in a cluster, or beside a Mesh',
        'remove kubeConfigSecrets, or create the construct in the cluster in which Flux runs',
      );
    }
  }
}

function specOf(cluster: Cluster, hub: Cluster | 'each' | 'outside', props: FluxKustomizationsProps): object {
  const secret = hub === cluster ? undefined : props.kubeConfigSecrets?.[cluster.name];
  return {
    interval: props.interval ?? '10m',
    path: `./${clusterPath(props.path, cluster.name)}`,
    prune: props.prune ?? true,
    wait: true,
    sourceRef: { kind: 'GitRepository', name: props.repository },
    ...(props.dependsOn ? { dependsOn: props.dependsOn.map(name => ({ name })) } : {}),
    ...(secret === undefined ? {} : { kubeConfig: { secretRef: { name: secret } } }),
  };
}
