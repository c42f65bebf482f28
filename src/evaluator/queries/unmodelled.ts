import { localNamespaces } from './local-namespaces';
import { EvaluatedMesh } from '../read/mesh';

/** The parts of a mesh whose effect on verdicts is unknown. */
export function unmodelledParts(mesh: EvaluatedMesh): string[] {
  const parts = mesh.clusters.flatMap(({ name, policies, settings }) => [
    ...policies
      .filter(({ refusals }) => refusals.some(({ stage }) => stage === 'unmodelled'))
      .map(({ manifest: { object } }) => `parts of ${object.kind} ${object.metadata.name} in ${name} are not modelled`),
    ...settings.unmodelled.map(({ path }) => `the setting ${path} of ${name} is not modelled`),
  ]);
  return [...parts, ...localNamespaces(mesh)];
}
