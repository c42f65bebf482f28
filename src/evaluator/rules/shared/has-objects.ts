import { EvaluatedMesh } from '../../read/mesh';

/** Whether a mesh has anything to check besides its settings. */
export function hasObjects({ clusters, workloads }: EvaluatedMesh): boolean {
  return (
    workloads.length > 0 ||
    clusters.some(
      ({ policies, services, input }) =>
        policies.length + services.length > 0 || input.manifests.some(isForeignPolicy),
    )
  );
}

/** Also policies that Cilium does not read have findings. */
function isForeignPolicy({ object: { kind } }: { readonly object: any }): boolean {
  return /NetworkPolicy$/i.test(kind);
}
