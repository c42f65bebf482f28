import { App, Chart } from 'cdk8s';
import { IConstruct } from 'constructs';
import { Cluster } from './cluster';
import { CONSTRUCT_METADATA_FILE, constructMetadata } from './construct-metadata';
import { refuseObjectsOutsideClusters } from './objects-outside-clusters';
import { readMesh } from './read-mesh';
import { duplicateRefusals, Files, objectsOf, renderCluster, renderMesh } from './render';
import { writeAll } from './write';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { Fault, faultOf, MeshError } from '../../diagnostics/fault';
import { formatList, formatValue } from '../../diagnostics/texts';
import { ClusterProps, ClusterSettings } from '../../model/cluster-settings';
import { publicClass } from '../checks/classes';
import { callError, reportedFaults } from '../faults';
import { statementsOf } from '../intent/statement';
import { checkCall } from '../property-refusals';
import { Refusal, refusal } from '../refusal';

/** Properties of `ClusterMesh`. */
export interface ClusterMeshProps {
  /** The clusters of the mesh, 2 to 511. */
  readonly clusters: ClusterProps[];

  /**
   * Settings of all clusters that do not set them themselves. `helmValues` are merged key by key. All other settings
   * are replaced as a whole.
   * @default - Cilium's defaults
   */
  readonly defaults?: ClusterSettings;

  /**
   * The folder that `synth()` writes to.
   * @default - the one that `cdk8s synth` names, else `dist`
   */
  readonly outdir?: string;

  /**
   * Whether `synth()` verifies what it writes with the evaluator of `cilium-mesh`, for the version and the settings of
   * each cluster. The API server and Cilium must accept every policy, and each statement, such as a
   * `CrossClusterAllow` or a `DefaultDenyPolicy`, must be true of its own policies.
   * @default true
   */
  readonly verify?: boolean;
}

/**
 * A mesh of Kubernetes clusters that Cilium Cluster Mesh connects. It is the root of a program, in place of a cdk8s
 * `App`.
 *
 * Each cluster is a `Chart` directly below the mesh. A construct created in a cluster acts in that cluster. A construct
 * created in the mesh acts in all clusters, or in those of its property `clusters`.
 *
 * `synth()` writes `<cluster>.k8s.yaml` for each cluster. Into the folder `mesh` it writes `mesh.yaml`, Helm values for
 * each cluster, and a kind configuration for each kind cluster. The same program always writes the same bytes.
 *
 * The constructor refuses a mesh that cannot work, with all its faults at once. `ClusterMesh.check` returns them as
 * data. A construct with faults writes nothing, and the program goes on: `synth()` refuses all faults of all constructs
 * at once, and `faults()` returns them as data.
 */
export class ClusterMesh extends App {
  /**
   * The mesh that a construct belongs to.
   * @throws when the root of the construct tree is not a ClusterMesh
   */
  public static enclosing(scope: IConstruct): ClusterMesh {
    checkCall('ClusterMesh.enclosing', { scope }, ClusterMesh.enclosing);
    const root = scope.node.root;
    if (root instanceof ClusterMesh) {
      return root;
    }
    throw callError([
      refusal('no-mesh', {
        path: scope.node.path,
        message: 'the construct is in no ClusterMesh',
        got: `the root of the construct tree: ${root.constructor.name}`,
        allowed: 'a ClusterMesh at the root',
        fix: 'create a ClusterMesh in the place of the App, and create the construct in it or in one of its clusters',
      }),
    ], ClusterMesh.enclosing);
  }

  /** Checks a mesh without creating it, and returns its faults. Without faults, `new ClusterMesh(props)` accepts it. */
  public static check(props: ClusterMeshProps): Fault[] {
    return readMesh(props).refusals.map(faultOf);
  }

  /** The clusters, in the order of `ClusterMeshProps.clusters`. */
  public readonly clusters: Cluster[];

  private readonly verify: boolean;

  /** Whether cdk8s-cli asks for the construct paths of objects, as it does for validations. */
  private readonly recordsConstructs = process.env.CDK8S_RECORD_CONSTRUCT_METADATA === 'true';

  /**
   * @throws with all faults of the mesh at once
   */
  constructor(props: ClusterMeshProps) {
    super({ outdir: typeof props?.outdir === 'string' ? props.outdir : undefined });
    this.verify = props?.verify ?? true;
    const { model, refusals } = readMesh(props);
    if (refusals.length > 0) {
      throw callError(refusals, new.target);
    }
    this.clusters = model.clusters.map(cluster => Cluster._create(this, cluster));
    refuseObjectsOutsideClusters(this, this.clusters[0].name);
  }

  /**
   * The cluster of this name.
   * @throws when the mesh does not have it
   */
  public cluster(name: string): Cluster {
    const found = this.clusters.find(cluster => cluster.name === name);
    if (!found) {
      const names = this.clusters.map(cluster => cluster.name);
      throw callError(
        [
          refusal('cluster-not-found', {
            path: 'clusters',
            message: 'unknown cluster',
            got: formatValue(name),
            allowed: formatList(names),
            fix: `name a cluster of the mesh${didYouMean(name, names)}`,
          }),
        ],
        this.cluster,
      );
    }
    return found;
  }

  /**
   * All faults with which `synth()` refuses the mesh: those of the constructs, in the order of the program, and those
   * of what they write. Empty if `synth()` writes the mesh.
   */
  public faults(): Fault[] {
    return this.refusals(this.objectsOfClusters()).map(faultOf);
  }

  /**
   * Writes all files. Everything is rendered before the first file is written, and each file is replaced as a whole.
   * @throws without writing anything, with the `faults()` of the mesh
   */
  public synth(): void {
    const objects = this.objectsOfClusters();
    const faults = this.refusals(objects);
    if (faults.length > 0) {
      throw new MeshError(faults, this.synth);
    }
    const metadata: Files = this.recordsConstructs
      ? { [CONSTRUCT_METADATA_FILE]: constructMetadata(this.clusters) }
      : {};
    writeAll(this.outdir, { ...this.filesOf(objects), ...metadata });
  }

  /**
   * The contents of all files, by their path below the output folder, unverified.
   * @internal
   */
  public _render(): Files {
    const objects = this.objectsOfClusters();
    const faults = this.constructRefusals(objects);
    if (faults.length > 0) {
      throw new MeshError(faults, this._render);
    }
    return this.filesOf(objects);
  }

  private filesOf(objects: ReadonlyMap<Cluster, any[]>): Files {
    const files = [...objects].map(([cluster, written]) => renderCluster(cluster, written));
    return { ...Object.assign({}, ...files), ...renderMesh(this.clusters) };
  }

  private objectsOfClusters(): ReadonlyMap<Cluster, any[]> {
    return new Map(this.clusters.map(cluster => [cluster, objectsOf(cluster)]));
  }

  /** All refusals of the mesh. What is written is verified once the constructs have no faults. */
  private refusals(objects: ReadonlyMap<Cluster, any[]>): Refusal[] {
    const refusals = this.constructRefusals(objects);
    return refusals.length === 0 && this.verify ? verifyMesh(this.clusters, objects, statementsOf(this)) : refusals;
  }

  private constructRefusals(objects: ReadonlyMap<Cluster, any[]>): Refusal[] {
    return [
      ...reportedFaults(this),
      ...this.strayRefusals(),
      ...[...objects].flatMap(([cluster, ofCluster]) => duplicateRefusals(cluster, ofCluster)),
    ];
  }

  private strayRefusals(): Refusal[] {
    return this.node.children
      .filter(child => isChart(child) && !Cluster.isCluster(child))
      .map(chart =>
        refusal('chart-outside-cluster', {
          path: chart.node.path,
          message: 'the chart is in no cluster, so no file would contain its objects',
          got: 'a chart directly below the mesh',
          allowed: 'charts below a cluster',
          fix:
            'create it below a cluster, for example new ' +
            `${chart.constructor.name}(mesh.cluster(${formatValue(this.clusters[0].name)}), ` +
            `${formatValue(chart.node.id)})`,
        }),
      );
  }
}

type Guard = typeof import('../intent/guard');

function isChart(construct: IConstruct): boolean {
  return Chart.isChart(construct);
}

publicClass('ClusterMesh', value => value instanceof ClusterMesh, 'new ClusterMesh(…)');

/** Verifies a mesh. The evaluator is large, so programs load it when they need it. */
function verifyMesh(...args: Parameters<Guard['verifyMesh']>): Refusal[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it at the start
  return (require('../intent/guard') as Guard).verifyMesh(...args);
}
