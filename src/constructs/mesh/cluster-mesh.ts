import { App } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { synthesizeMeshes } from './app-synthesis';
import { Cluster } from './cluster';
import { Files } from './files';
import { IMesh } from './i-mesh';
import { MeshProps } from './mesh-props';
import { MeshTree } from './mesh-tree';
import { readMesh } from './read-mesh';
import { Fault, faultOf } from '../../diagnostics/fault';
import { callError } from '../faults';
import { checkCall } from '../property-refusals';

/** Properties of `ClusterMesh`. */
export interface ClusterMeshProps extends MeshProps {}

/**
 * A mesh of Kubernetes clusters that Cilium Cluster Mesh connects. It is the root of a program, in place of a cdk8s
 * `App`. In an App of your own, create a `Mesh`.
 *
 * Each cluster is a `Chart` directly below the mesh. A construct created in a cluster acts in that cluster. A construct
 * created in the mesh acts in all clusters, or in those of its property `clusters`.
 *
 * `synth()` writes `<cluster>.k8s.yaml` for each cluster. Into the folder `mesh` it writes `mesh.yaml`, Helm values for
 * each cluster, and a kind configuration for each kind cluster. The same program always writes the same bytes. Files of
 * an earlier run that it does not write any more, such as those of a renamed cluster, are removed if nothing changed
 * them since.
 *
 * The constructor refuses a mesh that cannot work, with all its faults at once. `ClusterMesh.check` returns them as
 * data. A construct with faults writes nothing, and the program goes on: `synth()` refuses all faults of all constructs
 * at once, and `faults()` returns them as data.
 */
export class ClusterMesh extends App implements IMesh {
  /**
   * The mesh that a construct belongs to.
   * @throws when the construct is in no mesh
   */
  public static enclosing(scope: IConstruct): IMesh {
    checkCall('ClusterMesh.enclosing', { scope }, ClusterMesh.enclosing);
    return MeshTree.enclosing(scope).host;
  }

  /** Checks a mesh without creating it, and returns its faults. Without faults, `new ClusterMesh(props)` accepts it. */
  public static check(props: ClusterMeshProps): Fault[] {
    return readMesh(props, 'new ClusterMesh').refusals.map(faultOf);
  }

  /** The clusters, in the order of `ClusterMeshProps.clusters`. */
  public readonly clusters: Cluster[];

  private readonly tree: MeshTree;

  /**
   * @throws with all faults of the mesh at once
   */
  constructor(props: ClusterMeshProps) {
    super({ outdir: typeof props?.outdir === 'string' ? props.outdir : undefined });
    const { model, refusals } = readMesh(props, 'new ClusterMesh');
    if (refusals.length > 0) {
      throw callError(refusals, new.target);
    }
    this.tree = new MeshTree(this, model, props, this.outdir);
    this.clusters = this.tree.clusters;
  }

  /**
   * The cluster of this name.
   * @throws when the mesh does not have it
   */
  public cluster(name: string): Cluster {
    return this.tree.cluster(name, this.cluster);
  }

  /**
   * Calls a function for each cluster, with the scope of `construct` in it, and returns what it returns. Other
   * languages loop over `clusters` and call `cluster.scopeFor`.
   * @jsii ignore
   */
  public forEachCluster<T>(visit: (cluster: Cluster, scope: Construct) => T, construct: Construct = this): T[] {
    return this.tree.forEachCluster(visit, construct);
  }

  /**
   * All faults with which `synth()` refuses the mesh: those of the constructs, in the order of the program, and those
   * of what they write. Empty if `synth()` writes the mesh.
   */
  public faults(): Fault[] {
    return this.tree.faults();
  }

  /**
   * Writes all files. Everything is rendered before the first file is written, and each file is replaced as a whole.
   * @throws without writing anything, with the `faults()` of the mesh
   */
  public synth(): void {
    synthesizeMeshes(this, [this.tree], this.synth);
  }

  /**
   * The contents of all files, by their path below the output folder, unverified.
   * @internal
   */
  public _render(): Files {
    return this.tree.render(this._render);
  }
}
