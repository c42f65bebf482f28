import { ApiObject } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { Affinity, AnnotationKeys, annotationsOf, GlobalServiceFlavor, ServiceAnnotations } from './annotations';
import { ExistingServiceProps, makeGlobal } from './existing-services';
import { checkService } from './global-service-checks';
import { GlobalServiceProps, ServiceType } from './global-service-props';
import { commonSettings, GlobalServiceSettings } from './global-service-settings';
import { checkExposedType, checkSettings } from './global-service-settings-checks';
import { checkApi, checkExports, exportManifest } from './service-export';
import { backendLabels, serviceManifest } from './service-manifest';
import { clientPort, getsSlices, ServiceFacts, servicePeer, untranslatedPorts } from './service-peer';
import { ServiceReference } from './service-reference';
import { formatList, formatValue } from '../../diagnostics/texts';
import { placed, textOr } from '../checks/placed';
import { present } from '../checks/present';
import { callError, isInvalid, throwReported } from '../faults';
import { objectNamespace, podNamespace } from '../kubernetes/names';
import { Cluster } from '../mesh/cluster';
import { placement, settingsOf } from '../mesh/placement';
import { InboundConnections } from '../policy/connections';
import { IPeer, Peer } from '../policy/peer';
import { checkCall, PropertyRefusals } from '../property-refusals';
import { refusal } from '../refusal';

/**
 * One service of the mesh: a Service of the same name and namespace in each of its clusters.
 *
 * Clients reach the backends of all clusters where the service is global and shared. As a peer of policies the service
 * means its backends in the clusters that the client reaches. The default ports of such policies are the ports of the
 * backends. A headless service translates no ports: where `targetPort` is another port, policies name theirs.
 */
export class GlobalService extends Construct implements IPeer {
  /**
   * Services of this program that other constructs create, one for each cluster, as one global service: ApiObjects,
   * constructs of cdk8s-plus, or objects of an included Helm chart. Sets Cilium's annotations on them, and returns a
   * reference to their backends. Reads the selector, ports and namespace that the Services have at the time of the
   * call.
   *
   * Services of different names or namespaces are a fault: Cilium does not merge them.
   */
  public static fromApiObjects(
    scope: Construct,
    id: string,
    services: IConstruct[],
    props?: ExistingServiceProps,
  ): ServiceReference {
    return makeGlobal(scope, id, services, props);
  }

  /** Name of the Service. */
  public readonly name: string;

  /** The clusters that have the Service, in the order of the mesh. */
  public readonly clusters: Cluster[];

  /** Allows and denies flows to the service. */
  public readonly connections: InboundConnections;

  /** The backends as a peer of policies. */
  public readonly asPeer: Peer;

  private readonly objects = new Map<Cluster, ApiObject>();

  constructor(scope: Construct, id: string, props: GlobalServiceProps) {
    super(...placed(scope, id));
    props = present('GlobalServiceProps', props);
    this.name = textOr(id, props?.name);
    this.connections = InboundConnections._to(this, this);
    const refusals = new PropertyRefusals(this);
    const checked = refusals.checkProps('GlobalServiceProps', props);
    this.clusters = checked ? placement(this, props.clusters, refusals) : [];
    const perCluster = checked
      ? settingsOf<GlobalServiceSettings>(this, this.clusters, props.perCluster, commonSettings(props), refusals)
      : new Map<Cluster, GlobalServiceSettings>();
    if (checked) {
      this.check(props, perCluster, refusals);
    }
    if (refusals.report()) {
      this.asPeer = Peer._invalid(this.name);
      return;
    }

    const placedProps = { ...props, namespace: objectNamespace(this, props.namespace) };
    for (const cluster of this.clusters) {
      this.place(cluster, perCluster.get(cluster)!, placedProps);
    }
    this.asPeer = servicePeer(
      this.name,
      new Map(this.clusters.map(cluster => [cluster, this.factsIn(cluster, perCluster.get(cluster)!, placedProps)])),
      cluster => props.flavor === GlobalServiceFlavor.MCS_API && importsByApi(cluster, props),
      {
        namespace: placedProps.namespace ?? 'default',
        name: this.name,
        clusterset: props.flavor === GlobalServiceFlavor.MCS_API,
        hasAffinity: [...perCluster.values()].some(({ affinity }) => (affinity ?? Affinity.NONE) !== Affinity.NONE),
      },
    );
  }

  /**
   * The Service in one cluster, for patches of fields without a property.
   * @throws when the cluster does not have the Service, or the service is invalid
   */
  public serviceIn(cluster: Cluster): ApiObject {
    if (isInvalid(this)) {
      throwReported(this);
    }
    checkCall('GlobalService.serviceIn', { cluster }, this.serviceIn, this);
    const found = this.objects.get(cluster);
    if (!found) {
      const fault = refusal('cluster-not-found', {
        path: `${this.node.path}.clusters`,
        message: 'the service is not in this cluster',
        got: formatValue(cluster?.name),
        allowed: formatList(this.clusters.map(each => each.name)),
        fix: 'name one of its clusters',
      });
      throw callError([fault], this.serviceIn);
    }
    return found;
  }

  private check(
    props: GlobalServiceProps,
    perCluster: ReadonlyMap<Cluster, GlobalServiceSettings>,
    refusals: PropertyRefusals,
  ): void {
    const exported = props.flavor === GlobalServiceFlavor.MCS_API;
    refusals.use(props.workload);
    const namespace = podNamespace(this, props.namespace);
    checkService(this.name, namespace, this.clusters, props, refusals);
    for (const [cluster, settings] of perCluster) {
      checkSettings(cluster, settings, props.annotations, refusals);
      checkExposedType(cluster, settings, props.serviceType ?? ServiceType.CLUSTER_IP, refusals);
      if (exported) {
        checkApi(cluster, refusals);
      }
    }
    if (exported && refusals.isEmpty) {
      checkExports(perCluster, refusals);
    }
  }

  private place(cluster: Cluster, settings: GlobalServiceSettings, props: GlobalServiceProps): void {
    const scope = cluster.scopeFor(this);
    const exported = props.flavor === GlobalServiceFlavor.MCS_API;
    const keys =
      props.annotationKeys ??
      (cluster._model.version.traits.currentAnnotationKeys ? AnnotationKeys.CURRENT : AnnotationKeys.LEGACY);
    const annotations = annotationsOf({ ...settings, isGlobal: settings.isGlobal ?? true } as ServiceAnnotations, keys);
    const all = { ...(exported ? {} : annotations), ...props.annotations, ...settings.annotations };
    const selector = backendLabels(cluster, settings, props);
    this.objects.set(cluster, new ApiObject(scope, 'service', serviceManifest(this.name, props, selector, all)));
    const metadata = { name: this.name, namespace: props.namespace };
    const exporting = exported ? exportManifest(cluster, settings, metadata, annotations) : undefined;
    if (exporting) {
      new ApiObject(scope, 'export', exporting);
    }
  }

  private factsIn(cluster: Cluster, settings: GlobalServiceSettings, props: GlobalServiceProps): ServiceFacts {
    const backends = props.workload ? props.workload.clusters : (props.backendClusters ?? this.clusters);
    return {
      namespace: props.namespace ?? 'default',
      selector: backendLabels(cluster, settings, props),
      backends: backends.includes(cluster),
      exports: (settings.isGlobal ?? true) && (settings.shared ?? true),
      imports:
        props.flavor === GlobalServiceFlavor.MCS_API
          ? importsByApi(cluster, props)
          : (settings.isGlobal ?? true) &&
            (!props.headless || getsSlices(cluster, settings.endpointSliceSync ?? true)),
      ports: props.ports.map(({ port, protocol, targetPort, targetPortName }) =>
        clientPort({ port, protocol, targetPort: targetPortName ?? targetPort }, props.headless ?? false),
      ),
      untranslatedPorts: untranslatedPorts(
        props.ports.map(({ port, targetPort, targetPortName }) => ({ port, targetPort: targetPortName ?? targetPort })),
        props.headless ?? false,
      ),
    };
  }
}

function importsByApi(cluster: Cluster, { headless, endpointSliceSync }: GlobalServiceProps): boolean {
  return (cluster._model.mcsApi ?? false) && (!headless || getsSlices(cluster, endpointSliceSync ?? true));
}
