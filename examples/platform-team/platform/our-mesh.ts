import {
  ArgoCdApplicationSet,
  Cluster,
  ClusterMesh,
  DefaultDenyPolicy,
  Encryption,
  MeshNamespace,
  OutputLayout,
  RoutingMode,
  Selector,
  Workload,
} from 'cdk8s-cilium-mesh';

const cluster = (name: string, id: number) => ({
  name,
  id,
  context: name,
  podCidrs: [`10.${id}.0.0/16`],
  serviceCidrs: [`172.20.${id}.0/24`],
  nodeCidrs: [`192.168.${id}.0/24`],
});

/**
 * The clusters of the company, and what holds in all of them. Argo CD runs in `hub` and deploys all clusters from this
 * repository.
 */
export class OurMesh extends ClusterMesh {
  /** The cluster of the platform team. */
  public readonly hub: Cluster;
  /** The clusters in which teams run their apps. */
  public readonly regions: Cluster[];
  /** The pods that scrape metrics. */
  public readonly prometheus: Workload;

  constructor(ciliumVersion?: string) {
    super({
      layout: OutputLayout.FOLDERS,
      defaults: {
        ciliumVersion,
        routingMode: RoutingMode.NATIVE,
        ipv4NativeRoutingCidr: '10.0.0.0/8',
        encryption: Encryption.WIREGUARD,
        hubble: { relay: true },
      },
      clusters: [cluster('hub', 1), cluster('paris', 2), cluster('lyon', 3)],
    });
    this.hub = this.cluster('hub');
    this.regions = [this.cluster('paris'), this.cluster('lyon')];

    new ArgoCdApplicationSet(this.hub, 'mesh', {
      mesh: this,
      repoUrl: 'https://git.example.org/platform/mesh.git',
      path: 'dist',
      clusterNames: { hub: 'in-cluster' },
    });
    // what the clusters run themselves stays open
    new DefaultDenyPolicy(this, 'default-deny', { clusterwide: true, exceptNamespaces: ['kube-system', 'argocd'] });
    new MeshNamespace(this, 'monitoring', { labels: { team: 'platform' }, clusters: [this.hub] });
    this.prometheus = new Workload(this, 'prometheus', {
      selector: Selector.labels({ 'app.kubernetes.io/name': 'prometheus' }),
      namespace: 'monitoring',
      clusters: [this.hub],
    });
  }
}
