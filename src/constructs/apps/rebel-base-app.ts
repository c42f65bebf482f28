import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { MeshError } from '../../diagnostics/fault';
import { manifest } from '../kubernetes/manifest';
import { Cluster } from '../mesh/cluster';
import { placement, settingsOf } from '../mesh/placement';
import { Connections, IConnectable } from '../policy/connections';
import { Peer } from '../policy/peer';
import { Refusal, refusal } from '../refusal';
import { Affinity } from '../service/annotations';
import { GlobalService } from '../service/global-service';
import { Workload } from '../workload/workload';

/** What can be different in each cluster. */
export interface RebelBaseAppSettings {
  /**
   * Number of pods.
   * @default 2
   */
  readonly replicas?: number;

  /**
   * The planet that the answer names.
   * @default - N'Zoth in koornacht, Foran Tutha in tion; in other clusters it must be given
   */
  readonly planet?: string;

  /**
   * The whole answer, in the place of the one that names cluster and planet.
   * @default - `{"Cluster": "<Name>", "Planet": "<planet>"}` and a line break
   */
  readonly message?: string;

  /**
   * Whether the Service is global.
   * @default false
   */
  readonly global?: boolean;

  /**
   * Whether the cluster's pods are offered to other clusters.
   * @default - Cilium's, true; the annotation is left out
   */
  readonly shared?: boolean;

  /**
   * Which pods the cluster's clients prefer.
   * @default Affinity.NONE
   */
  readonly affinity?: Affinity;
}

/** Properties of `RebelBaseApp`. */
export interface RebelBaseAppProps extends RebelBaseAppSettings {
  /**
   * Image, which must serve the files of `/usr/share/nginx/html` on port 80.
   * @default 'docker.io/nginx:1.15.8'
   */
  readonly image?: string;

  /**
   * Namespace.
   * @default - left out: the namespace of the kubectl context, taken as `default` by policies
   */
  readonly namespace?: string;

  /**
   * Settings of single clusters, by name, over the ones for all.
   * @default - none
   */
  readonly perCluster?: { [cluster: string]: RebelBaseAppSettings };

  /**
   * The clusters in which it runs.
   * @default - the cluster in which it is created, else all clusters of the mesh
   */
  readonly clusters?: Cluster[];
}

/** The planets of the Isovalent Cluster Mesh lab. */
const PLANETS: { readonly [cluster: string]: string } = { koornacht: 'N\'Zoth', tion: 'Foran Tutha' };

/**
 * The application of the Isovalent Cluster Mesh lab: `rebel-base` answers every request with a document that names its cluster.
 *
 * Writes the Deployment, the ConfigMap and the Service of the lab, field for field.
 */
export class RebelBaseApp extends Construct implements IConnectable {
  /** The pods. */
  public readonly workload: Workload;

  /** The Service in front of the pods. */
  public readonly service: GlobalService;

  /** What the pods may reach, and who may reach them. */
  public readonly connections: Connections;

  /** The pods as a peer of policies. */
  public readonly asPeer: Peer;

  /**
   * @throws when a cluster has no planet, or the properties of the service are wrong
   */
  constructor(scope: Construct, id: string, props: RebelBaseAppProps = {}) {
    super(scope, id);
    const { replicas, planet, message, global, shared, affinity } = props;
    const clusters = placement(this, props.clusters);
    const perCluster = settingsOf<RebelBaseAppSettings>(this, clusters, props.perCluster, { replicas, planet, message, global, shared, affinity });
    const faults = clusters.flatMap(cluster => this.planetFaults(cluster, perCluster.get(cluster)!));
    if (faults.length > 0) {
      throw new MeshError(faults, RebelBaseApp);
    }

    const labels = { name: 'rebel-base' };
    for (const cluster of clusters) {
      const said = perCluster.get(cluster)!;
      const into = cluster.scopeFor(this);
      new ApiObject(into, 'deployment', manifest('Deployment', {
        metadata: { name: 'rebel-base', namespace: props.namespace },
        spec: {
          selector: { matchLabels: labels },
          replicas: said.replicas ?? 2,
          template: {
            metadata: { labels },
            spec: {
              containers: [{
                name: 'rebel-base',
                image: props.image ?? 'docker.io/nginx:1.15.8',
                volumeMounts: [{ name: 'html', mountPath: '/usr/share/nginx/html/' }],
                livenessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 },
                readinessProbe: { httpGet: { path: '/', port: 80 } },
              }],
              volumes: [{ name: 'html', configMap: { name: 'rebel-base-response', items: [{ key: 'message', path: 'index.html' }] } }],
            },
          },
        },
      }));
      new ApiObject(into, 'response', manifest('ConfigMap', {
        metadata: { name: 'rebel-base-response', namespace: props.namespace },
        data: { message: said.message ?? answer(cluster, said) },
      }));
    }
    this.workload = new Workload(this, 'rebel-base', { labels, namespace: props.namespace, clusters: [...clusters] });
    this.service = new GlobalService(this, 'service', {
      name: 'rebel-base',
      namespace: props.namespace,
      workload: this.workload,
      ports: [{ port: 80 }],
      clusters: [...clusters],
      perCluster: Object.fromEntries(clusters.map(cluster => {
        const said = perCluster.get(cluster)!;
        return [cluster.name, { global: said.global ?? false, shared: said.shared, affinity: said.affinity }];
      })),
    });
    this.connections = this.workload.connections;
    this.asPeer = this.workload.asPeer;
  }

  private planetFaults(cluster: Cluster, said: RebelBaseAppSettings): Refusal[] {
    return said.message !== undefined || (said.planet ?? PLANETS[cluster.name]) !== undefined ? [] : [refusal('planet-missing', {
      path: `${this.node.path}.perCluster.${cluster.name}.planet`,
      message: 'the planet of the cluster is missing',
      got: 'nothing',
      allowed: 'planet, or message for the whole answer',
      fix: `set perCluster.${cluster.name}.planet`,
    })];
  }
}

function answer(cluster: Cluster, said: RebelBaseAppSettings): string {
  const name = cluster.name.charAt(0).toUpperCase() + cluster.name.slice(1);
  return `{"Cluster": ${JSON.stringify(name)}, "Planet": ${JSON.stringify(said.planet ?? PLANETS[cluster.name])}}\n`;
}
