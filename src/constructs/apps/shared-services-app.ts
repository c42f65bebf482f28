import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checkReplicas } from './app-checks';
import * as cilium from '../../../imports/cilium.io';
import { CLUSTER_LABEL } from '../../cilium/labels';
import { placed } from '../checks/placed';
import { present } from '../checks/present';
import { withoutProperty } from '../faults';
import { manifest } from '../kubernetes/manifest';
import { checkNamespace } from '../kubernetes/names';
import { Cluster } from '../mesh/cluster';
import { ClusterMesh } from '../mesh/cluster-mesh';
import { Protocol } from '../policy/port';
import { PropertyRefusals } from '../property-refusals';
import { GlobalService } from '../service/global-service';
import { SessionAffinity } from '../service/global-service-props';
import { Workload } from '../workload/workload';

/** Properties of `SharedServicesApp`. */
export interface SharedServicesAppProps {
  /** The cluster that hosts the backend for the others. */
  readonly sharedCluster: Cluster;

  /** The cluster whose frontend uses the backend. */
  readonly tenantCluster: Cluster;

  /**
   * Namespace.
   * @default 'testing'
   */
  readonly namespace?: string;

  /**
   * Number of pods of the frontend, and of the backend.
   * @default 2
   */
  readonly replicas?: number;

  /**
   * Image of the frontend. It must listen on port 3000.
   * @default - busybox with a web server, a client and a shell; `/cgi-bin/backend` returns the answer of `backend-svc`
   */
  readonly frontendImage?: string;

  /**
   * Image of the backend. It must listen on port 3000.
   * @default - busybox with a web server that answers `backend in <cluster>` and logs each request
   */
  readonly backendImage?: string;

  /**
   * Name of the only cluster whose frontend may reach the backend: the policy `allow-only-production-cluster` of the
   * blog.
   * @default - no policy
   */
  readonly onlyFrontendOf?: string;
}

/** The constructs and the object that an invalid app does not have. */
const PROPERTIES = ['frontend', 'backend', 'frontendService', 'backendService', 'policy'];

const FRONTEND = { app: 'frontend', role: 'web-service' };
const BACKEND = { app: 'backend', role: 'database-service' };

/** Frontend and backend listen on this port. */
const PORT = 3000;

/**
 * The shared-services architecture of the AWS blog: frontend pods in one cluster, backend pods in another, and a global
 * service in both.
 *
 * The annotation has the key that the version of Cilium in the clusters knows.
 *
 * Source: "A multi-cluster shared services architecture with Amazon EKS using Cilium ClusterMesh", AWS Containers Blog,
 * 2021.
 */
export class SharedServicesApp extends Construct {
  /** The frontend's pods. */
  public readonly frontend!: Workload;

  /** The backend's pods. */
  public readonly backend!: Workload;

  /** `frontend-svc`, only in the cluster of the tenant. */
  public readonly frontendService!: GlobalService;

  /** `backend-svc`, global, in both clusters. */
  public readonly backendService!: GlobalService;

  /** The policy; undefined without `SharedServicesAppProps.onlyFrontendOf`. */
  public readonly policy?: ApiObject;

  constructor(scope: Construct, id: string, props: SharedServicesAppProps) {
    super(...placed(scope, id));
    props = present('SharedServicesAppProps', props);
    const refusals = new PropertyRefusals(this);
    if (refusals.checkProps('SharedServicesAppProps', props)) {
      this.check(props, refusals);
    }
    if (refusals.report()) {
      PROPERTIES.forEach(name => withoutProperty(this, name));
      return;
    }
    const namespace = props.namespace ?? 'testing';
    this.frontend = this.deploy('frontend', FRONTEND, props.frontendImage, namespace, props.tenantCluster, props);
    this.backend = this.deploy('backend', BACKEND, props.backendImage, namespace, props.sharedCluster, props);
    const service = {
      namespace,
      sessionAffinity: SessionAffinity.NONE,
      ports: [{ port: 80, protocol: Protocol.TCP, targetPort: PORT }],
    };
    this.frontendService = new GlobalService(this, 'frontend-svc', {
      ...service,
      workload: this.frontend,
      isGlobal: false,
      clusters: [props.tenantCluster],
    });
    this.backendService = new GlobalService(this, 'backend-svc', {
      ...service,
      workload: this.backend,
      clusters: [props.sharedCluster, props.tenantCluster],
    });
    if (props.onlyFrontendOf !== undefined && props.onlyFrontendOf !== null) {
      this.policy = new ApiObject(
        props.sharedCluster.scopeFor(this),
        'policy',
        cilium.CiliumNetworkPolicy.manifest({
          metadata: { name: 'allow-only-production-cluster', namespace },
          spec: {
            description:
              `Allow cross-cluster communications to backend pods only from cluster named ${props.onlyFrontendOf}`,
            endpointSelector: { matchLabels: { ...BACKEND, [CLUSTER_LABEL]: props.sharedCluster.name } },
            ingress: [{ fromEndpoints: [{ matchLabels: { ...FRONTEND, [CLUSTER_LABEL]: props.onlyFrontendOf } }] }],
          },
        }),
      );
    }
  }

  private check(props: SharedServicesAppProps, refusals: PropertyRefusals): void {
    const { clusters } = ClusterMesh.enclosing(this);
    checkNamespace(props.namespace, refusals);
    checkReplicas(props.replicas, 'replicas', refusals);
    for (const property of ['sharedCluster', 'tenantCluster'] as const) {
      if (!clusters.includes(props[property])) {
        refusals.add(
          'cluster-not-found',
          property,
          'the cluster belongs to another mesh',
          props[property].name,
          clusters.map(each => each.name).join(', '),
          'name a cluster of this mesh',
        );
      }
    }
  }

  private deploy(
    name: string,
    labels: { [key: string]: string },
    image: string | undefined,
    namespace: string,
    cluster: Cluster,
    props: SharedServicesAppProps,
  ): Workload {
    const container =
      image === undefined
        ? webServer(`${name} in ${cluster.name}`, labels === FRONTEND ? BACKEND_PAGE : [])
        : { image };
    new ApiObject(
      cluster.scopeFor(this),
      name,
      manifest('Deployment', {
        metadata: { name, namespace },
        spec: {
          replicas: props.replicas ?? 2,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: { containers: [{ name, ...container, ports: [{ containerPort: PORT }] }] },
          },
        },
      }),
    );
    return new Workload(this, `${name}-pods`, { name, labels, namespace, clusters: [cluster] });
  }
}

/** The page of the frontend that requests the backend, as the frontend of the blog does. */
const BACKEND_PAGE = [
  "cat > /www/cgi-bin/backend <<'END'",
  '#!/bin/sh',
  "printf 'Content-Type: text/plain\\n\\n'",
  'exec wget -q -O - -T 2 http://backend-svc',
  'END',
  'chmod +x /www/cgi-bin/backend',
];

/** A web server that answers with a text and logs each request, beside a shell and a client. */
function webServer(text: string, pages: readonly string[]): { [field: string]: unknown } {
  const script = [
    'mkdir -p /www/cgi-bin',
    `echo '${text}' > /www/index.html`,
    ...pages,
    `exec httpd -f -v -p ${PORT} -h /www`,
  ];
  return { image: 'busybox:1.36.1', command: ['sh', '-c', script.join('\n')] };
}
