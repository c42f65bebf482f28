import { Chart } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { Cluster } from './cluster';
import { clusterObjects, validationRefusals } from './cluster-objects';
import { Files } from './files';
import { IMesh } from './i-mesh';
import { MeshProps } from './mesh-props';
import { refuseObjectsOutsideClusters } from './objects-outside-clusters';
import { OutputFiles, outputRefusals } from './output-files';
import { OutputLayout, outputPlaces, OutputPlaces } from './output-layout';
import { duplicateRefusals, namespaceRefusals, renderMesh } from './render';
import { withSyncWaves } from './sync-waves';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { Fault, faultOf, MeshError } from '../../diagnostics/fault';
import { formatList, formatValue } from '../../diagnostics/texts';
import { MeshModel } from '../../model/mesh-model';
import { callSite } from '../call-site';
import { publicClass } from '../checks/classes';
import { callError, isInTree, reportedFaults } from '../faults';
import { statementsOf } from '../intent/statement';
import { Refusal, refusal } from '../refusal';
import { pruneRemoved } from '../scopes';

type Guard = typeof import('../intent/guard');

/** The objects of each cluster. */
type Objects = ReadonlyMap<Cluster, readonly any[]>;

/** The objects, and why some of them cannot be written. */
interface WrittenObjects {
  readonly objects: Objects;
  readonly refusals: readonly Refusal[];
}

/** What `synth()` would write, or why it does not. */
export interface Synthesis {
  readonly refusals: readonly Refusal[];
  /** Empty with refusals. */
  readonly output: OutputFiles;
}

const TREES = new WeakMap<IConstruct, MeshTree>();

/** A mesh within a tree of constructs: its clusters, its faults and its files. */
export class MeshTree {
  /**
   * The mesh that a construct belongs to.
   * @throws when it belongs to none
   */
  public static enclosing(scope: IConstruct): MeshTree {
    const found = MeshTree.find(scope);
    if (found) {
      return found;
    }
    throw callError([
      refusal('no-mesh', {
        path: scope.node.path,
        message: 'the construct is in no mesh',
        got: `the root of the construct tree: ${scope.node.root.constructor.name}`,
        allowed: 'constructs below a ClusterMesh or a Mesh',
        fix: 'create the construct in a mesh or in one of its clusters; new Mesh(app, …) puts a mesh into an App',
      }),
    ], MeshTree.enclosing);
  }

  /** The mesh that a construct belongs to, if it belongs to one. */
  public static find(scope: IConstruct): MeshTree | undefined {
    const { scopes } = scope.node;
    for (let depth = scopes.length - 1; depth >= 0; depth--) {
      const tree = TREES.get(scopes[depth]);
      if (tree) {
        return tree;
      }
    }
    return undefined;
  }

  /** Runs a function that sees no constructs below the meshes, such as the synthesis of the other charts of an App. */
  public static hide<T>(meshes: readonly MeshTree[], run: () => T): T {
    const nodes = meshes.map(({ host }) => host.node);
    nodes.forEach(node => Object.defineProperty(node, 'children', { configurable: true, value: [] }));
    try {
      return run();
    } finally {
      nodes.forEach(node => Reflect.deleteProperty(node, 'children'));
    }
  }

  public readonly clusters: Cluster[];
  public readonly places: OutputPlaces;
  /** The namespace of constructs without one; undefined for `default`, which objects do not name. */
  public readonly defaultNamespace?: string;
  private readonly verify: boolean;
  private syncWaves?: boolean;
  private needsNamespaces = false;
  private readonly location = callSite();

  /** Creates the clusters below `host`; the properties have no faults. */
  constructor(
    public readonly host: IMesh,
    model: MeshModel,
    props: MeshProps,
    public readonly outdir: string,
  ) {
    this.places = outputPlaces(outdir, props);
    this.defaultNamespace = props.defaultNamespace ?? undefined;
    this.verify = props.verify ?? true;
    this.syncWaves = props.syncWaves ?? undefined;
    TREES.set(host, this);
    this.clusters = model.clusters.map(cluster => Cluster._create(host, cluster));
    refuseObjectsOutsideClusters(host, this.clusters[0].name);
  }

  /** Whether the mesh is the root of the tree. */
  public get isRoot(): boolean {
    return this.host.node.scope === undefined;
  }

  /** Whether the program did not remove the mesh from its App again. */
  public get isInTree(): boolean {
    return isInTree(this.host);
  }

  /** The construct path of the mesh; empty for the root. */
  public get path(): string {
    return this.host.node.path;
  }

  /** The mesh in messages: `the mesh hub/prod`, or `the mesh of paris, lyon (main.ts:12)` for one without a path. */
  public get description(): string {
    if (!this.isRoot) {
      return `the mesh ${this.path}`;
    }
    const clusters = formatList(this.clusters.map(each => each.name));
    return `the mesh of ${clusters}${this.location === undefined ? '' : ` (${this.location})`}`;
  }

  /** @throws when the mesh does not have the cluster */
  public cluster(name: string, caller: Function): Cluster {
    const found = this.clusters.find(cluster => cluster.name === name);
    if (!found) {
      const names = this.clusters.map(cluster => cluster.name);
      throw callError(
        [
          refusal('cluster-not-found', {
            path: this.host.node.path === '' ? 'clusters' : `${this.host.node.path}.clusters`,
            message: 'unknown cluster',
            got: formatValue(name),
            allowed: formatList(names),
            fix: `name a cluster of the mesh${didYouMean(name, names)}`,
          }),
        ],
        caller,
      );
    }
    return found;
  }

  /** Turns sync waves on, unless the program says that it wants none. */
  public useSyncWaves(): void {
    this.syncWaves ??= true;
  }

  /** Refuses objects without a namespace, because what applies them knows none. */
  public requireNamespaces(): void {
    this.needsNamespaces = true;
  }

  /** Renders and verifies the mesh. */
  public synthesize(): Synthesis {
    const written = this.objects();
    const refusals = this.constructRefusals(written);
    const { objects } = written;
    if (refusals.length === 0 && this.verify) {
      refusals.push(...verifyMesh(this.clusters, objects, statementsOf(this.host)));
    }
    return { refusals, output: this.outputOf(refusals.length > 0 ? {} : this.filesOf(objects)) };
  }

  /** The faults that `synth()` would throw. */
  public faults(): Fault[] {
    const { refusals, output } = this.synthesize();
    return (refusals.length > 0 ? refusals : outputRefusals([output])).map(faultOf);
  }

  /**
   * The contents of all files, by their path below the output folder, unverified.
   * @throws with the faults of the constructs
   */
  public render(caller: Function): Files {
    const written = this.objects();
    const refusals = this.constructRefusals(written);
    if (refusals.length > 0) {
      throw new MeshError(refusals, caller);
    }
    return this.filesOf(written.objects);
  }

  /** Calls a function for each cluster, with the scope of a construct in it. */
  public forEachCluster<T>(visit: (cluster: Cluster, scope: Construct) => T, construct: Construct): T[] {
    return this.clusters.map(cluster => visit(cluster, cluster.scopeFor(construct)));
  }

  private outputOf(files: Files): OutputFiles {
    const { layout, meshFolder } = this.places;
    const clusterFolders = layout === OutputLayout.FLAT ? [] : this.clusters.map(({ name }) => name);
    return { owner: this, folder: this.outdir, meshFolder, clusterFolders, files };
  }

  private objects(): WrittenObjects {
    this.clusters.forEach(pruneRemoved);
    const change = this.syncWaves ? withSyncWaves : undefined;
    const all = this.clusters.map(cluster => ({ cluster, ...clusterObjects(cluster, change) }));
    return {
      objects: new Map(all.map(({ cluster, objects }) => [cluster, objects])),
      refusals: all.flatMap(({ refusals }) => refusals),
    };
  }

  private filesOf(objects: Objects): Files {
    return renderMesh(objects, this.places);
  }

  private constructRefusals({ objects, refusals }: WrittenObjects): Refusal[] {
    return [
      ...reportedFaults(this.host),
      ...refusals,
      ...this.strayRefusals(),
      ...validationRefusals(this.host),
      ...[...objects].flatMap(([cluster, ofCluster]) => duplicateRefusals(cluster, ofCluster)),
      ...(this.needsNamespaces ? namespaceRefusals([...objects.values()].flat()) : []),
    ];
  }

  private strayRefusals(): Refusal[] {
    const first = this.clusters[0].name;
    return this.host.node.children
      .filter(child => Chart.isChart(child) && !Cluster.isCluster(child))
      .map(chart =>
        refusal('chart-outside-cluster', {
          path: chart.node.path,
          message: 'the chart is in no cluster, so no file would contain its objects',
          got: 'a chart directly below the mesh',
          allowed: 'charts below a cluster, or beside a Mesh in an App',
          fix:
            'create it below a cluster, for example new ' +
            `${chart.constructor.name}(mesh.cluster(${formatValue(first)}), ${formatValue(chart.node.id)})`,
        }),
      );
  }
}

publicClass(
  'IMesh',
  value => typeof value === 'object' && value !== null && TREES.has(value as IConstruct),
  'new ClusterMesh(…)',
);

/** Verifies a mesh. The evaluator is large, so programs load it when they need it. */
function verifyMesh(...args: Parameters<Guard['verifyMesh']>): Refusal[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it at the start
  return (require('../intent/guard') as Guard).verifyMesh(...args);
}
