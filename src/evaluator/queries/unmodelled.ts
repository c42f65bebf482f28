import { localNamespaces } from './local-namespaces';
import { EvaluatedSettings } from '../read/cluster-settings';
import { EvaluatedMesh } from '../read/mesh';

/** The parts of a mesh whose effect on verdicts is unknown. */
export function unmodelledParts(mesh: EvaluatedMesh): string[] {
  const parts = mesh.clusters.flatMap(({ name, policies, settings }) => [
    ...policies
      .filter(({ refusals }) => refusals.some(({ stage }) => stage === 'unmodelled'))
      .map(({ manifest: { object } }) => `parts of ${object.kind} ${object.metadata.name} in ${name} are not modelled`),
    ...unmodelledSettings(name, settings),
  ]);
  return [...parts, ...localNamespaces(mesh)];
}

/** The settings of a cluster whose effect on all of its verdicts is unknown. */
export function unmodelledSettings(cluster: string, { unmodelled }: Pick<EvaluatedSettings, 'unmodelled'>): string[] {
  return unmodelled.map(({ path }) => `the setting ${path} of ${cluster} is not modelled`);
}
