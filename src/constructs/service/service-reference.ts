import { ApiObject } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { clientPort, getsSlices, ServiceFacts, servicePeer, untranslatedPorts } from './service-peer';
import { annotationValue, isTrue, SERVICE_KEYS, sharingOf } from '../../cilium/service-annotations';
import { formatValue, shorten } from '../../diagnostics/texts';
import { listRefusals, pathIn, placed, textOr } from '../checks/placed';
import { present } from '../checks/present';
import { invalidate, reportFaults } from '../faults';
import { checkLabels } from '../kubernetes/metadata';
import { checkNamespace, podNamespace } from '../kubernetes/names';
import { Cluster } from '../mesh/cluster';
import { placement, settingsOf } from '../mesh/placement';
import { InboundConnections } from '../policy/connections';
import { IPeer, Peer } from '../policy/peer';
import { Port } from '../policy/port';
import { PropertyRefusals } from '../property-refusals';
import { Refusal, refusal } from '../refusal';

/** Settings that can differ between clusters. */
export interface ServiceReferenceSettings {
  /**
   * Whether the Service is global.
   * @default true
   */
  readonly isGlobal?: boolean;

  /**
   * Whether other clusters can reach the backends of this cluster.
   * @default true
   */
  readonly shared?: boolean;

  /**
   * Whether the cluster has backends.
   * @default true
   */
  readonly backends?: boolean;
}

/** Properties of a reference to an existing Service. */
export interface ServiceReferenceProps extends ServiceReferenceSettings {
  /**
   * Name of the Service, for names of policies.
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Namespace of the Service.
   * @default - the namespace of the chart in which it is created, else `defaultNamespace` of the mesh, else `default`
   */
  readonly namespace?: string;

  /** Labels of the pods behind the Service. */
  readonly selector: { [key: string]: string };

  /** The ports of the pods for the ports of the Service. */
  readonly podPorts: Port[];

  /**
   * Settings of single clusters, by name. They replace those for all clusters.
   * @default - none
   */
  readonly perCluster?: { [cluster: string]: ServiceReferenceSettings };

  /**
   * The clusters that have the Service.
   * @default - the cluster in which the reference is created, else all clusters of the mesh
   */
  readonly clusters?: Cluster[];
}

/** A Service that other constructs or programs create, as a destination of policies. It writes no objects. */
export class ServiceReference extends Construct implements IPeer {
  /**
   * The Services of this program, one for each cluster that has it: ApiObjects, constructs of cdk8s-plus, or objects of
   * an included Helm chart. Reads the selector, ports, namespace and annotations that the Services have at the time of
   * the call.
   *
   * An object that is not a Service, has no selector, or is outside of the clusters, is a fault.
   */
  public static fromApiObjects(scope: Construct, id: string, services: IConstruct[]): ServiceReference {
    const at = pathIn(scope, id);
    const faults: Refusal[] = listRefusals(`${at}.services`, services);
    const facts = new Map<Cluster, ServiceFacts>();
    let name = id;
    let hasAffinity = false;
    (faults.length > 0 ? [] : services).forEach((construct, index) => {
      const cluster = Cluster.enclosing(construct);
      const read = factsOf(construct, cluster);
      if (typeof read === 'string' || !cluster) {
        faults.push(
          refusal(typeof read === 'string' ? 'service-object' : 'object-in-no-cluster', {
            path: `${at}.services[${index}]`,
            message: typeof read === 'string' ? read : 'the Service is in no cluster of the mesh',
            got: formatValue(construct.node.path),
            allowed: 'Services that select pods, created in clusters of the mesh',
            fix:
              typeof read === 'string'
                ? 'use new ServiceReference with the labels of the pods'
                : 'create the Service in a cluster',
          }),
        );
      } else {
        name = read.name;
        hasAffinity ||= read.hasAffinity;
        facts.set(cluster, read.facts);
      }
    });
    if (services?.length === 0) {
      faults.push(
        refusal('service-object', {
          path: `${at}.services`,
          message: 'the list of Services is empty',
          got: '[]',
          allowed: 'at least one Service',
          fix: 'name the Services',
        }),
      );
    }
    const reference = new ServiceReference(
      scope,
      id,
      { name, selector: {}, podPorts: [] },
      faults.length > 0 ? new Map() : facts,
      hasAffinity,
    );
    if (faults.length > 0) {
      invalidate(reference);
      reportFaults(reference, faults);
    }
    return reference;
  }

  /** Name of the Service. */
  public readonly name: string;

  /** The clusters that have the Service. */
  public readonly clusters: Cluster[];

  /** Allows and denies flows to the service. */
  public readonly connections: InboundConnections;

  /** The backends as a peer of policies. */
  public readonly asPeer: Peer;

  constructor(scope: Construct, id: string, props: ServiceReferenceProps);
  /** @internal */
  constructor(
    scope: Construct,
    id: string,
    props: ServiceReferenceProps,
    facts: ReadonlyMap<Cluster, ServiceFacts>,
    hasAffinity: boolean,
  );
  constructor(
    scope: Construct,
    id: string,
    props: ServiceReferenceProps,
    facts?: ReadonlyMap<Cluster, ServiceFacts>,
    hasAffinity: boolean = false,
  ) {
    super(...placed(scope, id));
    props = present('ServiceReferenceProps', props);
    this.name = textOr(id, props?.name);
    this.connections = InboundConnections._to(this, this);
    const refusals = new PropertyRefusals(this);
    const checked = facts !== undefined || refusals.checkProps('ServiceReferenceProps', props);
    const known = facts ?? (checked ? this.factsFrom(props, refusals) : new Map<Cluster, ServiceFacts>());
    this.clusters = [...known.keys()];
    // the Services of this program have one namespace, or Cilium does not merge them
    const namespaces = [...new Set([...(facts?.values() ?? [])].map(({ namespace }) => namespace))];
    const service =
      namespaces.length === 1
        ? { namespace: namespaces[0], name: this.name, clusterset: false, hasAffinity }
        : undefined;
    this.asPeer =
      refusals.report() || known.size === 0
        ? Peer._invalid(this.name)
        : servicePeer(this.name, known, undefined, service);
  }

  private factsFrom(props: ServiceReferenceProps, refusals: PropertyRefusals): Map<Cluster, ServiceFacts> {
    const clusters = placement(this, props.clusters, refusals);
    const { isGlobal, shared, backends } = props;
    const common = { isGlobal, shared, backends };
    const settings = settingsOf<ServiceReferenceSettings>(this, clusters, props.perCluster, common, refusals);
    if (Object.keys(props.selector).length === 0) {
      refusals.add(
        'selector-missing',
        'selector',
        'the labels of the pods behind the Service are missing',
        props.selector,
        'at least one label',
        'name the labels that the Service selects',
      );
    }
    checkLabels('selector', props.selector, 'a label of the pods behind the Service', refusals);
    if (props.podPorts.length === 0) {
      refusals.add(
        'ports-missing',
        'podPorts',
        'the ports of the pods are missing',
        props.podPorts,
        'at least one port',
        'name the target ports of the Service',
      );
    }
    checkNamespace(props.namespace, refusals);
    return new Map(
      clusters.map(cluster => {
        const ofCluster = settings.get(cluster)!;
        return [
          cluster,
          {
            namespace: podNamespace(this, props.namespace),
            selector: props.selector,
            backends: ofCluster.backends ?? true,
            exports: (ofCluster.isGlobal ?? true) && (ofCluster.shared ?? true),
            imports: ofCluster.isGlobal ?? true,
            ports: props.podPorts,
          },
        ];
      }),
    );
  }
}

function factsOf(
  construct: IConstruct,
  cluster: Cluster | undefined,
): { readonly name: string; readonly facts: ServiceFacts; readonly hasAffinity: boolean } | string {
  let object: any;
  try {
    object = ApiObject.of(construct).toJson();
  } catch (error) {
    return `has no Kubernetes object (${shorten((error as Error).message)})`;
  }
  if (object.kind !== 'Service') {
    return `must be a Service, not a ${shorten(String(object.kind))}`;
  }
  if (!object.spec?.selector || Object.keys(object.spec.selector).length === 0) {
    return 'the Service has no selector, so its backends are unknown';
  }
  const annotations = object.metadata?.annotations ?? {};
  const { global, shared } = sharingOf(annotations);
  const headless = object.spec.clusterIP === 'None';
  const sync = annotationValue(annotations, SERVICE_KEYS.endpointSliceSync);
  // objects of programs without types can have any value
  const affinity = String(annotationValue(annotations, SERVICE_KEYS.affinity)).toLowerCase();
  return {
    name: object.metadata.name,
    hasAffinity: affinity === 'local' || affinity === 'remote',
    facts: {
      namespace: object.metadata.namespace ?? 'default',
      selector: object.spec.selector,
      backends: true,
      exports: global && shared,
      imports: global && (!headless || getsSlices(cluster, sync === undefined || isTrue(sync))),
      ports: (object.spec.ports ?? []).map((port: any) => clientPort(port, headless)),
      untranslatedPorts: untranslatedPorts(object.spec.ports ?? [], headless),
    },
  };
}
