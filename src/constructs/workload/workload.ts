import { ApiObject } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { PodFacts, readPods } from './read-pods';
import { checkWorkload, hasSeveralNamespaces } from './workload-checks';
import { WorkloadProps } from './workload-props';
import { formatList, formatValue, shorten } from '../../diagnostics/texts';
import { shapeRefusals } from '../checks/check-shape';
import { publicClass } from '../checks/classes';
import { listRefusals, pathIn, placed, textOr, unusedId } from '../checks/placed';
import { present } from '../checks/present';
import { invalidate, isInvalid, reportFaults } from '../faults';
import { podNamespace } from '../kubernetes/names';
import { Cluster } from '../mesh/cluster';
import { placement } from '../mesh/placement';
import { Connections, IConnectable } from '../policy/connections';
import { EndpointSet, Peer } from '../policy/peer';
import { Selector } from '../policy/selector';
import { PropertyRefusals } from '../property-refusals';
import { Refusal, refusal } from '../refusal';

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
   *
   * An object without pods or labels, or outside of the clusters, is a fault.
   */
  public static fromApiObjects(scope: Construct, id: string, objects: IConstruct[], name?: string): Workload {
    const at = pathIn(scope, id);
    const faults: Refusal[] = listRefusals(`${at}.objects`, objects);
    const sets: EndpointSet[] = [];
    for (const [index, construct] of (faults.length > 0 ? [] : objects).entries()) {
      const facts = factsOf(construct);
      const cluster = typeof facts === 'string' ? undefined : Cluster.enclosing(construct);
      if (typeof facts === 'string' || !cluster) {
        faults.push(
          refusal(typeof facts === 'string' ? 'workload-object' : 'object-in-no-cluster', {
            path: `${at}.objects[${index}]`,
            message: typeof facts === 'string' ? facts : 'the object is in no cluster of the mesh',
            got: formatValue(construct.node.path),
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
    if (objects?.length === 0) {
      faults.push(
        refusal('workload-empty', {
          path: `${at}.objects`,
          message: 'the list of objects is empty',
          got: '[]',
          allowed: 'at least one object',
          fix: 'name the objects',
        }),
      );
    }
    if (name !== undefined && name !== null) {
      faults.push(...shapeRefusals(`${at}.name`, 'text', name));
    }
    const workload = new Workload(scope, id, { name }, faults.length > 0 ? [] : sets);
    if (faults.length > 0) {
      invalidate(workload);
      reportFaults(workload, faults);
    }
    return workload;
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

  constructor(scope: Construct, id: string, props: WorkloadProps);
  /** @internal */
  constructor(scope: Construct, id: string, props: WorkloadProps, endpoints: readonly EndpointSet[]);
  constructor(scope: Construct, id: string, props: WorkloadProps, endpoints?: readonly EndpointSet[]) {
    super(...placed(scope, id));
    props = present('WorkloadProps', props);
    this.name = textOr(id, props?.name);
    this._endpoints = endpoints ?? this.select(props);
    this.clusters = [...new Set(this._endpoints.map(each => each.cluster))];
    this.asPeer =
      this._endpoints.length === 0
        ? Peer._invalid(this.name)
        : Peer._endpoints({ kind: 'endpoints', name: this.name, endpoints: this._endpoints, sends: true });
    this.connections = Connections._of(this, this);
    if (!endpoints) {
      this.declare();
    }
  }

  /** The same pods in some of the clusters. A cluster that the workload is not in is a fault. */
  public inClusters(...clusters: Cluster[]): Workload {
    if (isInvalid(this)) {
      return this;
    }
    const refusals = new PropertyRefusals(this);
    const foreign = refusals.checkArguments('Workload.inClusters', { clusters })
      ? clusters.filter(cluster => !this.clusters.includes(cluster))
      : [];
    if (clusters.length === 0 || foreign.length > 0) {
      refusals.include([
        refusal(clusters.length === 0 ? 'clusters-empty' : 'cluster-not-found', {
          path: refusals.pathOf('inClusters'),
          message: clusters.length === 0 ? 'the list of clusters is empty' : 'the workload is not in this cluster',
          got: clusters.length === 0 ? '[]' : formatList(foreign.map(cluster => formatValue(cluster.name))),
          allowed: formatList(this.clusters.map(cluster => cluster.name)),
          fix: 'name clusters of the workload',
        }),
      ]);
    }
    if (!refusals.isEmpty) {
      reportFaults(this, refusals.all);
      const none = new Workload(this, unusedId(this, 'inClusters'), { name: this.name }, []);
      invalidate(none);
      return none;
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
        const account = serviceAccount === undefined ? {} : { serviceAccount };
        cluster._declared.push({
          construct: this,
          workload: { name: this.name, namespace, labels: terms.matchLabels, ...account },
        });
      }
    }
  }

  private select(props: WorkloadProps): EndpointSet[] {
    const refusals = new PropertyRefusals(this);
    const checked = refusals.checkProps('WorkloadProps', props);
    const clusters = checked ? placement(this, props.clusters, refusals) : [];
    if (checked) {
      checkWorkload(props, refusals);
    }
    if (refusals.report()) {
      return [];
    }
    const everywhere = hasSeveralNamespaces(props);
    const terms = (props.selector ?? Selector.labels(props.labels ?? {}))._terms;
    return clusters.map(cluster => ({
      cluster,
      namespace: everywhere ? undefined : podNamespace(this, props.namespace),
      namespaceLabels: props.namespaceLabels ?? {},
      terms,
      serviceAccount: props.serviceAccount ?? undefined,
    }));
  }
}

publicClass('Workload', value => value instanceof Workload, "new Workload(mesh, 'web', …)");

function factsOf(construct: IConstruct): PodFacts | string {
  try {
    return readPods(ApiObject.of(construct).toJson());
  } catch (error) {
    return `has no Kubernetes object (${shorten((error as Error).message)})`;
  }
}
