import * as path from 'path';
import { Cluster } from './cluster';
import { declaredWorkloads } from './declared-workloads';
import { helmValues } from '../../model/helm-values';
import { kindConfig } from '../../model/kind-config';
import { meshFile } from '../../model/mesh-file';
import { toYaml } from '../../model/yaml';
import { Refusal, refusal } from '../refusal';

/** Contents of files, by their path below the output folder. */
export type Files = { [path: string]: string };

/** The manifests of a cluster. */
export function renderCluster(cluster: Cluster, objects: readonly any[]): Files {
  return { [`${cluster.name}.k8s.yaml`]: toYaml(...objects) };
}

/** The files that installing the clusters and running the commands need. */
export function renderMesh(clusters: readonly Cluster[], outdir: string): Files {
  const mesh = meshFile(
    clusters.map(cluster => ({
      model: cluster._model,
      files: { ...cluster._files().files, workloads: declaredWorkloads(cluster) },
    })),
    besideMesh(outdir),
  );
  const files: Files = { 'mesh/mesh.yaml': toYaml(mesh) };
  for (const cluster of clusters) {
    const kind = kindConfig(cluster._model);
    if (kind) {
      files[`mesh/${cluster.name}.kind.yaml`] = toYaml(kind);
    }
    files[`mesh/${cluster.name}.values.yaml`] = toYaml(sorted(helmValues(cluster._model)));
    for (const [file, content] of Object.entries(cluster._files().contents)) {
      files[`mesh/${file}`] = toYaml(content);
    }
  }
  return files;
}

/** Paths relative to the folder of mesh.yaml, of those that are relative to the working directory. */
function besideMesh(outdir: string): (file: string) => string {
  return file =>
    path.isAbsolute(file) ? file : path.relative(path.join(outdir, 'mesh'), file).split(path.sep).join('/');
}

/** Refuses objects of one kind and name in one namespace. */
export function duplicateRefusals(cluster: Cluster, objects: readonly any[]): Refusal[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { apiVersion, kind, metadata } of objects) {
    const group = String(apiVersion).includes('/') ? String(apiVersion).split('/')[0] : '';
    const key = `${kind}${group ? `.${group}` : ''} ${metadata?.namespace ?? 'default'}/${metadata?.name}`;
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
