import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checkReplicas } from './app-checks';
import { placed } from '../checks/placed';
import { present } from '../checks/present';
import { withoutProperty } from '../faults';
import { manifest } from '../kubernetes/manifest';
import { checkNamespace, objectNamespace } from '../kubernetes/names';
import { Cluster } from '../mesh/cluster';
import { placement } from '../mesh/placement';
import { Connections, IConnectable } from '../policy/connections';
import { Peer } from '../policy/peer';
import { PropertyRefusals } from '../property-refusals';
import { Workload } from '../workload/workload';

/** Properties of `XWingClient`. */
export interface XWingClientProps {
  /**
   * Number of pods.
   * @default 2
   */
  readonly replicas?: number;

  /**
   * Image. It must contain `curl`.
   * @default 'docker.io/cilium/json-mock:1.2'
   */
  readonly image?: string;

  /**
   * Namespace.
   * @default - the namespace of the chart in which it is created, else `defaultNamespace` of the mesh, else none, which
   * means `default`
   */
  readonly namespace?: string;

  /**
   * The clusters in which it runs.
   * @default - the cluster in which it is created, else all clusters of the mesh
   */
  readonly clusters?: Cluster[];
}

/** The client of the Isovalent Cluster Mesh lab: pods labelled `name: x-wing` that send requests. */
export class XWingClient extends Construct implements IConnectable {
  /** The pods. */
  public readonly workload!: Workload;

  /** Allows and denies flows to and from the pods. */
  public readonly connections: Connections;

  /** The pods as a peer of policies. */
  public readonly asPeer: Peer;

  constructor(scope: Construct, id: string, props: XWingClientProps = {}) {
    super(...placed(scope, id));
    props = present('XWingClientProps', props);
    const refusals = new PropertyRefusals(this);
    const checked = refusals.checkProps('XWingClientProps', props);
    const clusters = checked ? placement(this, props.clusters, refusals) : [];
    if (checked) {
      checkNamespace(props.namespace, refusals);
      checkReplicas(props.replicas, 'replicas', refusals);
    }
    if (refusals.report()) {
      withoutProperty(this, 'workload');
      this.asPeer = Peer._invalid(id);
      this.connections = Connections._of(this, this);
      return;
    }
    const labels = { name: 'x-wing' };
    const namespace = objectNamespace(this, props.namespace);
    const probe = { exec: { command: ['curl', '-sS', '-o', '/dev/null', 'localhost'] } };
    for (const cluster of clusters) {
      new ApiObject(
        cluster.scopeFor(this),
        'deployment',
        manifest('Deployment', {
          metadata: { name: 'x-wing', namespace },
          spec: {
            selector: { matchLabels: labels },
            replicas: props.replicas ?? 2,
            template: {
              metadata: { labels },
              spec: {
                containers: [
                  {
                    name: 'x-wing-container',
                    image: props.image ?? 'docker.io/cilium/json-mock:1.2',
                    livenessProbe: probe,
                    readinessProbe: probe,
                  },
                ],
              },
            },
          },
        }),
      );
    }
    this.workload = new Workload(this, 'x-wing', { labels, namespace: props.namespace, clusters: [...clusters] });
    this.connections = this.workload.connections;
    this.asPeer = this.workload.asPeer;
  }
}
