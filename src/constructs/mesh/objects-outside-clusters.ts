import { Chart } from 'cdk8s';
import { IConstruct } from 'constructs';
import { formatValue } from '../../diagnostics/texts';
import { callError, reportedFaults } from '../faults';
import { refusal } from '../refusal';

/** The name of a cluster of each mesh, for examples. */
const CLUSTERS = new WeakMap<IConstruct, string>();

/** Refuses objects that a program creates below the mesh and in none of its clusters. */
export function refuseObjectsOutsideClusters(mesh: IConstruct, cluster: string): void {
  CLUSTERS.set(mesh, cluster);
}

/**
 * The constructor of an object asks `Chart.of` for its chart. Without one, its error names neither the object nor what
 * to do, and cdk8s has no hook before it.
 */
const chartOf = Chart.of;
Chart.of = construct => {
  for (let each: IConstruct | undefined = construct; each !== undefined; each = each.node.scope) {
    if (Chart.isChart(each)) {
      return each as Chart;
    }
    const cluster = CLUSTERS.get(each);
    if (cluster !== undefined) {
      throw outsideCluster(construct, cluster);
    }
  }
  return chartOf(construct);
};

function outsideCluster(object: IConstruct, cluster: string): Error {
  const { path, id, root } = object.node;
  const fault = refusal('object-outside-cluster', {
    path,
    message: 'the object is in no cluster, so no file would contain it',
    got: 'an object below the mesh',
    allowed: 'objects below a cluster',
    fix:
      'create it in a cluster, for example ' +
      `new ${object.constructor.name}(mesh.cluster(${formatValue(cluster)}), ${formatValue(id)}, …)`,
  });
  return callError([...reportedFaults(root), fault], Chart.of);
}
