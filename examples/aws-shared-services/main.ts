/**
 * Shared services on two Amazon EKS clusters: the frontend in one, the backend in the other, a global service between
 * them.
 *
 *     npm run synth -- aws-shared-services        # today: clustermesh-apiserver behind internal load balancers
 *     npm run synth -- aws-shared-services legacy # the blog: Cilium 1.9 and an etcd in each cluster
 *
 * Source: "A multi-cluster shared services architecture with Amazon EKS using Cilium ClusterMesh", AWS Containers Blog,
 * 2021.
 */
import { ClusterMesh, ExternalEtcdMesh, IpamMode, MeshNamespace, SharedServicesApp } from 'cdk8s-cilium-mesh';
import { readArguments } from '../arguments';

const { variant, ciliumVersion } = readArguments(['today', 'legacy']);
const legacy = variant === 'legacy';

const mesh = new ClusterMesh({
  defaults: {
    ciliumVersion: ciliumVersion ?? (legacy ? '1.9.5' : '1.20.2'),
    ipamMode: IpamMode.CLUSTER_POOL,
    clusterPoolIpv4MaskSize: 24,
    kubeProxyReplacement: true,
    ...(legacy
      ? {}
      : { apiserver: { serviceAnnotations: { 'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internal' } } }),
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
      // the blog does not show this cluster's API server: yours is in `aws eks describe-cluster`
      kubernetesApi: { host: 'k8s-shared-cluster.example.eks.amazonaws.com' },
      context: 'k8s-shared-cluster',
    },
  ],
});

new MeshNamespace(mesh, 'testing');
new SharedServicesApp(mesh, 'shared-services', {
  tenantCluster: mesh.cluster('k8s-test-cluster'),
  sharedCluster: mesh.cluster('k8s-shared-cluster'),
  // the mesh has no such cluster: the blog uses it to show that the policy drops the test cluster's frontend
  onlyFrontendOf: 'k8s-production-cluster',
});

if (legacy) {
  new ExternalEtcdMesh(mesh, 'etcd', {
    etcdAddresses: {
      'k8s-shared-cluster': ['192.168.18.202', '192.168.19.207'],
      'k8s-test-cluster': ['192.168.2.234', '192.168.3.250'],
    },
  });
}

mesh.synth();
