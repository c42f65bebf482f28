import { CommandError, doneSoFar, Io, Status } from './io';
import { IdentifiedCluster, IdentityFault, identityFaults } from '../live/plans/cluster-identity';

/** Options about the identity of clusters. */
export interface IdentityOptions {
  /** Clusters that were replaced on purpose. */
  readonly acceptCluster?: readonly string[];
}

/** Refuses contexts that lead to other clusters than those of the mesh. */
export function refuseOtherClusters(
  clusters: readonly IdentifiedCluster[],
  { acceptCluster = [] }: IdentityOptions,
  io: Pick<Io, 'done'>,
): void {
  const faults = identityFaults(clusters, acceptCluster);
  if (faults.length > 0) {
    throw new CommandError(
      `${doneSoFar(io)}: a context leads to another cluster than the mesh file says.\n${faults
        .map(faultText)
        .join('\n')}`,
      Status.FOUND,
    );
  }
}

function faultText(fault: IdentityFault): string {
  const { name, id, context, identity } = fault.cluster;
  const where = `${name} (context ${context})`;
  const fix = `write the context of ${name} (kubectl config get-contexts)`;
  switch (fault.kind) {
    case 'same-cluster':
      return (
        `${where}: is the same cluster as ${fault.other.name} (context ${fault.other.context}), kube-system has the UID ` +
        `${identity.uid}\n    fix: ${fix}`
      );
    case 'cilium-name':
      return (
        `${where}: Cilium's cluster-name must be ${name}, got ${identity.ciliumName}\n    fix: ${fix}; if this is the ` +
        'cluster, correct its name in the mesh file, or in cluster.name of its Helm values'
      );
    case 'cilium-id':
      return (
        `${where}: Cilium's cluster-id must be ${id}, got ${identity.ciliumId}\n    fix: ${fix}; if this is the ` +
        'cluster, correct its ID in the mesh file, or in cluster.id of its Helm values'
      );
    case 'other-cluster':
      return (
        `${where}: this cluster was applied to as ${fault.recorded}\n    fix: ${fix}; if the cluster was renamed, delete ` +
        `the record: kubectl --context ${context} -n kube-system delete configmap cilium-mesh-clusters`
      );
    case 'replaced':
      return (
        `${where}: kube-system has the UID ${identity.uid}, and ${fault.recordedIn} knows ${name} by ${fault.recorded}\n` +
        `    fix: ${fix}; if ${name} was built again, add --accept-cluster ${name}`
      );
  }
}
