import { diffMeshes } from '../../evaluator/queries/diff/diff';
import { readMesh } from '../../evaluator/read/mesh';
import { ClusterInput, MeshInput } from '../../manifests/input';
import { mergeValues } from '../../model/mesh-model';
import { Installation, installationChange } from '../plans/installation';
import { LiveMesh } from '../plans/live-mesh';
import { UpgradeEffect } from '../plans/mesh-plan';

/**
 * Compares the verdicts of the manifests under the releases that the clusters have, and under those that they get;
 * undefined where no release changes.
 */
export function upgradeEffect(
  input: MeshInput,
  { clusters }: LiveMesh,
  installations: ReadonlyMap<string, Installation>,
): UpgradeEffect | undefined {
  const changed = clusters.filter(each => {
    const installed = installations.get(each.name);
    return installed !== undefined && installationChange(each, installed) !== undefined;
  });
  if (changed.length === 0) {
    return undefined;
  }
  const withReleases = (release: (name: string, installed: Installation) => Installation): MeshInput => ({
    ...input,
    clusters: input.clusters.map(cluster => {
      const installed = installations.get(cluster.name);
      return installed ? withRelease(cluster, release(cluster.name, installed)) : cluster;
    }),
  });
  const wanted = (name: string, installed: Installation): Installation => {
    const { version, helmValues, upgradeValues } = clusters.find(each => each.name === name)!;
    const file = mergeValues(helmValues, upgradeValues?.values ?? {});
    return { version, values: mergeValues(installed.values, file) };
  };
  return {
    clusters: changed.map(({ name, version }) => ({ name, from: installations.get(name)!.version, to: version })),
    diff: diffMeshes(readMesh(withReleases((_, installed) => installed)), readMesh(withReleases(wanted))),
  };
}

function withRelease(cluster: ClusterInput, { version, values }: Installation): ClusterInput {
  return {
    ...cluster,
    settings: { ...cluster.settings, ciliumVersion: version },
    values: { ...(cluster.values ?? { file: `Helm release of ${cluster.name}`, line: () => undefined }), values: { ...values } },
  };
}

