import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import {
  Affinity,
  AnnotationKeys,
  annotationsOf,
  ExposedType,
  ForwardingMode,
  GlobalServiceFlavor,
  LoadBalancingAlgorithm,
  ProxyDelegation,
  ServiceAnnotations,
  SourceRangesPolicy,
} from './annotations';
import { podPort, ServiceFacts, servicePeer } from './service-peer';
import * as mcs from '../../../imports/multicluster.x-k8s.io';
import { isDnsLabel, isServiceName } from '../../cilium/kubernetes-names';
import { OLD_ANNOTATION_KEYS, SERVICE_KEYS } from '../../cilium/service-annotations';
import { ConstructCode } from '../../diagnostics/codes/constructs';
import { MeshError } from '../../diagnostics/fault';
import { formatValue } from '../../diagnostics/texts';
import { closedSetRefusals } from '../closed-set';
import { manifest } from '../kubernetes/manifest';
import { Cluster } from '../mesh/cluster';
import { placement, settingsOf } from '../mesh/placement';
import { Connections, IConnectable } from '../policy/connections';
import { Peer } from '../policy/peer';
import { Protocol } from '../policy/port';
import { propertyRefusal, Refusal } from '../refusal';
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

/** A port of a Service. */
export interface ServicePort {
  /** The port of the Service, 1 to 65535. */
  readonly port: number;

  /**
   * Name of the port; required for a Service with several ports.
   * @default - none
   */
  readonly name?: string;

  /**
   * The port of the pods.
   * @default - the same as `port`
   */
  readonly targetPort?: number;

  /**
   * The port of the pods, by its name.
   * @default - see targetPort
   */
  readonly targetPortName?: string;

  /**
   * TCP, UDP or SCTP.
   * @default - the default of Kubernetes, TCP
   */
  readonly protocol?: Protocol;

  /**
   * Node port, for the types NODE_PORT and LOAD_BALANCER.
   * @default - chosen by Kubernetes
   */
  readonly nodePort?: number;

  /**
   * Application protocol, for example `http`.
   * @default - none
   */
  readonly appProtocol?: string;
}

/** Settings that can differ between clusters. */
export interface GlobalServiceSettings {
  /**
   * Whether the Service is global. Otherwise clients in the cluster reach only the backends in the cluster, and other
   * clusters do not reach these.
   * @default true
   */
  readonly global?: boolean;

  /**
   * Whether other clusters can reach the backends of this cluster. Clients in this cluster reach the backends of other
   * clusters in either case.
   * @default - the default of Cilium, true; the annotation is not written
   */
  readonly shared?: boolean;

  /**
   * Which backends the clients in the cluster prefer.
   * @default Affinity.NONE
   */
  readonly affinity?: Affinity;

  /**
   * Whether Cilium writes EndpointSlices for remote backends. Requires `endpointSliceSync` of the cluster.
   * @default - the default of Cilium: true for headless services, else false
   */
  readonly endpointSliceSync?: boolean;

  /**
   * How Cilium chooses a backend.
   * @default - the configuration of Cilium in the cluster
   */
  readonly loadBalancingAlgorithm?: LoadBalancingAlgorithm;

  /**
   * How packets reach remote backends.
   * @default - the configuration of Cilium in the cluster
   */
  readonly forwardingMode?: ForwardingMode;

  /**
   * The only part of the Service that Cilium provisions.
   * @default - all parts that the type of the Service includes
   */
  readonly exposedType?: ExposedType;

  /**
   * The meaning of `loadBalancerSourceRanges`.
   * @default - the default of Cilium, ALLOW
   */
  readonly sourceRangesPolicy?: SourceRangesPolicy;

  /**
   * Delegation to an external proxy.
   * @default - the default of Cilium, NONE
   */
  readonly proxyDelegation?: ProxyDelegation;

  /**
   * Cilium provisions the Service only on nodes whose label `service.cilium.io/node` has this value.
   * @default - on all nodes
   */
  readonly node?: string;

  /**
   * Cilium provisions the Service only on nodes that this label selector selects, for example `tier=edge`.
   * @default - on all nodes
   */
  readonly nodeSelector?: string;

  /**
   * Further annotations.
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
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
   * @default - not written: kubectl uses the namespace of its context; policies use `default`
   */
  readonly namespace?: string;

  /** Ports, at least one. */
  readonly ports: ServicePort[];

  /**
   * The backends: pods with these labels.
   * @default - see workload; without either, the Service selects nothing
   */
  readonly selector?: { [key: string]: string };

  /**
   * The backends: the pods of a workload, in its clusters.
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
  readonly type?: ServiceType;

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

/**
 * One service of the mesh: a Service of the same name and namespace in each of its clusters.
 *
 * Clients reach the backends of all clusters where the service is global and shared. As a peer of policies the service
 * means its backends in the clusters that the client reaches. The default ports of such policies are the ports of the
 * backends.
 */
export class GlobalService extends Construct implements IConnectable {
  /** Name of the Service. */
  public readonly name: string;

  /** The clusters that have the Service, in the order of the mesh. */
  public readonly clusters: Cluster[];

  /** Allows and denies flows to the service. */
  public readonly connections: Connections;

  /** The backends as a peer of policies. */
  public readonly asPeer: Peer;

  private readonly objects = new Map<Cluster, ApiObject>();

  /**
   * @throws with all faults of the properties at once
   */
  constructor(scope: Construct, id: string, props: GlobalServiceProps) {
    super(scope, id);
    this.name = props.name ?? id;
    this.clusters = placement(this, props.clusters);
    const perCluster = settingsOf<GlobalServiceSettings>(this, this.clusters, props.perCluster, {
      ...settingsIn(props),
      annotations: undefined,
    });
    const faults = [
      ...this.faults(props),
      ...this.clusters.flatMap(cluster => this.settingFaults(cluster, perCluster.get(cluster)!, props)),
    ];
    if (faults.length === 0 && props.flavor === GlobalServiceFlavor.MCS_API) {
      faults.push(...this.exportFaults(perCluster));
    }
    if (faults.length > 0) {
      throw new MeshError(faults, GlobalService);
    }

    for (const cluster of this.clusters) {
      const settings = perCluster.get(cluster)!;
      this.place(cluster, settings, { ...props.annotations, ...settings.annotations }, props);
    }
    this.asPeer = servicePeer(
      this.name,
      new Map(this.clusters.map(cluster => [cluster, this.factsIn(cluster, perCluster.get(cluster)!, props)])),
    );
    this.connections = Connections._of(this, this);
  }

  /**
   * The Service in one cluster, for patches of fields without a property.
   * @throws when the cluster does not have the Service
   */
  public serviceIn(cluster: Cluster): ApiObject {
    const found = this.objects.get(cluster);
    if (!found) {
      throw new MeshError(
        [
          this.fault(
            'cluster-unknown',
            'clusters',
            'the service is not in this cluster',
            cluster?.name,
            this.clusters.map(each => each.name).join(', '),
            'name one of its clusters',
          ),
        ],
        this.serviceIn,
      );
    }
    return found;
  }

  private place(
    cluster: Cluster,
    settings: GlobalServiceSettings,
    further: { [key: string]: string },
    props: GlobalServiceProps,
  ): void {
    const scope = cluster.scopeFor(this);
    const exported = props.flavor === GlobalServiceFlavor.MCS_API;
    const keys =
      props.annotationKeys ??
      (cluster._model.version.traits.currentAnnotationKeys ? AnnotationKeys.CURRENT : AnnotationKeys.LEGACY);
    const annotations = annotationsOf({ ...settings, global: settings.global ?? true } as ServiceAnnotations, keys);
    const all = { ...(exported ? {} : annotations), ...further };
    const metadata = { name: this.name, namespace: props.namespace };
    this.objects.set(
      cluster,
      new ApiObject(
        scope,
        'service',
        manifest('Service', {
          metadata: {
            ...metadata,
            ...(props.labels ? { labels: props.labels } : {}),
            ...(Object.keys(all).length > 0 ? { annotations: all } : {}),
          },
          spec: {
            type: props.type ?? ServiceType.CLUSTER_IP,
            // the name in the types is clusterIp
            ...(props.headless ? { clusterIP: 'None' } : {}),
            sessionAffinity: props.sessionAffinity,
            ports: props.ports.map(port => ({
              name: port.name,
              port: port.port,
              targetPort: port.targetPortName ?? port.targetPort,
              protocol: port.protocol,
              nodePort: port.nodePort,
              appProtocol: port.appProtocol,
            })),
            selector: this.selector(props),
          },
        }),
      ),
    );
    if (exported && (settings.global ?? true) && (settings.shared ?? true)) {
      const { [SERVICE_KEYS.global]: _, ...exportedAnnotations } = annotations;
      const type = cluster._model.version.traits.serviceExportV1Beta1 ? mcs.ServiceExportV1Beta1 : mcs.ServiceExport;
      new ApiObject(
        scope,
        'export',
        type.manifest({
          metadata,
          ...(Object.keys(exportedAnnotations).length > 0 ? { spec: { exportedAnnotations } } : {}),
        }),
      );
    }
  }

  private selector(props: GlobalServiceProps): { [key: string]: string } | undefined {
    return (
      props.selector ?? (props.workload?._endpoints[0]?.terms.matchLabels as { [key: string]: string } | undefined)
    );
  }

  private factsIn(cluster: Cluster, settings: GlobalServiceSettings, props: GlobalServiceProps): ServiceFacts {
    const backends = props.workload ? props.workload.clusters : (props.backendClusters ?? this.clusters);
    return {
      namespace: props.namespace ?? 'default',
      selector: this.selector(props),
      backends: backends.includes(cluster),
      global: settings.global ?? true,
      shared: settings.shared ?? true,
      ports: props.ports.map(port =>
        podPort({ port: port.port, protocol: port.protocol, targetPort: port.targetPortName ?? port.targetPort }),
      ),
    };
  }

  private faults(props: GlobalServiceProps): Refusal[] {
    const faults: Refusal[] = [];
    if (!isServiceName(this.name)) {
      faults.push(
        this.fault(
          'service-name-invalid',
          'name',
          'invalid Service name',
          this.name,
          'at most 63 lower-case letters, digits and dashes, beginning with a letter',
          'correct the name',
        ),
      );
    }
    if (props.namespace !== undefined && !isDnsLabel(props.namespace)) {
      faults.push(
        this.fault(
          'namespace-invalid',
          'namespace',
          'invalid namespace',
          props.namespace,
          'at most 63 lower-case letters, digits and dashes',
          'correct the name',
        ),
      );
    }
    if (!props.ports || props.ports.length === 0) {
      faults.push(
        this.fault(
          'ports-missing',
          'ports',
          'a Service without ports reaches nothing',
          props.ports,
          'at least one port',
          'name the ports',
        ),
      );
    }
    faults.push(...this.portFaults(props.ports ?? []));
    for (const [property, set] of Object.entries({
      type: ServiceType,
      sessionAffinity: SessionAffinity,
      annotationKeys: AnnotationKeys,
      flavor: GlobalServiceFlavor,
    })) {
      faults.push(
        ...closedSetRefusals(
          `${this.node.path}.${property}`,
          props[property as 'type' | 'sessionAffinity' | 'annotationKeys' | 'flavor'],
          set,
        ),
      );
    }
    if (props.selector && props.workload) {
      faults.push(
        this.fault(
          'selector-twice',
          'selector',
          'selector and workload both say which pods are meant',
          props.selector,
          'one of the two',
          'remove selector',
        ),
      );
    }
    if (props.selector && Object.keys(props.selector).length === 0) {
      faults.push(
        this.fault(
          'selector-missing',
          'selector',
          'an empty selector selects nothing',
          {},
          'at least one label, or no selector',
          'name the labels',
        ),
      );
    }
    for (const [index, set] of (props.workload?._endpoints ?? []).entries()) {
      const first = props.workload!._endpoints[0];
      const plain = set.terms.matchExpressions.length === 0 && Object.keys(set.terms.matchLabels).length > 0;
      if (!plain || JSON.stringify(set.terms) !== JSON.stringify(first.terms)) {
        faults.push(
          this.fault(
            'workload-selector',
            `workload (${set.cluster.name})`,
            plain ? `its labels differ from those in ${first.cluster.name}` : 'a Service selects by labels only',
            set.terms,
            'the same labels in every cluster, and no expressions',
            'set a selector on the Service',
          ),
        );
      }
      if (index === 0 && set.namespace !== (props.namespace ?? 'default')) {
        faults.push(
          this.fault(
            'workload-namespace',
            'workload',
            'a Service selects pods of its own namespace',
            set.namespace ?? 'all namespaces',
            props.namespace ?? 'default',
            'create the service in the namespace of the workload',
          ),
        );
      }
    }
    const elsewhere = (props.backendClusters ?? []).filter(cluster => !this.clusters.includes(cluster));
    if (elsewhere.length > 0 || (props.backendClusters && !props.selector)) {
      faults.push(
        this.fault(
          'backend-clusters',
          'backendClusters',
          elsewhere.length > 0 ? 'the Service is not placed there' : 'has no effect without a selector',
          (elsewhere.length > 0 ? elsewhere : (props.backendClusters ?? [])).map(cluster => cluster?.name),
          this.clusters.map(cluster => cluster.name).join(', '),
          elsewhere.length > 0 ? 'name clusters of the service' : 'set a selector, or remove backendClusters',
        ),
      );
    }
    if (props.headless && props.type !== undefined && props.type !== ServiceType.CLUSTER_IP) {
      faults.push(
        this.fault(
          'headless-type',
          'headless',
          `a Service of type ${props.type} has a cluster IP`,
          true,
          'type CLUSTER_IP',
          'remove headless or type',
        ),
      );
    }
    return faults;
  }

  private portFaults(ports: readonly ServicePort[]): Refusal[] {
    const faults: Refusal[] = [];
    const names = ports.map(port => port.name);
    ports.forEach((port, index) => {
      const at = `ports[${index}]`;
      for (const property of ['port', 'targetPort', 'nodePort'] as const) {
        const value = port[property];
        if (
          (property === 'port' || value !== undefined) &&
          (!Number.isInteger(value) || value! < 1 || value! > 65535)
        ) {
          faults.push(
            this.fault(
              'port-invalid',
              `${at}.${property}`,
              'invalid port',
              value,
              'a whole number from 1 to 65535',
              'correct the port',
            ),
          );
        }
      }
      if (port.targetPort !== undefined && port.targetPortName !== undefined) {
        faults.push(
          this.fault(
            'target-port-twice',
            `${at}.targetPort`,
            'targetPort and targetPortName both name the port of the pods',
            port,
            'targetPort or targetPortName',
            'remove one of the two',
          ),
        );
      }
      if (port.protocol === Protocol.ANY) {
        faults.push(
          this.fault(
            'service-protocol',
            `${at}.protocol`,
            'each port of a Service has one protocol',
            port.protocol,
            'TCP, UDP, SCTP',
            'write one port for each protocol',
          ),
        );
      }
      if (ports.length > 1 && port.name === undefined) {
        faults.push(
          this.fault(
            'port-name-missing',
            `${at}.name`,
            'Kubernetes requires a name for each port of a Service with several ports',
            port.name,
            'a name',
            'name the port',
          ),
        );
      } else if (port.name !== undefined && names.indexOf(port.name) !== index) {
        faults.push(
          this.fault(
            'port-name-duplicate',
            `${at}.name`,
            'another port has the same name',
            port.name,
            'a name that no other port has',
            'rename one of the two ports',
          ),
        );
      }
    });
    return faults;
  }

  private settingFaults(cluster: Cluster, settings: GlobalServiceSettings, props: GlobalServiceProps): Refusal[] {
    const faults: Refusal[] = [];
    const at = `perCluster.${cluster.name}`;
    if (settings.global === false && settings.affinity !== undefined && settings.affinity !== Affinity.NONE) {
      faults.push(
        this.fault(
          'affinity-without-global',
          `${at}.affinity`,
          'Cilium ignores affinity of services that are not global',
          settings.affinity,
          'global: true with affinity',
          'remove affinity',
        ),
      );
    }
    if (settings.global === false && settings.shared !== undefined) {
      faults.push(
        this.fault(
          'shared-without-global',
          `${at}.shared`,
          'Cilium ignores shared of services that are not global',
          settings.shared,
          'global: true with shared',
          'remove shared',
        ),
      );
    }
    const closed = {
      affinity: Affinity,
      loadBalancingAlgorithm: LoadBalancingAlgorithm,
      forwardingMode: ForwardingMode,
      exposedType: ExposedType,
      sourceRangesPolicy: SourceRangesPolicy,
      proxyDelegation: ProxyDelegation,
    };
    for (const [property, set] of Object.entries(closed)) {
      faults.push(
        ...closedSetRefusals(`${this.node.path}.${at}.${property}`, settings[property as keyof typeof closed], set),
      );
    }
    for (const [key, value] of Object.entries({ ...props.annotations, ...settings.annotations })) {
      if (key.startsWith('service.cilium.io/') || Object.values(OLD_ANNOTATION_KEYS).includes(key)) {
        faults.push(
          this.fault(
            'annotation-owned',
            `${at}.annotations`,
            'properties set the annotations of Cilium',
            key,
            'other annotations',
            'use the property',
          ),
        );
      } else if (typeof value !== 'string') {
        faults.push(
          this.fault(
            'annotation-not-text',
            `${at}.annotations`,
            'values of annotations must be text',
            value,
            'a text',
            `write ${formatValue(String(value))}`,
          ),
        );
      }
    }
    if (settings.endpointSliceSync === true && !cluster._model.endpointSliceSync) {
      faults.push(
        this.fault(
          'endpoint-slice-sync-disabled',
          `${at}.endpointSliceSync`,
          `EndpointSlice synchronization is off in ${cluster.name}, so the annotation has no effect`,
          true,
          'endpointSliceSync: true of the cluster',
          `set endpointSliceSync of cluster ${cluster.name}`,
        ),
      );
    }
    const written = Object.keys(
      annotationsOf(
        { ...settings, global: undefined, shared: undefined, affinity: undefined } as ServiceAnnotations,
        AnnotationKeys.CURRENT,
      ),
    );
    if (written.length > 0 && !cluster._model.version.traits.furtherServiceAnnotations) {
      faults.push(
        this.fault(
          'feature-unknown-to-version',
          at,
          `Cilium ${cluster._model.version.text} does not know these annotations`,
          written,
          'Cilium 1.16 or later',
          'remove them, or upgrade the cluster',
        ),
      );
    }
    if (props.flavor === GlobalServiceFlavor.MCS_API && !cluster._model.mcsApi) {
      faults.push(
        this.fault(
          'mcs-api-disabled',
          'flavor',
          `the Multi-Cluster Services API is off in ${cluster.name}`,
          props.flavor,
          'mcsApi: true of the cluster',
          `set mcsApi of cluster ${cluster.name}`,
        ),
      );
    }
    return faults;
  }

  /**
   * With the Multi-Cluster Services API, one service is the same in the whole mesh. Cilium resolves differences by age.
   */
  private exportFaults(perCluster: ReadonlyMap<Cluster, GlobalServiceSettings>): Refusal[] {
    const annotations = (cluster: Cluster) =>
      annotationsOf(
        { ...perCluster.get(cluster)!, shared: undefined, global: undefined } as ServiceAnnotations,
        AnnotationKeys.CURRENT,
      );
    const first = annotations(this.clusters[0]);
    return this.clusters
      .filter(cluster => JSON.stringify(annotations(cluster)) !== JSON.stringify(first))
      .map(cluster =>
        this.fault(
          'mcs-api-conflict',
          `perCluster.${cluster.name}`,
          'exports of one service must not differ (Documentation/network/clustermesh/mcsapi.rst, v1.20.2)',
          annotations(cluster),
          formatValue(first),
          'set the same values in all clusters',
        ),
      );
  }

  private fault(
    code: ConstructCode,
    property: string,
    message: string,
    got: unknown,
    allowed: string,
    fix: string,
  ): Refusal {
    return propertyRefusal(this, code, property, message, got, allowed, fix);
  }
}

function settingsIn(props: GlobalServiceProps): GlobalServiceSettings {
  const {
    global,
    shared,
    affinity,
    endpointSliceSync,
    loadBalancingAlgorithm,
    forwardingMode,
    exposedType,
    sourceRangesPolicy,
    proxyDelegation,
    node,
    nodeSelector,
    annotations,
  } = props;
  return {
    global,
    shared,
    affinity,
    endpointSliceSync,
    loadBalancingAlgorithm,
    forwardingMode,
    exposedType,
    sourceRangesPolicy,
    proxyDelegation,
    node,
    nodeSelector,
    annotations,
  };
}
