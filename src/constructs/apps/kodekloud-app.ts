import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checkClusterNames, checkReplicas } from './app-checks';
import { placed } from '../checks/placed';
import { present } from '../checks/present';
import { withoutProperty } from '../faults';
import { manifest } from '../kubernetes/manifest';
import { checkNamespace, objectNamespace } from '../kubernetes/names';
import { Cluster } from '../mesh/cluster';
import { placement } from '../mesh/placement';
import { PropertyRefusals } from '../property-refusals';
import { Affinity } from '../service/annotations';
import { GlobalService } from '../service/global-service';
import { ServiceType } from '../service/global-service-props';
import { Workload } from '../workload/workload';

/** Properties of `KodeKloudApp`. */
export interface KodeKloudAppProps {
  /**
   * Namespace.
   * @default - the namespace of the chart in which it is created, else `defaultNamespace` of the mesh, else none, which
   * means `default`
   */
  readonly namespace?: string;

  /**
   * Number of pods of myapp.
   * @default 1
   */
  readonly replicas?: number;

  /**
   * The answer of myapp, by the name of the cluster.
   * @default - `This is <Name of the cluster>`
   */
  readonly texts?: { [cluster: string]: string };

  /**
   * The clusters in which it runs.
   * @default - the cluster in which it is created, else all clusters of the mesh
   */
  readonly clusters?: Cluster[];
}

/**
 * The application of the KodeKloud guide to network policies across a cluster mesh. Each cluster has the clients
 * `frontend` and `test`, and `myapp-deployment` behind the global service `myapp-service`, which prefers local
 * backends.
 */
export class KodeKloudApp extends Construct {
  /** The client that the policy of the guide allows. */
  public readonly frontend!: Workload;

  /** The client that the policy of the guide denies. */
  public readonly test!: Workload;

  /** The pods of myapp. */
  public readonly myapp!: Workload;

  /** `myapp-service`. */
  public readonly service!: GlobalService;

  constructor(scope: Construct, id: string, props: KodeKloudAppProps = {}) {
    super(...placed(scope, id));
    props = present('KodeKloudAppProps', props);
    const refusals = new PropertyRefusals(this);
    const checked = refusals.checkProps('KodeKloudAppProps', props);
    const clusters = checked ? placement(this, props.clusters, refusals) : [];
    if (checked) {
      checkNamespace(props.namespace, refusals);
      checkReplicas(props.replicas, 'replicas', refusals);
      checkClusterNames(props.texts, 'texts', clusters, refusals);
    }
    if (refusals.report()) {
      ['frontend', 'test', 'myapp', 'service'].forEach(name => withoutProperty(this, name));
      return;
    }
    for (const cluster of clusters) {
      const into = cluster.scopeFor(this);
      this.addClient(into, 'frontend', props);
      this.addClient(into, 'test', props);
      this.addMyapp(into, cluster, props);
    }
    const pods = (app: string) =>
      new Workload(this, `${app}-pods`, {
        name: app,
        labels: { app },
        namespace: props.namespace,
        clusters: [...clusters],
      });
    this.frontend = pods('frontend');
    this.test = pods('test');
    this.myapp = pods('myapp');
    this.service = new GlobalService(this, 'myapp-service', {
      namespace: props.namespace,
      workload: this.myapp,
      ports: [{ port: 80, targetPort: 80 }],
      serviceType: ServiceType.LOAD_BALANCER,
      affinity: Affinity.LOCAL,
      clusters: [...clusters],
    });
  }

  /** What `kubectl run <name> --image=nicolaka/netshoot -l app=<name> -- sleep infinity` creates. */
  private addClient(into: Construct, name: string, props: KodeKloudAppProps): void {
    new ApiObject(
      into,
      name,
      manifest('Pod', {
        metadata: { name, namespace: objectNamespace(this, props.namespace), labels: { app: name } },
        spec: { containers: [{ name, image: 'nicolaka/netshoot', args: ['sleep', 'infinity'] }] },
      }),
    );
  }

  private addMyapp(into: Construct, cluster: Cluster, props: KodeKloudAppProps): void {
    const labels = { app: 'myapp' };
    const text =
      props.texts?.[cluster.name] ?? `This is ${cluster.name.charAt(0).toUpperCase()}${cluster.name.slice(1)}`;
    new ApiObject(
      into,
      'deployment',
      manifest('Deployment', {
        metadata: { name: 'myapp-deployment', namespace: objectNamespace(this, props.namespace), labels },
        spec: {
          replicas: props.replicas ?? 1,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              containers: [
                {
                  name: 'myapp',
                  image: 'hashicorp/http-echo:0.2.3',
                  args: ['-listen=:80', `-text=${JSON.stringify(text)}`],
                  ports: [{ containerPort: 80 }],
                },
              ],
            },
          },
        },
      }),
    );
  }
}
