import { ApiObject } from 'cdk8s';
import { Affinity, Cluster, ClusterMesh, GlobalService, ServiceType, Workload } from 'cdk8s-cilium-mesh';
import { Construct } from 'constructs';

/**
 * The application of the KodeKloud guide to network policies across a cluster mesh. Each cluster has the clients
 * `frontend` and `test`, and `myapp-deployment` behind the global service `myapp-service`, which prefers local
 * backends.
 */
export class KodeKloudApp extends Construct {
  /** The client that the policy of the guide allows. */
  public readonly frontend: Workload;

  /** The client that the policy of the guide denies. */
  public readonly test: Workload;

  /** The pods of myapp. */
  public readonly myapp: Workload;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    for (const cluster of ClusterMesh.enclosing(this).clusters) {
      const into = cluster.scopeFor(this);
      addClient(into, 'frontend');
      addClient(into, 'test');
      addMyapp(into, cluster);
    }
    const pods = (app: string) => new Workload(this, `${app}-pods`, { name: app, labels: { app } });
    this.frontend = pods('frontend');
    this.test = pods('test');
    this.myapp = pods('myapp');
    new GlobalService(this, 'myapp-service', {
      workload: this.myapp,
      ports: [{ port: 80, targetPort: 80 }],
      serviceType: ServiceType.LOAD_BALANCER,
      affinity: Affinity.LOCAL,
    });
  }
}

/** What `kubectl run <name> --image=nicolaka/netshoot -l app=<name> -- sleep infinity` creates. */
function addClient(scope: Construct, name: string): void {
  new ApiObject(scope, name, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name, image: 'nicolaka/netshoot', args: ['sleep', 'infinity'] }] },
  });
}

function addMyapp(scope: Construct, { name }: Cluster): void {
  const labels = { app: 'myapp' };
  const text = `This is ${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  new ApiObject(scope, 'deployment', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'myapp-deployment', labels },
    spec: {
      replicas: 1,
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
  });
}
