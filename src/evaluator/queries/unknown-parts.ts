import { shorten } from '../../diagnostics/texts';
import { EvaluatedMesh } from '../read/mesh';

/** The parts of a mesh whose effect on flows is not known, sorted: one sentence each. */
export function unknownParts({ clusters }: EvaluatedMesh): string[] {
  const parts = clusters.flatMap(({ name, input, policies, settings }) => [
    ...(input.settings.gaps ?? []).map(
      ({ what, reason }) => `the snapshot of ${name} could not read ${shorten(what)} (${shorten(reason)})`,
    ),
    ...policies
      .filter(({ refusals }) => refusals.some(({ stage }) => stage === 'unmodelled'))
      .map(
        ({ manifest: { object } }) =>
          `parts of ${object.kind} ${shorten(object.metadata.name)} in ${name} are not modelled`,
      ),
    ...settings.unmodelled.map(
      ({ path, value }) =>
        `the setting ${path}${value === undefined ? '' : `: ${shorten(value)}`} of ${name} is not modelled`,
    ),
  ]);
  return [...new Set(parts)].sort();
}
