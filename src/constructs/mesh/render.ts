import * as path from 'path';
import { Cluster } from './cluster';
import { sourceOf } from './cluster-objects';
import { declaredWorkloads } from './declared-workloads';
import { Files } from './files';
import { kustomizationFile, manifestFiles, OutputPlaces } from './output-layout';
import { isClusterScoped, isNamespaced } from '../../cilium/cluster-scoped-kinds';
import { helmValues } from '../../model/helm-values';
import { kindConfig } from '../../model/kind-config';
import { meshFile } from '../../model/mesh-file';
import { toYaml } from '../../model/yaml';
import { Refusal, refusal } from '../refusal';
import { originOf } from '../scopes';

/**
 * All files of a mesh: the manifests of the clusters, and what installing the clusters and running the commands need.
 */
export function renderMesh(objects: ReadonlyMap<Cluster, readonly any[]>, places: OutputPlaces): Files {
  const manifests = [...objects].map(([cluster, all]) => ({
    cluster,
    manifests: manifestFiles(cluster.name, all, places),
  }));
  return Object.assign(
    {},
    ...manifests.map(each => each.manifests),
    ...(places.kustomizations ? manifests.map(each => kustomizationFile(each.cluster.name, each.manifests)) : []),
    filesOfMesh(manifests, places),
  );
}

function filesOfMesh(
  clusters: ReadonlyArray<{ readonly cluster: Cluster; readonly manifests: Files }>,
  { folder, meshFolder }: OutputPlaces,
): Files {
  const beside = besideMesh(path.join(folder, meshFolder));
  const at = (file: string) => path.posix.join(meshFolder, file);
  const mesh = meshFile(
    clusters.map(({ cluster, manifests }) => ({
      model: cluster._model,
      files: { ...cluster._files().files, workloads: declaredWorkloads(cluster) },
      manifests: Object.keys(manifests).map(file => beside(path.join(folder, file))),
    })),
    file => (path.isAbsolute(file) ? file : beside(file)),
  );
  const files: Files = { [at('mesh.yaml')]: toYaml(mesh) };
  for (const { cluster } of clusters) {
    const kind = kindConfig(cluster._model);
    if (kind) {
      files[at(`${cluster.name}.kind.yaml`)] = toYaml(kind);
    }
    files[at(`${cluster.name}.values.yaml`)] = toYaml(sorted(helmValues(cluster._model)));
    for (const [file, content] of Object.entries(cluster._files().contents)) {
      // maps of some languages have no order
      files[at(file)] = toYaml(sorted(content));
    }
  }
  return files;
}

/** Paths relative to the folder of mesh.yaml, of those that are relative to the working directory. */
function besideMesh(meshFolder: string): (file: string) => string {
  return file => path.relative(meshFolder, file).split(path.sep).join('/');
}

/** Refuses objects of one kind and name in one namespace. */
export function duplicateRefusals(cluster: Cluster, objects: readonly any[]): Refusal[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { apiVersion, kind, metadata } of objects) {
    const group = String(apiVersion).includes('/') ? String(apiVersion).split('/')[0] : '';
    const namespace = isClusterScoped(String(kind)) ? '' : `${metadata?.namespace ?? 'default'}/`;
    const key = `${kind}${group ? `.${group}` : ''} ${namespace}${metadata?.name}`;
    (seen.has(key) ? twice : seen).add(key);
  }
  return [...twice].sort().map(key =>
    refusal('object-duplicate', {
      path: cluster.node.path,
      message: 'the cluster has two objects of this kind and name; kubectl would keep only the last one',
      got: key,
      allowed: 'one object of a kind and name in a namespace',
      fix: 'rename one of the two',
    }),
  );
}

/** Refuses objects that need a namespace and have none, once for the same object of a construct in several clusters. */
export function namespaceRefusals(objects: readonly any[]): Refusal[] {
  const refusals = objects
    .filter(object => isNamespaced(object) && !object.metadata?.namespace)
    .map(object =>
      refusal('gitops-namespace', {
        path: originOf(sourceOf(object)).node.path,
        message: 'Flux refuses objects without a namespace',
        got: `${object.kind} ${object.metadata?.name}`,
        allowed: 'a namespace for each object',
        fix: 'set namespace, or defaultNamespace of the mesh',
      }),
    );
  return [...new Map(refusals.map(each => [`${each.path} ${each.got}`, each])).values()];
}

/** A copy with sorted keys in all maps. */
function sorted(value: any): any {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(
      Object.keys(value)
        .sort()
        .map(key => [key, sorted(value[key])]),
    )
    : value;
}
