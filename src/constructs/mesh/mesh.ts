import { App } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { writeMeshWith } from './app-synthesis';
import { Cluster } from './cluster';
import { Files } from './files';
import { IMesh } from './i-mesh';
import { MeshProps } from './mesh-props';
import { MeshTree } from './mesh-tree';
import { readMesh } from './read-mesh';
import { Fault } from '../../diagnostics/fault';
import { placed } from '../checks/placed';
import { callError } from '../faults';
import { refusal } from '../refusal';

/**
 * A mesh in a cdk8s `App`, beside charts that belong to no cluster of the mesh. `ClusterMesh` is a program of its own.
 *
 * `app.synth()` writes the files of the mesh, as `ClusterMesh.synth()` does, and those of the other charts. The
 * clusters are charts below the mesh, and only the mesh writes their objects. It refuses all faults of all meshes of
 * the App before a file is written.
 *
 * Several meshes in an App need an `outdir` each.
 */
export class Mesh extends Construct implements IMesh {
  /** The clusters, in the order of `MeshProps.clusters`. */
  public readonly clusters: Cluster[];

  /** The folder that the mesh is written to, relative to the working directory. */
  public readonly outdir: string;

  private readonly tree: MeshTree;

  /**
   * @throws with all faults of the mesh at once, and when it is created outside of an App or in another mesh
   */
  constructor(scope: Construct, id: string, props: MeshProps) {
    super(...placed(scope, id));
    const app = this.node.root;
    const isInMesh = MeshTree.find(scope) !== undefined;
    if (!isApp(app) || isInMesh) {
      throw callError(
        [
          refusal('mesh-misplaced', {
            path: this.node.path,
            message: isInMesh ? 'a mesh cannot be a part of another mesh' : 'a mesh needs an App, which writes it',
            got: isInMesh ? `the scope ${scope.node.path || 'ClusterMesh'}` : `the root ${app.constructor.name}`,
            allowed: 'an App, or constructs in it',
            fix: isInMesh ? 'create it in the App, or name its clusters in the other mesh' : 'create it in an App',
          }),
        ],
        new.target,
      );
    }
    const { model, refusals } = readMesh(props, 'new Mesh');
    if (refusals.length > 0) {
      throw callError(refusals.map(each => ({ ...each, path: pathBelow(this, props, each.path) })), new.target);
    }
    this.tree = new MeshTree(this, model, props, props.outdir ?? app.outdir);
    this.clusters = this.tree.clusters;
    this.outdir = this.tree.outdir;
    writeMeshWith(app, this.tree);
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
   * All faults with which `app.synth()` refuses the mesh: those of the constructs, in the order of the program, and
   * those of what they write. Empty if the App writes the mesh.
   */
  public faults(): Fault[] {
    return this.tree.faults();
  }

  /**
   * The contents of all files, by their path below the output folder, unverified.
   * @internal
   */
  public _render(): Files {
    return this.tree.render(this._render);
  }
}

/** Whether a construct is an App, also one of another copy of cdk8s. */
function isApp(construct: IConstruct): construct is App {
  const { outdir, synth } = construct as Partial<App>;
  return typeof outdir === 'string' && typeof synth === 'function';
}

/** The path of a fault of the properties: clusters are constructs below the mesh, all else are properties. */
function pathBelow(mesh: Mesh, props: MeshProps, path: string): string {
  const clusters = props?.clusters;
  const isOfCluster = Array.isArray(clusters) && clusters.some(each => each?.name === path.split(/[.[]/)[0]);
  return `${mesh.node.path}${isOfCluster ? '/' : '.'}${path}`;
}
