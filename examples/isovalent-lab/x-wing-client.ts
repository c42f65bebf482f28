import { ApiObject } from 'cdk8s';
import { ClusterMesh, Workload } from 'cdk8s-cilium-mesh';
import { Construct } from 'constructs';

export interface XWingClientProps {
  /**
   * An image with `curl`.
   * @default 'docker.io/cilium/json-mock:1.2'
   */
  readonly image?: string;
}

/** The client of the Isovalent Cluster Mesh lab, in all clusters: pods labelled `name: x-wing` that send requests. */
export class XWingClient extends Construct {
  public readonly workload: Workload;

  constructor(scope: Construct, id: string, { image = 'docker.io/cilium/json-mock:1.2' }: XWingClientProps = {}) {
    super(scope, id);
    const labels = { name: 'x-wing' };
    const probe = { exec: { command: ['curl', '-sS', '-o', '/dev/null', 'localhost'] } };
    for (const cluster of ClusterMesh.enclosing(this).clusters) {
      new ApiObject(cluster.scopeFor(this), 'deployment', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'x-wing' },
        spec: {
          selector: { matchLabels: labels },
          replicas: 2,
          template: {
            metadata: { labels },
            spec: {
              containers: [{ name: 'x-wing-container', image, livenessProbe: probe, readinessProbe: probe }],
            },
          },
        },
      });
    }
    this.workload = new Workload(this, 'x-wing', { labels });
  }
}
