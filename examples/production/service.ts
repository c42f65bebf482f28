import { ApiObject } from 'cdk8s';
import { Cluster, Workload } from 'cdk8s-cilium-mesh';
import { Construct } from 'constructs';

export interface ServiceProps {
  readonly namespace: string;
  readonly image: string;
  readonly port: number;
  readonly clusters: Cluster[];
}

/** A team's own construct: one Deployment in each of its clusters, and the workload that policies refer to. */
export class Service extends Construct {
  public readonly workload: Workload;

  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id);
    const labels = { 'app.kubernetes.io/name': id };
    const deployments = props.clusters.map(
      cluster =>
        new ApiObject(cluster.scopeFor(this), 'deployment', {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: id, namespace: props.namespace },
          spec: {
            replicas: 3,
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: { containers: [{ name: id, image: props.image, ports: [{ containerPort: props.port }] }] },
            },
          },
        }),
    );
    this.workload = Workload.fromApiObjects(this, 'pods', deployments, id);
  }
}
