import { isMap } from '../../diagnostics/is-map';
import { MeshDiagnostic } from '../../model/mesh-diagnostic';

/**
 * The faults of a mesh, with one fault for each mistake in `defaults`. The mesh model knows clusters only, so it finds
 * such a mistake in every cluster that sets no value of its own. What differs between clusters stays a fault of each.
 */
export function withFaultsOfDefaults(
  faults: readonly MeshDiagnostic[],
  clusters: readonly unknown[],
  defaults: unknown,
): MeshDiagnostic[] {
  if (!isMap(defaults)) {
    return [...faults];
  }
  const isSet = (settings: unknown, name: string) =>
    isMap(settings) && settings[name] !== undefined && settings[name] !== null;
  const groups = new Map<string, MeshDiagnostic[]>();
  for (const fault of faults) {
    const { code, message, got, allowed, fix, place } = fault;
    if (place && isSet(defaults, place.setting) && !isSet(clusters[place.clusterIndex], place.setting)) {
      const key = JSON.stringify([code, place.setting, place.part, message, got, allowed, fix]);
      groups.set(key, [...(groups.get(key) ?? []), fault]);
    }
  }
  const merged = new Map<MeshDiagnostic, MeshDiagnostic | undefined>();
  for (const [first, ...others] of groups.values()) {
    const { setting, part } = first.place!;
    if (others.length + 1 === clusters.filter(each => !isSet(each, setting)).length) {
      const { cluster, place, ...texts } = first;
      merged.set(first, { ...texts, path: `defaults.${setting}${part}` });
      others.forEach(each => merged.set(each, undefined));
    }
  }
  return faults.flatMap(fault => (merged.has(fault) ? (merged.get(fault) ?? []) : [fault]));
}
