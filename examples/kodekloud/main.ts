/**
 * KodeKloud's guide to network policies across a cluster mesh, step by step.
 *
 *     npm run synth -- kodekloud                     # explicit: step 5 of the guide as one CrossClusterAllow
 *     npm run synth -- kodekloud no-policy           # steps 1 and 2: before the policy
 *     npm run synth -- kodekloud cluster1            # steps 3 and 4: the guide's policy in cluster1 only
 *     npm run synth -- kodekloud both                # step 5: the guide's policy in both clusters
 *     npm run synth -- kodekloud restricted          # step 6: cluster2 admits frontends of cluster1 only
 *     npm run synth -- kodekloud explicit-restricted # step 6 as one CrossClusterAllow
 *     npm run synth -- kodekloud --steps             # all steps, for `cilium-mesh verify --tour`
 *
 * docs/kodekloud.md walks through it.
 *
 * The guide says that labels match across clusters. That holds up to Cilium 1.18; since 1.19 its policy admits the
 * frontends of the cluster where it is applied only. The constructs always name the clusters.
 *
 * Source: "Cilium Network Policies in Cluster Mesh", KodeKloud.
 */
import { cilium, ClusterMesh, Port } from 'cdk8s-cilium-mesh';
import { KodeKloudApp } from './kodekloud-app';
import { DEFAULT_VARIANT, STEPS } from './steps';
import { readArguments } from '../arguments';

const { variant, ciliumVersion } = readArguments(Object.keys(STEPS), DEFAULT_VARIANT);
const { policies = {}, allowFrontendsOf } = STEPS[variant];

const mesh = new ClusterMesh({
  defaults: { ciliumVersion },
  clusters: [
    { name: 'cluster1', id: 1, podCidrs: ['10.1.0.0/16'], serviceCidrs: ['172.20.1.0/24'], kind: {} },
    { name: 'cluster2', id: 2, podCidrs: ['10.2.0.0/16'], serviceCidrs: ['172.20.2.0/24'], kind: {} },
  ],
});
const app = new KodeKloudApp(mesh, 'kodekloud');

// The guide's policy, as written there, from the imported CRD types.
for (const [cluster, matchLabels] of Object.entries(policies)) {
  new cilium.CiliumNetworkPolicy(mesh.cluster(cluster), 'my-policy', {
    metadata: { name: 'my-policy' },
    spec: {
      endpointSelector: { matchLabels: { app: 'myapp' } },
      ingress: [{ fromEndpoints: [{ matchLabels: { ...matchLabels } }] }],
    },
  });
}

if (allowFrontendsOf) {
  const frontends = app.frontend.inClusters(...allowFrontendsOf.map(name => mesh.cluster(name)));
  // myapp is protected in both clusters, and frontends keep their other connections
  app.myapp.connections.allowFrom(frontends, [Port.tcp(80)], { name: 'my-policy', defaultDenyEgress: false });
}

mesh.synth();
