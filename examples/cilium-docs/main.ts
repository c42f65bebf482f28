/**
 * The scenarios of Cilium's Cluster Mesh documentation (v1.20.2), one variant each.
 *
 *     npm run synth -- cilium-docs                  # global-services
 *     npm run synth -- cilium-docs affinity         # affinity.rst: cluster1 prefers its own backends
 *     npm run synth -- cilium-docs policy           # policy.rst: x-wing may reach cluster2's rebel-base only
 *     npm run synth -- cilium-docs policy-any       # policy.rst: x-wing may reach rebel-base in any cluster
 *     npm run synth -- cilium-docs upgrade-implicit # upgrade.rst: a policy that names no cluster
 *     npm run synth -- cilium-docs upgrade-one      # ... that names one cluster
 *     npm run synth -- cilium-docs upgrade-several  # ... that names several
 *     npm run synth -- cilium-docs upgrade-exists   # ... that names all
 *     npm run synth -- cilium-docs mcs-api          # mcsapi.rst: ServiceExport
 *     npm run synth -- cilium-docs star-wars        # the L7 demo, with the deathstar in cluster1 and ships in both
 */
import { ApiObject } from 'cdk8s';
import {
  Affinity,
  cilium,
  Cluster,
  ClusterMesh,
  CrossClusterAllow,
  GlobalService,
  GlobalServiceFlavor,
  Port,
  RebelBaseApp,
  Selector,
  Workload,
} from 'cdk8s-cilium-mesh';
import { readArguments } from '../arguments';
import { XWingClient } from '../isovalent-lab/x-wing-client';

const variants: { readonly [name: string]: () => void } = {
  'global-services': () => rebelBase({ global: true }),
  'affinity': () => rebelBase({ global: true, perCluster: { cluster1: { affinity: Affinity.LOCAL } } }),
  'policy': () => xWingPolicy({ matchLabels: { 'name': 'rebel-base', 'io.cilium.k8s.policy.cluster': 'cluster2' } }),
  'policy-any': () =>
    xWingPolicy({
      matchLabels: { name: 'rebel-base' },
      matchExpressions: [{ key: 'io.cilium.k8s.policy.cluster', operator: EGRESS.EXISTS }],
    }),
  'upgrade-implicit': () => upgradePolicy({ matchLabels: { name: 'bar' } }),
  'upgrade-one': () => upgradePolicy({ matchLabels: { 'name': 'bar', 'io.cilium.k8s.policy.cluster': 'cluster2' } }),
  'upgrade-several': () =>
    upgradePolicy({
      matchLabels: { name: 'bar' },
      matchExpressions: [
        { key: 'io.cilium.k8s.policy.cluster', operator: INGRESS.IN, values: ['cluster1', 'cluster2'] },
      ],
    }),
  'upgrade-exists': () =>
    upgradePolicy({
      matchLabels: { name: 'bar' },
      matchExpressions: [{ key: 'io.cilium.k8s.policy.cluster', operator: INGRESS.EXISTS }],
    }),
  'mcs-api': mcsApi,
  'star-wars': starWars,
};

const { variant, ciliumVersion } = readArguments(Object.keys(variants));

const EGRESS = cilium.CiliumNetworkPolicySpecEgressToEndpointsMatchExpressionsOperator;
const INGRESS = cilium.CiliumNetworkPolicySpecIngressFromEndpointsMatchExpressionsOperator;

const mesh = new ClusterMesh({
  defaults: { ciliumVersion, mcsApi: variant === 'mcs-api', endpointSliceSync: variant === 'mcs-api' },
  clusters: [
    { name: 'cluster1', id: 1, podCidrs: ['10.1.0.0/16'], serviceCidrs: ['172.20.1.0/24'], kind: {} },
    { name: 'cluster2', id: 2, podCidrs: ['10.2.0.0/16'], serviceCidrs: ['172.20.2.0/24'], kind: {} },
  ],
});
const cluster1 = mesh.cluster('cluster1');
variants[variant]();
mesh.synth();

/** examples/kubernetes/clustermesh/cluster1.yaml and cluster2.yaml */
function rebelBase(settings: { global: boolean; perCluster?: { [cluster: string]: { affinity: Affinity } } }): void {
  const messages = (name: string, number: number) => ({
    ...settings.perCluster?.[name],
    message: `{"Galaxy": "Alderaan", "Cluster": "Cluster-${number}"}\n`,
  });
  new RebelBaseApp(mesh, 'rebel-base', {
    image: 'docker.io/nginx:1.27.1',
    isGlobal: settings.global,
    perCluster: { cluster1: messages('cluster1', 1), cluster2: messages('cluster2', 2) },
  });
  new XWingClient(mesh, 'x-wing', { image: 'quay.io/cilium/json-mock:v1.4.1' });
}

/** Documentation/network/clustermesh/policy.rst, as written there: what x-wing of cluster1 may reach. */
function xWingPolicy(peer: cilium.CiliumNetworkPolicySpecEgressToEndpoints): void {
  rebelBase({ global: true });
  new cilium.CiliumNetworkPolicy(cluster1, 'allow-cross-cluster', {
    metadata: { name: 'allow-cross-cluster' },
    spec: { endpointSelector: { matchLabels: { name: 'x-wing' } }, egress: [{ toEndpoints: [peer] }] },
  });
}

/**
 * Documentation/operations/upgrade.rst, "Preparing for a policy-default-local-cluster change": who may reach foo of
 * cluster1.
 */
function upgradePolicy(peer: cilium.CiliumNetworkPolicySpecIngressFromEndpoints): void {
  for (const cluster of mesh.clusters) {
    ship(cluster, 'foo', { name: 'foo' });
    ship(cluster, 'bar', { name: 'bar' });
  }
  new cilium.CiliumNetworkPolicy(cluster1, 'allow-from-bar', {
    metadata: { name: 'allow-from-bar', namespace: 'default' },
    spec: {
      description: 'Allow ingress traffic from bar',
      endpointSelector: { matchLabels: { name: 'foo' } },
      ingress: [{ fromEndpoints: [peer] }],
    },
  });
}

/** examples/kubernetes/clustermesh/mcsapi-example.yaml */
function mcsApi(): void {
  rebelBase({ global: false });
  const rebels = { selector: { name: 'rebel-base' }, ports: [{ port: 80 }], flavor: GlobalServiceFlavor.MCS_API };
  new GlobalService(mesh, 'rebel-base-mcsapi', rebels);
  new GlobalService(mesh, 'rebel-base-headless-mcsapi', { ...rebels, headless: true });
}

/**
 * examples/minikube/http-sw-app.yaml, with its ships in both clusters: only the empire's may ask for landing, and for
 * nothing else.
 */
function starWars(): void {
  const empire = { org: 'empire', class: 'deathstar' };
  new ApiObject(cluster1, 'deathstar', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'deathstar', labels: { 'app.kubernetes.io/name': 'deathstar' } },
    spec: {
      replicas: 2,
      selector: { matchLabels: empire },
      template: {
        metadata: { labels: { ...empire, 'app.kubernetes.io/name': 'deathstar' } },
        spec: { containers: [{ name: 'deathstar', image: 'quay.io/cilium/starwars:v2.3' }] },
      },
    },
  });
  for (const cluster of mesh.clusters) {
    ship(cluster, 'tiefighter', { 'org': 'empire', 'class': 'tiefighter', 'app.kubernetes.io/name': 'tiefighter' });
    ship(cluster, 'xwing', { 'org': 'alliance', 'class': 'xwing', 'app.kubernetes.io/name': 'xwing' });
  }
  const deathstar = new GlobalService(mesh, 'deathstar', {
    selector: empire,
    backendClusters: [cluster1],
    ports: [{ port: 80 }],
    labels: { 'app.kubernetes.io/name': 'deathstar' },
  });
  new CrossClusterAllow(mesh, 'empire-ships', {
    description: 'L7 policy to restrict access to specific HTTP call',
    sources: [new Workload(mesh, 'ships', { selector: Selector.labels({ org: 'empire' }) })],
    destinations: [deathstar],
    ports: [Port.tcp(80)],
    http: [{ method: 'POST', path: '/v1/request-landing' }],
    defaultDenyEgress: false,
  });
}

function ship(cluster: Cluster, name: string, labels: { [key: string]: string }): void {
  new ApiObject(cluster, name, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: {
      containers: [{ name: 'spaceship', image: 'quay.io/cilium/json-mock:v1.4.1', ports: [{ containerPort: 80 }] }],
    },
  });
}
