/**
 * Shared services on two Amazon EKS clusters: the frontend in one, the backend in the other, a global service between
 * them.
 *
 *     npm run synth -- aws-shared-services               # today: the frontend reaches the backend
 *     npm run synth -- aws-shared-services today-policy  # the article's policy drops it
 *     npm run synth -- aws-shared-services legacy        # as in the article: Cilium 1.9 and an etcd in each cluster
 *     npm run synth -- aws-shared-services legacy-policy # the same with the policy
 *
 * docs/aws-shared-services.md walks through it.
 *
 * Source: "A multi-cluster shared services architecture with Amazon EKS using Cilium ClusterMesh", AWS Containers Blog,
 * 2021.
 */
import { ClusterMesh, ExternalEtcdMesh, IpamMode, MeshNamespace } from 'cdk8s-cilium-mesh';
import { SharedServicesApp } from './shared-services-app';
import { VARIANTS } from './steps';
import { readArguments } from '../arguments';

const { variant, ciliumVersion } = readArguments(Object.keys(VARIANTS));
const { legacy, policy } = VARIANTS[variant];

/**
 * Internal load balancers. The AWS Load Balancer Controller reads `scheme`, or `internal` without it. The controller in
 * the cloud provider reads `internal` and `type` only, and creates a public load balancer without `internal`.
 */
const INTERNAL_LOAD_BALANCER = {
  'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internal',
  'service.beta.kubernetes.io/aws-load-balancer-internal': 'true',
  'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb',
};

const mesh = new ClusterMesh({
  defaults: {
    ciliumVersion: ciliumVersion ?? (legacy ? '1.9.5' : undefined),
    ipamMode: IpamMode.CLUSTER_POOL,
    clusterPoolIpv4MaskSize: 24,
    kubeProxyReplacement: true,
    ...(legacy ? {} : { apiserver: { serviceAnnotations: INTERNAL_LOAD_BALANCER } }),
  },
  clusters: [
    {
      name: 'k8s-test-cluster',
      id: 1,
      podCidrs: ['10.1.0.0/16'],
      nodeCidrs: ['192.168.0.0/20'],
      kubernetesApi: { host: '3F03327575BBD58507B2585763830F0B.gr7.us-west-2.eks.amazonaws.com' },
      context: 'k8s-test-cluster',
    },
    {
      name: 'k8s-shared-cluster',
      id: 2,
      podCidrs: ['10.2.0.0/16'],
      nodeCidrs: ['192.168.16.0/20'],
      // the article does not show this cluster's API server: yours is in `aws eks describe-cluster`
      kubernetesApi: { host: 'k8s-shared-cluster.example.eks.amazonaws.com' },
      context: 'k8s-shared-cluster',
    },
  ],
});
const testCluster = mesh.cluster('k8s-test-cluster');
const sharedCluster = mesh.cluster('k8s-shared-cluster');

new MeshNamespace(mesh, 'testing');
new SharedServicesApp(mesh, 'shared-services', {
  tenantCluster: testCluster,
  sharedCluster,
  // the mesh has no such cluster: the article uses it to show that the policy drops the test cluster's frontend
  onlyFrontendOf: policy ? 'k8s-production-cluster' : undefined,
});

if (legacy) {
  new ExternalEtcdMesh(mesh, 'etcd', {
    etcdAddresses: {
      'k8s-shared-cluster': ['192.168.18.202', '192.168.19.207'],
      'k8s-test-cluster': ['192.168.2.234', '192.168.3.250'],
    },
  });
} else {
  // Cilium replaces kube-proxy, so the two must not run beside each other. The cilium CLI itself patches aws-node
  // (`🔥 Patching the "aws-node" DaemonSet`, cilium-cli/install/aws.go), but not kube-proxy.
  for (const cluster of [testCluster, sharedCluster]) {
    cluster.addPatch({
      kind: 'DaemonSet',
      namespace: 'kube-system',
      name: 'kube-proxy',
      patch: { spec: { template: { spec: { nodeSelector: { 'no-such-node': 'true' } } } } },
    });
  }
}

mesh.synth();
