export * as cilium from '../imports/cilium.io';
export * as mcs from '../imports/multicluster.x-k8s.io';

export { ClusterMesh, ClusterMeshProps } from './mesh/cluster-mesh';
export { Cluster, ClusterPatch, PatchStage } from './mesh/cluster';
export { MeshNamespace, MeshNamespaceProps, MeshNamespaceSettings } from './mesh/mesh-namespace';
export * from './model/cluster-settings';
export { Fault } from './model/fault';

export { Workload, WorkloadProps } from './workload/workload';
export * from './service/global-service';
export { ServiceReference, ServiceReferenceProps, ServiceReferenceSettings } from './service/service-reference';
export {
  Affinity, AnnotationKeys, ExposedType, ForwardingMode, GlobalServiceFlavor, LoadBalancingAlgorithm, ProxyDelegation, SourceRangesPolicy,
} from './service/annotations';

export { LabelExpression, Selector, SelectorProps } from './policy/selector';
export { Port, Protocol } from './policy/port';
export { CidrOptions, Entity, IPeer, Peer } from './policy/peer';
export { CidrGroup, CidrGroupProps } from './policy/cidr-group';
export { DnsRule, HttpHeaderMatch, HttpRule } from './policy/l7';
export { AllowOptions, ConnectionOptions, Connections, IConnectable } from './policy/connections';
export { AuthenticationMode, CrossClusterPolicyProps } from './policy/cross-cluster-policy';
export { CrossClusterAllow, CrossClusterAllowProps } from './policy/cross-cluster-allow';
export { CrossClusterDeny, CrossClusterDenyProps } from './policy/cross-cluster-deny';
export { DefaultDenyPolicy, DefaultDenyPolicyProps, DenyDirection, DnsAccess } from './policy/default-deny-policy';

export { RebelBaseApp, RebelBaseAppProps, RebelBaseAppSettings } from './apps/rebel-base-app';
export { ExternalEtcdMesh, ExternalEtcdMeshProps } from './apps/external-etcd-mesh';
export { KodeKloudApp, KodeKloudAppProps } from './apps/kodekloud-app';
export { SharedServicesApp, SharedServicesAppProps } from './apps/shared-services-app';
export { XWingClient, XWingClientProps } from './apps/x-wing-client';
