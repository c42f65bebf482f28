import { Cluster } from '../mesh/cluster';
import { Selector } from '../policy/selector';

/** Properties of a workload that is selected by labels. */
export interface WorkloadProps {
  /**
   * Labels of the pods. `selector` can say more.
   * @default - see selector
   */
  readonly labels?: { [key: string]: string };

  /**
   * Selector of the pods; `Selector.all()` selects all pods.
   * @default - see labels
   */
  readonly selector?: Selector;

  /**
   * Namespace of the pods.
   * @default - the namespace of the chart in which it is created, else `defaultNamespace` of the mesh, else `default`
   */
  readonly namespace?: string;

  /**
   * Whether the workload has the pods of all namespaces. Policies for them are clusterwide.
   * @default false
   */
  readonly allNamespaces?: boolean;

  /**
   * Labels of the namespaces of the pods. Policies for them are clusterwide.
   * @default - none
   */
  readonly namespaceLabels?: { [key: string]: string };

  /**
   * Service account that the pods run as.
   * @default - any
   */
  readonly serviceAccount?: string;

  /**
   * The clusters in which the pods run.
   * @default - the cluster in which the workload is created, else all clusters of the mesh
   */
  readonly clusters?: Cluster[];

  /**
   * Name of the workload, for names of policies and for errors.
   * @default - the id of the construct
   */
  readonly name?: string;
}
