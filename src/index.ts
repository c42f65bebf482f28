export * as cilium from '../imports/cilium.io';
export * as mcs from '../imports/multicluster.x-k8s.io';

export { ClusterMesh, ClusterMeshProps } from './constructs/mesh/cluster-mesh';
export { IMesh } from './constructs/mesh/i-mesh';
export { Mesh } from './constructs/mesh/mesh';
export { MeshProps } from './constructs/mesh/mesh-props';
export { OutputLayout } from './constructs/mesh/output-layout';
export { Cluster, ClusterPatch, PatchStage } from './constructs/mesh/cluster';
export { ExternalEtcdMesh, ExternalEtcdMeshProps } from './constructs/mesh/external-etcd-mesh';
export { MeshNamespace, MeshNamespaceProps, MeshNamespaceSettings } from './constructs/mesh/mesh-namespace';
export * from './model/cluster-settings';
export { Fault } from './diagnostics/fault';
export { MeshError } from './mesh-error';

export { Workload } from './constructs/workload/workload';
export { WorkloadProps } from './constructs/workload/workload-props';
export { GlobalService } from './constructs/service/global-service';
export { GlobalServiceProps, ServiceType, SessionAffinity } from './constructs/service/global-service-props';
export { ExistingServiceProps, ExistingServiceSettings } from './constructs/service/existing-services';
export { GlobalServiceSettings } from './constructs/service/global-service-settings';
export { ServicePort } from './constructs/service/service-port';
export {
  ServiceReference,
  ServiceReferenceProps,
  ServiceReferenceSettings,
} from './constructs/service/service-reference';
export {
  Affinity,
  AnnotationKeys,
  ExposedType,
  ForwardingMode,
  GlobalServiceFlavor,
  LoadBalancingAlgorithm,
  ProxyDelegation,
  SourceRangesPolicy,
} from './constructs/service/annotations';

export { LabelExpression, Selector, SelectorProps } from './constructs/policy/selector';
export { Port, Protocol } from './constructs/policy/port';
export { CidrOptions, Entity, IPeer, NodeOptions, Peer } from './constructs/policy/peer';
export { CidrGroup, CidrGroupProps } from './constructs/policy/cidr-group';
export { DnsRule, HttpHeaderMatch, HttpRule } from './constructs/policy/l7';
export {
  AllowOptions,
  ConnectionOptions,
  Connections,
  IConnectable,
  InboundConnections,
} from './constructs/policy/connections';
export { AuthenticationMode, CrossClusterPolicyProps } from './constructs/policy/cross-cluster-props';
export { CrossClusterAllow, CrossClusterAllowProps } from './constructs/policy/cross-cluster-allow';
export { CrossClusterDeny, CrossClusterDenyProps } from './constructs/policy/cross-cluster-deny';
export { DefaultDenyPolicy } from './constructs/policy/default-deny-policy';
export { DefaultDenyPolicyProps, DenyDirection, DnsAccess } from './constructs/policy/default-deny-props';

export { ArgoCdApplicationSet, ArgoCdApplicationSetProps } from './constructs/gitops/argo-cd-application-set';
export { FluxKustomizations, FluxKustomizationsProps } from './constructs/gitops/flux-kustomizations';

export { RebelBaseApp, RebelBaseAppProps, RebelBaseAppSettings } from './constructs/apps/rebel-base-app';

export { Connectivity } from './connectivity/connectivity';
export {
  ConnectivityOptions,
  Finding,
  FindingSeverity,
  FlowAnswer,
  FlowQuestion,
  UnmetExpectation,
  Verdict,
} from './connectivity/connectivity-types';

export { CiliumMeshValidation } from './validation';
