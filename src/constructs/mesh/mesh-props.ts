import { OutputLayout } from './output-layout';
import { ClusterProps, ClusterSettings } from '../../model/cluster-settings';

/** Properties of a mesh. */
export interface MeshProps {
  /** The clusters of the mesh, 2 to 511. */
  readonly clusters: ClusterProps[];

  /**
   * Settings of all clusters that do not set them themselves. `helmValues` are merged key by key. All other settings
   * are replaced as a whole.
   * @default - Cilium's defaults
   */
  readonly defaults?: ClusterSettings;

  /**
   * Namespace of the constructs that name none, and that were created in no chart with a namespace. Objects name it.
   * @default - `default`, which objects do not name: kubectl uses the namespace of its context
   */
  readonly defaultNamespace?: string;

  /**
   * The folder that `synth()` writes to, relative to the working directory. Two meshes of a program need two folders.
   * @default - the one of the App; without one the one that `cdk8s synth` names, else `dist`
   */
  readonly outdir?: string;

  /**
   * Whether `synth()` verifies what it writes with the evaluator of `cilium-mesh`, for the version and the settings of
   * each cluster. The API server and Cilium must accept every policy, and each statement, such as a
   * `CrossClusterAllow` or a `DefaultDenyPolicy`, must be true of its own policies.
   * @default true
   */
  readonly verify?: boolean;

  /**
   * How the output folder is divided.
   * @default OutputLayout.FLAT
   */
  readonly layout?: OutputLayout;

  /**
   * The folder for `mesh.yaml`, Helm values and configurations of kind, relative to the working directory.
   * @default - the folder `mesh` in the output folder with the layout FLAT; else one beside it, such as `dist-mesh`
   */
  readonly meshOutdir?: string;

  /**
   * Whether `synth()` writes a `kustomization.yaml` into the folder of each cluster, which lists its files. The layout
   * FLAT has no such folders.
   * @default false
   */
  readonly kustomizations?: boolean;

  /**
   * Whether objects get Argo CD's annotation for sync waves, so Cilium drops no flow before the policy that allows it
   * arrives: Namespaces and CustomResourceDefinitions first, then all other objects, then policies that only deny or
   * select all pods. Objects that have the annotation keep it.
   * @default - true if an `ArgoCdApplicationSet` deploys the mesh, else false
   */
  readonly syncWaves?: boolean;
}
