import { formatList } from '../../diagnostics/texts';
import { meets, selects } from '../engine/selector';
import { formatEndpoint, peerOf, subjectOf } from '../flows/endpoint';
import { NodeEndpoint, nodeSets } from '../flows/node-endpoints';
import { EvaluatedMesh } from '../read/mesh';
import { formatWorkload, Workload } from '../read/workload';

/**
 * Pods with host network have the identity and the policies of their node. Where policies tell the nodes of a cluster
 * apart, the verdicts on such pods depend on where they run, which manifests do not say: one sentence for each cluster.
 */
export function unplacedPods(mesh: EvaluatedMesh, workloads: readonly Workload[] = mesh.workloads): string[] {
  return mesh.clusters.flatMap(({ name }) => {
    const pods = workloads.filter(each => each.cluster === name && each.hostNetwork);
    const own = nodeSets(mesh, name).map(({ node }): NodeEndpoint => ({
      kind: 'node',
      cluster: name,
      node,
      placement: 'other-node',
    }));
    return pods.length > 0 && own.length > 1 && areToldApart(mesh, own)
      ? [
        `which policies act on ${formatList(pods.map(formatWorkload))}: the pods use the network of their nodes, ` +
            `policies tell nodes of ${name} apart, and manifests do not say where pods run; ask about ` +
            `${formatList(own.map(formatEndpoint))} instead`,
      ]
      : [];
  });
}

/** Whether a policy selects some nodes of a cluster only, as those that it acts on or as peers. */
function areToldApart(mesh: EvaluatedMesh, nodes: readonly NodeEndpoint[]): boolean {
  const subjects = nodes.map(node => subjectOf(node, mesh));
  const isSplit = (answers: readonly boolean[]) => answers.includes(true) && answers.includes(false);
  return mesh.clusters.some(cluster =>
    (['egress', 'ingress'] as const).some(direction => {
      const peers = nodes.map(node => peerOf(node, cluster, mesh, direction));
      return cluster.entries
        .filter(entry => entry.direction === direction)
        .some(
          entry =>
            (entry.node &&
              cluster.name === nodes[0].cluster &&
              isSplit(subjects.map(subject => subject !== undefined && meets(entry.subject, subject.labels)))) ||
            (entry.peers !== 'none' &&
              entry.peers.some(selector => isSplit(peers.map(peer => selects(selector, peer))))),
        );
    }),
  );
}
