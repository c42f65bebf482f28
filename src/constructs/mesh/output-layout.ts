import * as path from 'path';
import { Files } from './files';
import { toYaml } from '../../model/yaml';
import { Refusal, refusal } from '../refusal';

/** How the output folder is divided. */
export enum OutputLayout {
  /** One file for each cluster: `dist/paris.k8s.yaml`. The files of the mesh are in `dist/mesh`. */
  FLAT = 'flat',
  /**
   * A folder for each cluster, with one file: `dist/paris/paris.k8s.yaml`. Flux, Argo CD and Kustomize take such a
   * folder as it is. The files of the mesh are in `dist-mesh`.
   */
  FOLDERS = 'folders',
  /**
   * A folder for each cluster, with a file for each object: `dist/paris/Service.shop.cart.k8s.yaml`. The files of the
   * mesh are in `dist-mesh`. The numbers before Namespaces and CustomResourceDefinitions let `kubectl apply -f` create
   * them first.
   */
  PER_RESOURCE = 'per-resource',
}

/** Properties of a mesh that say where it writes its files. */
interface OutputProps {
  readonly layout?: OutputLayout;
  readonly meshOutdir?: string;
  readonly kustomizations?: boolean;
}

/** Where a mesh writes its files. */
export interface OutputPlaces {
  /** The output folder. */
  readonly folder: string;
  readonly layout: OutputLayout;
  /** The folder of mesh.yaml, relative to the output folder. */
  readonly meshFolder: string;
  /** Whether each folder of a cluster has a kustomization.yaml. */
  readonly kustomizations: boolean;
}

/** The folder of mesh.yaml in the layout FLAT. */
export const MESH_FOLDER = 'mesh';

/** The folder of mesh.yaml in the other layouts, relative to the output folder: `dist-mesh` beside `dist`. */
export function siblingMeshFolder(folder: string): string {
  return path.posix.join('..', `${path.basename(path.resolve(folder))}-mesh`);
}

/** Where a mesh with these properties writes its files, if it writes to `folder`. */
export function outputPlaces(folder: string, { layout, meshOutdir, kustomizations }: OutputProps): OutputPlaces {
  const isFlat = (layout ?? OutputLayout.FLAT) === OutputLayout.FLAT;
  return {
    folder,
    layout: layout ?? OutputLayout.FLAT,
    meshFolder:
      typeof meshOutdir === 'string'
        ? path.relative(path.resolve(folder), path.resolve(meshOutdir)).split(path.sep).join('/')
        : isFlat
          ? MESH_FOLDER
          : siblingMeshFolder(folder),
    kustomizations: kustomizations ?? false,
  };
}

/** Refuses output that other programs could not read. */
export function layoutRefusals(folder: string, props: OutputProps, clusters: readonly string[]): Refusal[] {
  const { layout, meshFolder, kustomizations } = outputPlaces(folder, props);
  const isFlat = layout === OutputLayout.FLAT;
  const inside = isFlat ? undefined : clusters.find(name => meshFolder.split('/')[0] === name);
  return [
    ...(isFlat && kustomizations
      ? [
        refusal('kustomization-flat', {
          path: 'kustomizations',
          message: 'a kustomization.yaml needs a folder for each cluster',
          got: 'the layout flat',
          allowed: 'the layouts folders and per-resource',
          fix: 'set layout, or remove kustomizations',
        }),
      ]
      : []),
    ...(inside === undefined
      ? []
      : [
        refusal('mesh-outdir-in-cluster', {
          path: 'meshOutdir',
          message: `the folder of the cluster ${inside} holds only what is applied to it`,
          got: props.meshOutdir!,
          allowed: 'a folder outside of the folders of clusters',
          fix: 'name another folder, or remove meshOutdir',
        }),
      ]),
  ];
}

/** Kinds that come before the objects that need them. */
const NUMBERED: { readonly [kind: string]: string } = { Namespace: '0-', CustomResourceDefinition: '1-' };

/** The files of the manifests of a cluster, by their path below the output folder, in the order of their objects. */
export function manifestFiles(cluster: string, objects: readonly any[], { layout }: OutputPlaces): Files {
  switch (layout) {
    case OutputLayout.FLAT:
      return { [`${cluster}.k8s.yaml`]: toYaml(...objects) };
    case OutputLayout.FOLDERS:
      return { [`${cluster}/${cluster}.k8s.yaml`]: toYaml(...objects) };
    case OutputLayout.PER_RESOURCE:
      return filesOfObjects(cluster, objects);
  }
}

/** The kustomization.yaml of a cluster, which lists the files of its manifests. */
export function kustomizationFile(cluster: string, manifests: Files): Files {
  const resources = Object.keys(manifests).map(file => file.slice(cluster.length + 1));
  return {
    [`${cluster}/kustomization.yaml`]: toYaml({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: resources.sort(),
    }),
  };
}

function filesOfObjects(cluster: string, objects: readonly any[]): Files {
  const files: Files = {};
  // file systems of macOS and Windows do not distinguish upper case
  const taken = new Set<string>();
  for (const object of objects) {
    const { kind, metadata } = object;
    const parts = [kind, metadata?.namespace, metadata?.name].filter(each => each !== undefined);
    const name = `${NUMBERED[kind] ?? ''}${parts.join('.')}`.replace(/[^0-9A-Za-z._-]/g, '-');
    let unique = name;
    for (let count = 2; taken.has(unique.toLowerCase()); count++) {
      unique = `${name}-${count}`;
    }
    taken.add(unique.toLowerCase());
    files[`${cluster}/${unique}.k8s.yaml`] = toYaml(object);
  }
  return files;
}
