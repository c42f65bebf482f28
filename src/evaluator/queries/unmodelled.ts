import { localNamespaces } from './local-namespaces';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';

/** The parts of a mesh whose effect on verdicts is unknown. */
export function unmodelledParts(mesh: EvaluatedMesh): string[] {
  return [...mesh.clusters.flatMap(unmodelledIn), ...localNamespaces(mesh)];
}

/** The policies and settings of a cluster whose effect on its verdicts is unknown. */
export function unmodelledIn({ name, policies, settings }: EvaluatedCluster): string[] {
  return [
    ...policies
      .filter(({ refusals }) => refusals.some(({ stage }) => stage === 'unmodelled'))
      .map(({ manifest: { object } }) => `parts of ${object.kind} ${object.metadata.name} in ${name} are not modelled`),
    ...settings.unmodelled.map(({ path }) => `the setting ${path} of ${name} is not modelled`),
  ];
}
