// types only: programs that write manifests load no schema
import { ClusterFiles } from './cluster-files';
import type { MESH_FILE } from './mesh-file-schema';
import { ClusterModel, kubectlContext } from './mesh-model';
import { sourceOfText } from './source-text';
import type { Structure } from '../diagnostics/structure';

/** Version of the format of mesh.yaml. */
export const MESH_API_VERSION = 'cilium-mesh/v1';

/**
 * mesh.yaml: one mesh, for the commands that read manifests (mesh-file-schema.ts describes its fields).
 *
 * Paths are relative to the file. Only `name`, `id` and `manifests` are required, so it is easy to write by hand.
 */
export type MeshFile = Structure<typeof MESH_FILE>;

/** One cluster in mesh.yaml. */
export type MeshFileCluster = MeshFile['clusters'][number];

/** A source of manifests in mesh.yaml. */
export type MeshFileSource = MeshFileCluster['manifests'][number];

/** A patch to an object that another program owns (`kubectl patch --patch-file`). */
export type MeshFilePatch = NonNullable<MeshFileCluster['patches']>[number];

/**
 * mesh.yaml. The paths of manifests are relative to it; without any, each cluster has one file in the folder above it.
 * `beside` makes a path that is relative to the working directory one that is relative to the file.
 */
export function meshFile(
  clusters: ReadonlyArray<{
    readonly model: ClusterModel;
    readonly files: ClusterFiles;
    readonly manifests?: readonly string[];
  }>,
  beside: (path: string) => string = path => path,
): MeshFile {
  return {
    apiVersion: MESH_API_VERSION,
    clusters: clusters.map(({ model, files, manifests }) =>
      defined({
        name: model.name,
        id: model.id,
        manifests: [...(manifests ?? [`../${model.name}.k8s.yaml`])],
        base: model.manifests?.map(each => sourceOfText(each, beside)),
        workloads: files.workloads?.length ? files.workloads : undefined,
        values: `${model.name}.values.yaml`,
        context: kubectlContext(model),
        ciliumVersion: model.version.text,
        podCIDRs: model.podCidrs,
        serviceCIDRs: model.serviceCidrs,
        nodeCIDRs: model.nodeCidrs,
        kind: model.kind ? `${model.name}.kind.yaml` : undefined,
        upgradeValues: files.upgradeValues,
        patches: files.patches?.length ? files.patches : undefined,
      }),
    ),
  };
}

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
