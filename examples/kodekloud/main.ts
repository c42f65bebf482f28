/**
 * KodeKloud's guide to network policies across a cluster mesh, step by step.
 *
 *     npm run synth -- kodekloud                    # the policy in both clusters, as one CrossClusterAllow
 *     npm run synth -- kodekloud no-policy          # before the policy
 *     npm run synth -- kodekloud cluster1           # the guide's policy in cluster1 only
 *     npm run synth -- kodekloud both               # the guide's policy in both clusters
 *     npm run synth -- kodekloud restricted         # cluster2 admits frontends of cluster1 only
 *
 * The guide says that labels match across clusters. That holds up to Cilium 1.18; since 1.19 its policy admits the
 * frontends of the cluster where it is applied only. The constructs always name the clusters.
 */
import { cilium, ClusterMesh, KodeKloudApp, Port } from 'cdk8s-cilium-mesh';
import { readArguments } from '../arguments';

const { variant, ciliumVersion } = readArguments(
  ['no-policy', 'cluster1', 'both', 'restricted', 'explicit'],
  'explicit',
);

const mesh = new ClusterMesh({
  defaults: { ciliumVersion },
  clusters: [
    { name: 'cluster1', id: 1, podCidrs: ['10.1.0.0/16'], serviceCidrs: ['172.20.1.0/24'], kind: {} },
    { name: 'cluster2', id: 2, podCidrs: ['10.2.0.0/16'], serviceCidrs: ['172.20.2.0/24'], kind: {} },
  ],
});
const app = new KodeKloudApp(mesh, 'kodekloud');

/** The guide's policy, as written there. */
function guidePolicy(cluster: string, from: { [label: string]: string }): void {
  new cilium.CiliumNetworkPolicy(mesh.cluster(cluster), 'my-policy', {
    metadata: { name: 'my-policy' },
    spec: {
      endpointSelector: { matchLabels: { app: 'myapp' } },
      ingress: [{ fromEndpoints: [{ matchLabels: from }] }],
    },
  });
}

switch (variant) {
  case 'cluster1':
    guidePolicy('cluster1', { app: 'frontend' });
    break;
  case 'both':
    guidePolicy('cluster1', { app: 'frontend' });
    guidePolicy('cluster2', { app: 'frontend' });
    break;
  case 'restricted':
    guidePolicy('cluster1', { app: 'frontend' });
    guidePolicy('cluster2', { 'app': 'frontend', 'io.cilium.k8s.policy.cluster': 'cluster1' });
    break;
  case 'explicit':
    // myapp is protected in both clusters, and frontends keep their other connections
    app.myapp.connections.allowFrom(app.frontend, [Port.tcp(80)], { name: 'my-policy', defaultDenyEgress: false });
    break;
}

mesh.synth();
