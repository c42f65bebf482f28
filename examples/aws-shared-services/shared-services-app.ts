import { ApiObject } from 'cdk8s';
import { cilium, Cluster, GlobalService, Protocol, SessionAffinity, Workload } from 'cdk8s-cilium-mesh';
import { Construct } from 'constructs';

export interface SharedServicesAppProps {
  /** The cluster that hosts the backend for the others. */
  readonly sharedCluster: Cluster;

  /** The cluster whose frontend uses the backend. */
  readonly tenantCluster: Cluster;

  /**
   * Name of the only cluster whose frontend may reach the backend: the policy `allow-only-production-cluster` of the
   * article. Undefined for no policy.
   */
  readonly onlyFrontendOf?: string;
}

const NAMESPACE = 'testing';
const FRONTEND = { app: 'frontend', role: 'web-service' };
const BACKEND = { app: 'backend', role: 'database-service' };
const CLUSTER_LABEL = 'io.cilium.k8s.policy.cluster';

/** Frontend and backend listen on this port. */
const PORT = 3000;

/** The page of the frontend that requests the backend, as the frontend of the article does. */
const BACKEND_PAGE = [
  "cat > /www/cgi-bin/backend <<'END'",
  '#!/bin/sh',
  "printf 'Content-Type: text/plain\\n\\n'",
  'exec wget -q -O - -T 2 http://backend-svc',
  'END',
  'chmod +x /www/cgi-bin/backend',
];

/**
 * The shared services of the AWS article: frontend pods in one cluster, backend pods in another, and a global service
 * in both. The global service has the annotation that the version of Cilium in the clusters knows.
 */
export class SharedServicesApp extends Construct {
  constructor(scope: Construct, id: string, { sharedCluster, tenantCluster, onlyFrontendOf }: SharedServicesAppProps) {
    super(scope, id);
    const service = {
      namespace: NAMESPACE,
      sessionAffinity: SessionAffinity.NONE,
      ports: [{ port: 80, protocol: Protocol.TCP, targetPort: PORT }],
    };
    new GlobalService(this, 'frontend-svc', {
      ...service,
      workload: this.deploy('frontend', FRONTEND, tenantCluster, BACKEND_PAGE),
      isGlobal: false,
      clusters: [tenantCluster],
    });
    new GlobalService(this, 'backend-svc', {
      ...service,
      workload: this.deploy('backend', BACKEND, sharedCluster, []),
      clusters: [sharedCluster, tenantCluster],
    });
    if (onlyFrontendOf !== undefined) {
      new cilium.CiliumNetworkPolicy(sharedCluster.scopeFor(this), 'policy', {
        metadata: { name: 'allow-only-production-cluster', namespace: NAMESPACE },
        spec: {
          description: `Allow cross-cluster communications to backend pods only from cluster named ${onlyFrontendOf}`,
          endpointSelector: { matchLabels: { ...BACKEND, [CLUSTER_LABEL]: sharedCluster.name } },
          ingress: [{ fromEndpoints: [{ matchLabels: { ...FRONTEND, [CLUSTER_LABEL]: onlyFrontendOf } }] }],
        },
      });
    }
  }

  private deploy(
    name: string,
    labels: { [key: string]: string },
    cluster: Cluster,
    pages: readonly string[],
  ): Workload {
    const container = { name, ...webServer(`${name} in ${cluster.name}`, pages), ports: [{ containerPort: PORT }] };
    new ApiObject(cluster.scopeFor(this), name, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: NAMESPACE },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    });
    return new Workload(this, `${name}-pods`, { name, labels, namespace: NAMESPACE, clusters: [cluster] });
  }
}

/** A web server that answers with a text and logs each request, beside a shell and a client. */
function webServer(text: string, pages: readonly string[]): { readonly image: string; readonly command: string[] } {
  const script = [
    'mkdir -p /www/cgi-bin',
    `echo '${text}' > /www/index.html`,
    ...pages,
    `exec httpd -f -v -p ${PORT} -h /www`,
  ];
  return { image: 'busybox:1.36.1', command: ['sh', '-c', script.join('\n')] };
}
