import { ClusterModel, kubectlContext } from './mesh-model';

/** Version of the format of mesh.yaml. */
export const MESH_API_VERSION = 'cilium-mesh/v1';

/**
 * mesh.yaml: one mesh, for the commands that read manifests.
 *
 * Paths are relative to the file. Only `name`, `id` and `manifests` are required, so that it is easily written by hand.
 */
export interface MeshFile {
  readonly apiVersion: typeof MESH_API_VERSION;
  readonly clusters: readonly MeshFileCluster[];
}

/** One cluster in mesh.yaml. */
export interface MeshFileCluster {
  readonly name: string;
  readonly id: number;
  /** Files, or folders that are read recursively. */
  readonly manifests: readonly string[];
  /** Helm values; without them Cilium's defaults apply. */
  readonly values?: string;
  /** kubectl context. */
  readonly context?: string;
  /** Cilium version; 1.20.2 without it. */
  readonly ciliumVersion?: string;
  readonly podCIDRs?: readonly string[];
  readonly serviceCIDRs?: readonly string[];
  readonly nodeCIDRs?: readonly string[];
  /** kind configuration, for a cluster that kind creates. */
  readonly kind?: string;
  /** Values of a second `helm upgrade`, once the cluster runs. */
  readonly upgradeValues?: string;
  /** Patches to objects that other programs own, in the order in which they are applied. */
  readonly patches?: readonly MeshFilePatch[];
}

/** A patch to an object that another program owns (`kubectl patch --patch-file`). */
export interface MeshFilePatch {
  /** `before-install`, `after-install` or `connect`. */
  readonly stage: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
}

/** What a cluster has besides what its model says. */
export interface ClusterFiles {
  readonly upgradeValues?: string;
  readonly patches?: readonly MeshFilePatch[];
}

/** mesh.yaml for manifests that lie one folder above it. */
export function meshFile(clusters: ReadonlyArray<{ readonly model: ClusterModel; readonly files: ClusterFiles }>): MeshFile {
  return {
    apiVersion: MESH_API_VERSION,
    clusters: clusters.map(({ model, files }) => defined({
      name: model.name,
      id: model.id,
      manifests: [`../${model.name}.k8s.yaml`],
      values: `${model.name}.values.yaml`,
      context: kubectlContext(model),
      ciliumVersion: model.version.text,
      podCIDRs: model.podCidrs,
      serviceCIDRs: model.serviceCidrs,
      nodeCIDRs: model.nodeCidrs,
      kind: model.kind ? `${model.name}.kind.yaml` : undefined,
      upgradeValues: files.upgradeValues,
      patches: files.patches?.length ? files.patches : undefined,
    })),
  };
}

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
