import { Affinity, Cluster, Connections, GlobalService, IConnectable, Peer, Port, Workload } from 'cdk8s-cilium-mesh';
import * as kplus from 'cdk8s-plus-33';
import { Construct } from 'constructs';
import { Team } from './team';

export interface WebAppProps {
  readonly image: string;
  /** @default - the clusters of the team */
  readonly clusters?: Cluster[];
  /** @default 2 */
  readonly replicas?: number;
}

const PORT = 8080;
const METRICS = 9090;

/**
 * An app of a team: Deployments of cdk8s-plus behind one service of all clusters. Prometheus may scrape it. The teams
 * decide who else may reach it.
 */
export class WebApp extends Construct implements IConnectable {
  public readonly service: GlobalService;
  public readonly connections: Connections;
  public readonly asPeer: Peer;

  constructor(team: Team, id: string, { image, clusters = team.clusters, replicas = 2 }: WebAppProps) {
    super(team, id);
    const labels = { 'app.kubernetes.io/name': id, 'app.kubernetes.io/part-of': team.namespace };
    const metadata = { name: id, namespace: team.namespace };
    const deployments = clusters.map(cluster => {
      const deployment = new kplus.Deployment(cluster.scopeFor(this), 'deployment', {
        metadata,
        podMetadata: { labels },
        // the same labels in all clusters, in place of one that cdk8s-plus makes for each
        select: false,
        replicas,
        containers: [
          {
            name: id,
            image,
            ports: [
              { name: 'http', number: PORT },
              { name: 'metrics', number: METRICS },
            ],
          },
        ],
      });
      deployment.select(kplus.LabelSelector.of({ labels }));
      return deployment;
    });
    const pods = Workload.fromApiObjects(this, 'pods', deployments, id);
    pods.connections.allowFrom(team.mesh.prometheus, [Port.tcp(METRICS)]);
    this.service = new GlobalService(this, 'service', {
      ...metadata,
      workload: pods,
      ports: [{ port: 80, targetPort: PORT }],
      // pods of other clusters answer only where the own ones do not
      affinity: Affinity.LOCAL,
    });
    this.connections = pods.connections;
    this.asPeer = pods.asPeer;
  }
}
