import { ApiObject } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { PodFacts, readPods } from './read-pods';
import { checkWorkload, hasSeveralNamespaces } from './workload-checks';
import { WorkloadProps } from './workload-props';
import { MeshError } from '../../diagnostics/fault';
import { formatList, formatValue, shorten } from '../../diagnostics/texts';
import { Cluster } from '../mesh/cluster';
import { placement } from '../mesh/placement';
import { Connections, IConnectable } from '../policy/connections';
import { EndpointSet, Peer } from '../policy/peer';
import { Selector } from '../policy/selector';
import { PropertyRefusals, Refusal, refusal } from '../refusal';

/**
 * Pods of the mesh, which policies select and allow. A workload refers to pods and does not create them.
 *
 * - `new Workload` refers to pods by their labels, also pods that other programs create.
 * - `Workload.fromApiObjects` reads labels and namespace from objects of this program: ApiObjects, constructs of
 *   cdk8s-plus, or objects of an included Helm chart.
 */
export class Workload extends Construct implements IConnectable {
  /**
   * The pods of objects of this program, one or more for each cluster. Reads the labels and namespace that the objects
   * have at the time of the call. The labels are those of the selector of the object, else all labels of its pods that
   * are part of Cilium identities.
   *
   * @param objects Pods, Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs or CronJobs that were created in
   * clusters of the mesh, or constructs that have one as their default child
   * @param name name of the workload; default: the id
   * @throws when an object has no pods, no labels, or is outside of the clusters
   */
  public static fromApiObjects(scope: Construct, id: string, objects: IConstruct[], name?: string): Workload {
    const faults: Refusal[] = [];
    const sets: EndpointSet[] = [];
    for (const [index, construct] of objects.entries()) {
      const facts = factsOf(construct);
      const cluster = typeof facts === 'string' ? undefined : Cluster.enclosing(construct);
      if (typeof facts === 'string' || !cluster) {
        faults.push(
          refusal(typeof facts === 'string' ? 'workload-object' : 'object-in-no-cluster', {
            path: `${[...(scope.node.path ? [scope.node.path] : []), id].join('/')}.objects[${index}]`,
            message: typeof facts === 'string' ? facts : 'the object is in no cluster of the mesh',
            got: formatValue(construct?.node?.path),
            allowed: 'objects with labelled pods, created in clusters of the mesh',
            fix:
              typeof facts === 'string'
                ? 'use new Workload with the labels of the pods'
                : 'create the object in a cluster',
          }),
        );
      } else {
        sets.push({
          cluster,
          namespace: facts.namespace,
          namespaceLabels: {},
          terms: { matchLabels: facts.labels, matchExpressions: [] },
        });
      }
    }
    if (objects.length === 0) {
      faults.push(
        refusal('workload-empty', {
          path: id,
          message: 'the list of objects is empty',
          got: '[]',
          allowed: 'at least one object',
          fix: 'name the objects',
        }),
      );
    }
    if (faults.length > 0) {
      throw new MeshError(faults, Workload.fromApiObjects);
    }
    return new Workload(scope, id, { name }, sets);
  }

  /** Name of the workload. */
  public readonly name: string;

  /** The clusters in which the pods run, in the order of the mesh. */
  public readonly clusters: Cluster[];

  /** Allows and denies flows to and from the pods. */
  public readonly connections: Connections;

  /** The pods as a peer of policies. */
  public readonly asPeer: Peer;

  /** @internal */
  public readonly _endpoints: readonly EndpointSet[];

  /**
   * @throws with all faults of the properties at once
   */
  constructor(scope: Construct, id: string, props: WorkloadProps);
  /** @internal */
  constructor(scope: Construct, id: string, props: WorkloadProps, endpoints: readonly EndpointSet[]);
  constructor(scope: Construct, id: string, props: WorkloadProps, endpoints?: readonly EndpointSet[]) {
    super(scope, id);
    this.name = props.name ?? id;
    this._endpoints = endpoints ?? this.select(props);
    this.clusters = [...new Set(this._endpoints.map(each => each.cluster))];
    this.asPeer = Peer._endpoints({ kind: 'endpoints', name: this.name, endpoints: this._endpoints, sends: true });
    this.connections = Connections._of(this, this);
    if (!endpoints) {
      this.declare();
    }
  }

  /**
   * The same pods in some of the clusters.
   * @throws when one of them is not a cluster of the workload
   */
  public inClusters(...clusters: Cluster[]): Workload {
    const foreign = clusters.filter(cluster => !this.clusters.includes(cluster));
    if (clusters.length === 0 || foreign.length > 0) {
      throw new MeshError(
        [
          refusal(clusters.length === 0 ? 'clusters-empty' : 'cluster-not-found', {
            path: this.node.path,
            message: clusters.length === 0 ? 'the list of clusters is empty' : 'the workload is not in this cluster',
            got: clusters.length === 0 ? '[]' : formatList(foreign.map(cluster => formatValue(cluster?.name))),
            allowed: formatList(this.clusters.map(cluster => cluster.name)),
            fix: 'name clusters of the workload',
          }),
        ],
        this.inClusters,
      );
    }
    const kept = this.clusters.filter(cluster => clusters.includes(cluster));
    const id = `in-${kept.map(cluster => cluster.name).join('-')}`;
    const existing = this.node.tryFindChild(id) as Workload | undefined;
    return (
      existing ??
      new Workload(
        this,
        id,
        { name: this.name },
        this._endpoints.filter(each => kept.includes(each.cluster)),
      )
    );
  }

  /** Lets mesh.yaml list the pods of single namespaces that labels alone select. */
  private declare(): void {
    for (const { cluster, namespace, terms, serviceAccount } of this._endpoints) {
      if (namespace !== undefined && terms.matchExpressions.length === 0 && Object.keys(terms.matchLabels).length > 0) {
        cluster._declared.push({
          name: this.name,
          namespace,
          labels: terms.matchLabels,
          ...(serviceAccount === undefined ? {} : { serviceAccount }),
        });
      }
    }
  }

  private select(props: WorkloadProps): EndpointSet[] {
    const clusters = placement(this, props.clusters);
    const refusals = new PropertyRefusals(this);
    checkWorkload(props, refusals);
    refusals.throwAny(Workload);
    const everywhere = hasSeveralNamespaces(props);
    const terms = (props.selector ?? Selector.labels(props.labels ?? {}))._terms;
    return clusters.map(cluster => ({
      cluster,
      namespace: everywhere ? undefined : (props.namespace ?? 'default'),
      namespaceLabels: props.namespaceLabels ?? {},
      terms,
      serviceAccount: props.serviceAccount ?? undefined,
    }));
  }
}

function factsOf(construct: IConstruct): PodFacts | string {
  if (!Construct.isConstruct(construct)) {
    return 'must be a construct with a Kubernetes object';
  }
  try {
    return readPods(ApiObject.of(construct).toJson());
  } catch (error) {
    return `has no Kubernetes object (${shorten((error as Error).message)})`;
  }
}
