import { ApiObject } from 'cdk8s';
import { ClusterMesh, DefaultDenyPolicy, GlobalService, Port, Workload } from '../../src';

/** Two clusters with a cart each, and a web shop in paris; web may send `GET /cart` to the carts on port 8080. */
export class Shop {
  public readonly mesh: ClusterMesh;
  public readonly web: Workload;
  public readonly cart: Workload;

  /** Nothing is written into `outdir` before `mesh.synth()`. */
  constructor(outdir: string = 'dist') {
    this.mesh = new ClusterMesh({
      outdir,
      clusters: [
        { name: 'paris', id: 1, podCidrs: ['10.1.0.0/16'] },
        { name: 'lyon', id: 2, podCidrs: ['10.2.0.0/16'] },
      ],
    });
    this.web = new Workload(this.mesh, 'web', {
      labels: { app: 'web' },
      namespace: 'shop',
      clusters: [this.mesh.cluster('paris')],
    });
    this.cart = new Workload(this.mesh, 'cart', { labels: { app: 'cart' }, namespace: 'shop' });
    this.deploy('paris', 'web');
    this.deploy('paris', 'cart', 8080);
    this.deploy('lyon', 'cart', 8080);
    new DefaultDenyPolicy(this.mesh, 'default-deny', { namespace: 'shop' });
    new GlobalService(this.mesh, 'cart-service', {
      name: 'cart',
      namespace: 'shop',
      workload: this.cart,
      ports: [{ port: 80, targetPort: 8080 }],
    });
    this.web.connections.allowTo(this.cart, [Port.tcp(8080)], { http: [{ method: 'GET', path: '/cart' }] });
  }

  public deploy(cluster: string, name: string, containerPort?: number): void {
    new ApiObject(this.mesh.cluster(cluster), name, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'shop' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: { containers: [{ name, image: name, ...(containerPort ? { ports: [{ containerPort }] } : {}) }] },
        },
      },
    });
  }
}
