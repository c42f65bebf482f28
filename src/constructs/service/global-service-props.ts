import { AnnotationKeys, GlobalServiceFlavor } from './annotations';
import { GlobalServiceSettings } from './global-service-settings';
import { ServicePort } from './service-port';
import { Cluster } from '../mesh/cluster';
import { Workload } from '../workload/workload';

/** Type of a Service. */
export enum ServiceType {
  CLUSTER_IP = 'ClusterIP',
  NODE_PORT = 'NodePort',
  LOAD_BALANCER = 'LoadBalancer',
}

/** Session affinity of a Service. */
export enum SessionAffinity {
  NONE = 'None',
  CLIENT_IP = 'ClientIP',
}

/** Properties of `GlobalService`. */
export interface GlobalServiceProps extends GlobalServiceSettings {
  /**
   * Name of the Service in all clusters. Cilium never merges services of different names.
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Namespace of the Service in all clusters.
   * @default - the namespace of the chart in which it is created, else `defaultNamespace` of the mesh, else none, which
   * means `default`
   */
  readonly namespace?: string;

  /** Ports, at least one. */
  readonly ports: ServicePort[];

  /**
   * The backends: the pods of a workload, in its clusters. The Service of each cluster selects the labels that the pods
   * have there, so Deployments of cdk8s-plus can be backends in several clusters.
   * @default - see selector
   */
  readonly workload?: Workload;

  /**
   * The clusters that have backends, together with `selector`.
   * @default - all clusters of the service
   */
  readonly backendClusters?: Cluster[];

  /**
   * The clusters that have the Service. A cluster needs the Service for its clients, even without backends of its own.
   * @default - the cluster in which the service is created, else all clusters of the mesh
   */
  readonly clusters?: Cluster[];

  /**
   * Settings of single clusters, by name. They replace those for all clusters.
   * @default - none
   */
  readonly perCluster?: { [cluster: string]: GlobalServiceSettings };

  /**
   * Type of the Service.
   * @default ServiceType.CLUSTER_IP
   */
  readonly serviceType?: ServiceType;

  /**
   * Whether the Service has no cluster IP. DNS then answers with the addresses of the pods.
   * @default false
   */
  readonly headless?: boolean;

  /**
   * Session affinity.
   * @default - the default of Kubernetes, None
   */
  readonly sessionAffinity?: SessionAffinity;

  /**
   * Labels of the Service.
   * @default - none
   */
  readonly labels?: { [key: string]: string };

  /**
   * Keys of the annotations for global, shared and affinity.
   * @default - CURRENT, and LEGACY in clusters with Cilium before 1.13
   */
  readonly annotationKeys?: AnnotationKeys;

  /**
   * How other clusters learn of the service.
   * @default GlobalServiceFlavor.ANNOTATIONS
   */
  readonly flavor?: GlobalServiceFlavor;
}
