import { ApiObject, Chart } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { formatValue } from '../../diagnostics/texts';
import { ClusterFiles, ClusterPatchFile, DeclaredWorkload } from '../../model/cluster-files';
import { ClusterModel } from '../../model/mesh-model';
import { publicClass } from '../checks/classes';
import { invalidate, reportFaults } from '../faults';
import { checkCall, reportArguments } from '../property-refusals';
import { Refusal, refusal } from '../refusal';
import { isOfRemoved, standsFor } from '../scopes';

const CLUSTER = Symbol.for('cdk8s-cilium-mesh.Cluster');

/** What the ids begin with that the cluster's constructs for those of the mesh have. */
const MESH = 'mesh:';

/** When a patch is applied. */
export enum PatchStage {
  /** Before Cilium is installed. */
  BEFORE_INSTALL = 'before-install',
  /** Once Cilium runs. */
  AFTER_INSTALL = 'after-install',
  /** When the cluster is connected to the others. */
  CONNECT = 'connect',
}

/** A patch to an object that another program owns. */
export interface ClusterPatch {
  /** Kind of the object, for example `DaemonSet`. */
  readonly kind: string;

  /** Namespace of the object. */
  readonly namespace: string;

  /** Name of the object. */
  readonly name: string;

  /** A strategic merge patch, or a list of the operations of a JSON patch. */
  readonly patch: any;

  /**
   * When the patch is applied.
   * @default PatchStage.BEFORE_INSTALL
   */
  readonly stage?: PatchStage;
}

/**
 * One cluster of the mesh: the chart with all objects of the cluster.
 *
 * `ClusterMesh` creates the clusters; `mesh.cluster(name)` returns one. Any cdk8s construct can be created in a
 * cluster, also a whole chart.
 *
 * An object without a name gets its construct path below the cluster as its name, without a hash. So the same construct
 * has the same name in all clusters, also in a chart inside the cluster. Charts that override `generateObjectName` name
 * their objects themselves, and so do charts whose paths are longer than a name can be.
 */
export class Cluster extends Chart {
  /** The cluster that a construct was created in; undefined for a construct created in the mesh itself. */
  public static enclosing(construct: IConstruct): Cluster | undefined {
    checkCall('Cluster.enclosing', { construct }, Cluster.enclosing);
    return construct.node.scopes.find(Cluster.isCluster) as Cluster | undefined;
  }

  /** Whether a value is a cluster. `instanceof` would be true of any chart: `Chart` redefines it. */
  public static isCluster(x: any): boolean {
    return typeof x === 'object' && x !== null && CLUSTER in x;
  }

  /** @internal */
  public static _create(scope: Construct, model: ClusterModel): Cluster {
    return new Cluster(scope, model);
  }

  /** Name of the cluster. */
  public readonly name: string;

  /** ID of the cluster. */
  public readonly clusterId: number;

  /** Version of Cilium in the cluster. */
  public readonly ciliumVersion: string;

  /** @internal */
  public readonly _model: ClusterModel;

  /**
   * The workloads that the program refers to by their labels, with their constructs.
   * @internal
   */
  public readonly _declared: Array<{ readonly workload: DeclaredWorkload; readonly construct: IConstruct }> = [];

  private readonly patches = new Map<string, ClusterPatch>();
  private upgradeValues?: { [key: string]: any };

  private constructor(scope: Construct, model: ClusterModel) {
    super(scope, model.name);
    nameObjectsByCluster();
    Object.defineProperty(this, CLUSTER, { value: true });
    this.name = model.name;
    this.clusterId = model.id;
    this.ciliumVersion = model.version.text;
    this._model = model;
  }

  /**
   * Patches an object that another program owns, such as a DaemonSet of the cloud provider. `synth()` writes the patch
   * as a file beside the Helm values of the cluster, and lists it in mesh.yaml. Patches keep the order in which they
   * are added. Two patches of an object in one stage are a fault.
   */
  public addPatch(patch: ClusterPatch): void {
    if (reportArguments(this, 'Cluster.addPatch', { patch })) {
      return;
    }
    const targets = patchTargetRefusals(`${this.node.path}.addPatch.patch`, patch);
    if (targets.length > 0) {
      reportFaults(this, targets);
      return;
    }
    const stage = patch.stage ?? PatchStage.BEFORE_INSTALL;
    const file = `${this.name}.${stage}.${patch.kind.toLowerCase()}.${patch.name}.patch.yaml`;
    if (this.patches.has(file)) {
      reportFaults(this, [
        refusal('patch-duplicate', {
          path: this.node.path,
          message: 'the object already has a patch in this stage',
          got: formatValue(`${patch.kind} ${patch.namespace}/${patch.name}`),
          allowed: 'one patch for each object in a stage',
          fix: 'join the two patches',
        }),
      ]);
      return;
    }
    this.patches.set(file, patch);
  }

  /**
   * Sets Helm values for a second step, `helm upgrade`, once the cluster runs. `synth()` writes them as a file beside
   * the first ones. A second set of values is a fault.
   */
  public addUpgradeValues(values: { [key: string]: any }): void {
    if (reportArguments(this, 'Cluster.addUpgradeValues', { values })) {
      return;
    }
    if (this.upgradeValues) {
      reportFaults(this, [
        refusal('upgrade-values-duplicate', {
          path: this.node.path,
          message: 'the cluster already has values for its upgrade',
          got: formatValue(values),
          allowed: 'one set of values',
          fix: 'join the two sets',
        }),
      ]);
      return;
    }
    this.upgradeValues = values;
  }

  /** Names an object after its construct path below the cluster, without a hash. */
  public generateObjectName(apiObject: ApiObject): string {
    // cdk8s calls it from the constructor of the object, before `isApiObject` knows it
    if (!Construct.isConstruct(apiObject)) {
      checkCall('Cluster.generateObjectName', { apiObject }, this.generateObjectName, this);
    }
    const name = this.nameOf(apiObject);
    if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || name.length > 253) {
      invalidate(apiObject);
      reportFaults(apiObject, [
        refusal('object-name-invalid', {
          path: apiObject.node.path,
          message: 'the object has no name, and its construct path is not a valid one',
          got: formatValue(name),
          allowed: '1 to 253 lower-case letters, digits, dashes and dots',
          fix: 'set metadata.name',
        }),
      ]);
    }
    return name;
  }

  /**
   * The scope for the objects that a construct has in this cluster: the construct itself if it was created here, else
   * a construct of the same path below `mesh:` in the cluster. For constructs created in the mesh that write objects
   * into several clusters. The scope of the mesh itself is the cluster.
   */
  public scopeFor(construct: Construct): Construct {
    checkCall('Cluster.scopeFor', { construct }, this.scopeFor, this);
    if (Cluster.enclosing(construct) === this) {
      return construct;
    }
    const [first, ...others] = idsBelow(this.node.scope!, construct);
    if (first === undefined) {
      return this;
    }
    // constructs that the program creates in the cluster may have the same ids
    const placed = [`${MESH}${first}`, ...others].reduce<Construct>((scope, id) => {
      const existing = scope.node.tryFindChild(id) as Construct | undefined;
      if (existing && !isOfRemoved(existing)) {
        return existing;
      }
      scope.node.tryRemoveChild(id);
      return new Construct(scope, id);
    }, this);
    standsFor(placed, construct);
    return placed;
  }

  /**
   * The name of an object of a chart inside the cluster; undefined if its construct path is too long for a name.
   * @internal
   */
  public _nameInChart(apiObject: ApiObject): string | undefined {
    const name = this.nameOf(apiObject)
      .replace(/[^a-z0-9-]/g, '')
      .replace(/^-+|-+$/g, '');
    const longest = apiObject.kind === 'CronJob' ? 52 : 63;
    return name !== '' && name.length <= longest ? name : undefined;
  }

  /** The construct path of an object below the cluster, as a name. */
  private nameOf(apiObject: ApiObject): string {
    return idsBelow(this, apiObject)
      .map((id, index) => (index === 0 && id.startsWith(MESH) ? id.slice(MESH.length) : id))
      .filter(id => id !== 'Default' && id !== 'Resource')
      .join('-')
      .toLowerCase();
  }

  /**
   * The files for the installation that do not come from the model, by name.
   * @internal
   */
  public _files(): { readonly files: ClusterFiles; readonly contents: { [file: string]: any } } {
    const patches: ClusterPatchFile[] = [...this.patches].map(([file, { kind, namespace, name, stage }]) => ({
      stage: stage ?? PatchStage.BEFORE_INSTALL,
      kind,
      namespace,
      name,
      file,
    }));
    const upgrade = `${this.name}.upgrade-values.yaml`;
    return {
      files: { upgradeValues: this.upgradeValues ? upgrade : undefined, patches },
      contents: {
        ...Object.fromEntries([...this.patches].map(([file, { patch }]) => [file, patch])),
        ...(this.upgradeValues ? { [upgrade]: this.upgradeValues } : {}),
      },
    };
  }
}

/** Refuses a patch of an object that cannot exist. Names of some kinds have colons, such as `system:coredns`. */
function patchTargetRefusals(path: string, { kind, namespace, name }: ClusterPatch): Refusal[] {
  const parts = [
    ['kind', kind, /^[A-Z][A-Za-z0-9]{0,62}$/, 'a kind, such as DaemonSet'],
    ['namespace', namespace, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'at most 63 lower-case letters, digits and dashes'],
    ['name', name, /^(?!\.{1,2}$)[^/\\%\s\u0000-\u001f\u007f]{1,200}$/, 'the name of an object'],
  ] as const;
  return parts
    .filter(([, value, pattern]) => !pattern.test(value))
    .map(([property, value, , allowed]) =>
      refusal('patch-target-invalid', {
        path: `${path}.${property}`,
        message: 'no object can have it, so the patch would fail',
        got: formatValue(value),
        allowed,
        fix: `correct ${property}`,
      }),
    );
}

let namesByCluster = false;

/**
 * Lets charts inside of clusters name their objects by the path below the cluster. Those of other people are charts of
 * cdk8s, which puts a hash of the whole path into a name, so the name would differ between clusters.
 */
function nameObjectsByCluster(): void {
  if (namesByCluster) {
    return;
  }
  namesByCluster = true;
  const { prototype } = Chart;
  const original = prototype.generateObjectName;
  prototype.generateObjectName = function generateObjectName(this: Chart, apiObject: ApiObject): string {
    return Cluster.enclosing(this)?._nameInChart(apiObject) ?? original.call(this, apiObject);
  };
}

/** The ids of a construct and its scopes below `top`, or below the root if it is not below `top`. */
function idsBelow(top: IConstruct, construct: IConstruct): string[] {
  const { scopes } = construct.node;
  return scopes.slice(Math.max(scopes.indexOf(top), 0) + 1).map(each => each.node.id);
}

publicClass('Cluster', Cluster.isCluster, "mesh.cluster('paris')");
