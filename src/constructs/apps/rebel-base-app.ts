import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { placed } from '../checks/placed';
import { present } from '../checks/present';
import { withoutProperty } from '../faults';
import { manifest } from '../kubernetes/manifest';
import { checkNamespace, objectNamespace } from '../kubernetes/names';
import { Cluster } from '../mesh/cluster';
import { placement, settingsOf } from '../mesh/placement';
import { Connections, IConnectable } from '../policy/connections';
import { Peer } from '../policy/peer';
import { PropertyRefusals } from '../property-refusals';
import { Refusal, refusal } from '../refusal';
import { Affinity } from '../service/annotations';
import { GlobalService } from '../service/global-service';
import { Workload } from '../workload/workload';

/** Settings that can differ between clusters. */
export interface RebelBaseAppSettings {
  /**
   * Number of pods.
   * @default 2
   */
  readonly replicas?: number;

  /**
   * The planet that the answer names.
   * @default - N'Zoth in koornacht, Foran Tutha in tion; required in other clusters
   */
  readonly planet?: string;

  /**
   * The whole answer, instead of the one that names cluster and planet.
   * @default - `{"Cluster": "<Name>", "Planet": "<planet>"}` and a line break
   */
  readonly message?: string;

  /**
   * Whether the Service is global.
   * @default false
   */
  readonly isGlobal?: boolean;

  /**
   * Whether other clusters can reach the pods of this cluster through the Service.
   * @default - the default of Cilium, true; the annotation is not written
   */
  readonly shared?: boolean;

  /**
   * Which pods the clients in the cluster prefer.
   * @default Affinity.NONE
   */
  readonly affinity?: Affinity;
}

/** Properties of `RebelBaseApp`. */
export interface RebelBaseAppProps extends RebelBaseAppSettings {
  /**
   * Image. It must serve the files of `/usr/share/nginx/html` on port 80.
   * @default 'docker.io/nginx:1.15.8'
   */
  readonly image?: string;

  /**
   * Namespace.
   * @default - the namespace of the chart in which it is created, else `defaultNamespace` of the mesh, else none, which
   * means `default`
   */
  readonly namespace?: string;

  /**
   * Settings of single clusters, by name. They replace those for all clusters.
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
const PLANETS: { readonly [cluster: string]: string } = { koornacht: "N'Zoth", tion: 'Foran Tutha' };

/**
 * The application of the Isovalent Cluster Mesh lab: `rebel-base` answers each request with a document that names its
 * cluster.
 *
 * Writes the Deployment, the ConfigMap and the Service of the lab, field for field.
 */
export class RebelBaseApp extends Construct implements IConnectable {
  /** The pods. */
  public readonly workload!: Workload;

  /** The Service of the pods. */
  public readonly service!: GlobalService;

  /** Allows and denies flows to and from the pods. */
  public readonly connections: Connections;

  /** The pods as a peer of policies. */
  public readonly asPeer: Peer;

  constructor(scope: Construct, id: string, props: RebelBaseAppProps = {}) {
    super(...placed(scope, id));
    props = present('RebelBaseAppProps', props);
    const refusals = new PropertyRefusals(this);
    const checked = refusals.checkProps('RebelBaseAppProps', props);
    const clusters = checked ? placement(this, props.clusters, refusals) : [];
    const perCluster = checked ? this.settings(clusters, props, refusals) : new Map<Cluster, RebelBaseAppSettings>();
    if (refusals.report()) {
      ['workload', 'service'].forEach(name => withoutProperty(this, name));
      this.asPeer = Peer._invalid(id);
      this.connections = Connections._of(this, this);
      return;
    }
    const labels = { name: 'rebel-base' };
    const namespace = objectNamespace(this, props.namespace);
    for (const cluster of clusters) {
      const settings = perCluster.get(cluster)!;
      const into = cluster.scopeFor(this);
      new ApiObject(
        into,
        'deployment',
        manifest('Deployment', {
          metadata: { name: 'rebel-base', namespace },
          spec: {
            selector: { matchLabels: labels },
            replicas: settings.replicas ?? 2,
            template: {
              metadata: { labels },
              spec: {
                containers: [
                  {
                    name: 'rebel-base',
                    image: props.image ?? 'docker.io/nginx:1.15.8',
                    volumeMounts: [{ name: 'html', mountPath: '/usr/share/nginx/html/' }],
                    livenessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 },
                    readinessProbe: { httpGet: { path: '/', port: 80 } },
                  },
                ],
                volumes: [
                  {
                    name: 'html',
                    configMap: { name: 'rebel-base-response', items: [{ key: 'message', path: 'index.html' }] },
                  },
                ],
              },
            },
          },
        }),
      );
      new ApiObject(
        into,
        'response',
        manifest('ConfigMap', {
          metadata: { name: 'rebel-base-response', namespace },
          data: { message: settings.message ?? answer(cluster, settings) },
        }),
      );
    }
    this.workload = new Workload(this, 'rebel-base', { labels, namespace: props.namespace, clusters: [...clusters] });
    this.service = new GlobalService(this, 'service', {
      name: 'rebel-base',
      namespace: props.namespace,
      workload: this.workload,
      ports: [{ port: 80 }],
      clusters: [...clusters],
      perCluster: Object.fromEntries(
        clusters.map(cluster => {
          const settings = perCluster.get(cluster)!;
          return [
            cluster.name,
            { isGlobal: settings.isGlobal ?? false, shared: settings.shared, affinity: settings.affinity },
          ];
        }),
      ),
    });
    this.connections = this.workload.connections;
    this.asPeer = this.workload.asPeer;
  }

  /** The settings of each cluster. Refuses invalid ones. */
  private settings(
    clusters: readonly Cluster[],
    props: RebelBaseAppProps,
    refusals: PropertyRefusals,
  ): Map<Cluster, RebelBaseAppSettings> {
    const { replicas, planet, message, isGlobal, shared, affinity } = props;
    const common = { replicas, planet, message, isGlobal, shared, affinity };
    const settings = settingsOf<RebelBaseAppSettings>(this, clusters, props.perCluster, common, refusals);
    checkNamespace(props.namespace, refusals);
    for (const [cluster, ofCluster] of settings) {
      const property = ofCluster.replicas === replicas ? 'replicas' : `perCluster.${cluster.name}.replicas`;
      checkReplicas(ofCluster.replicas, property, refusals);
      refusals.include(this.planetFaults(cluster, ofCluster));
    }
    return settings;
  }

  private planetFaults(cluster: Cluster, settings: RebelBaseAppSettings): Refusal[] {
    return settings.message !== undefined || (settings.planet ?? planetOf(cluster)) !== undefined
      ? []
      : [
        refusal('planet-missing', {
          path: `${this.node.path}.perCluster.${cluster.name}.planet`,
          message: 'the planet of the cluster is missing',
          got: 'nothing',
          allowed: 'planet, or message for the whole answer',
          fix: `set perCluster.${cluster.name}.planet`,
        }),
      ];
  }
}

function planetOf({ name }: Cluster): string | undefined {
  return Object.hasOwn(PLANETS, name) ? PLANETS[name] : undefined;
}

function answer(cluster: Cluster, settings: RebelBaseAppSettings): string {
  const name = cluster.name.charAt(0).toUpperCase() + cluster.name.slice(1);
  const planet = settings.planet ?? planetOf(cluster);
  return `{"Cluster": ${JSON.stringify(name)}, "Planet": ${JSON.stringify(planet)}}\n`;
}

/** Refuses a number of pods that the API server would refuse. */
function checkReplicas(replicas: number | undefined, property: string, refusals: PropertyRefusals): void {
  if (replicas !== undefined && replicas !== null && (!Number.isInteger(replicas) || replicas < 0)) {
    refusals.add(
      'replicas-invalid',
      property,
      'invalid number of pods',
      replicas,
      'a whole number from 0',
      'correct the number',
    );
  }
}
