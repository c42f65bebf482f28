import { CLUSTERWIDE_POLICY_KINDS } from './policy-kinds';

/** Kinds of cluster-scoped objects, of Kubernetes, its Gateway API and Cilium. */
const CLUSTER_SCOPED = new Set([
  ...CLUSTERWIDE_POLICY_KINDS,
  'AdminNetworkPolicy',
  'APIService',
  'BaselineAdminNetworkPolicy',
  'CSIDriver',
  'CSINode',
  'CertificateSigningRequest',
  'CiliumBGPAdvertisement',
  'CiliumBGPClusterConfig',
  'CiliumBGPNodeConfig',
  'CiliumBGPNodeConfigOverride',
  'CiliumBGPPeerConfig',
  'CiliumBGPPeeringPolicy',
  'CiliumClusterwideEnvoyConfig',
  'CiliumEgressGatewayPolicy',
  'CiliumExternalWorkload',
  'CiliumIdentity',
  'CiliumL2AnnouncementPolicy',
  'CiliumLoadBalancerIPPool',
  'CiliumNode',
  'CiliumPodIPPool',
  'CustomResourceDefinition',
  'DeviceClass',
  'FlowSchema',
  'GatewayClass',
  'IPAddress',
  'IngressClass',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'ResourceSlice',
  'RuntimeClass',
  'ServiceCIDR',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
  'VolumeAttributesClass',
]);

/** Whether objects of a kind have no namespace. By custom, kinds that begin with Cluster have none. */
export function isClusterScoped(kind: string): boolean {
  return CLUSTER_SCOPED.has(kind) || /^Cluster[A-Z]/.test(kind);
}

/** Whether an object of Kubernetes or Cilium needs a namespace; unknown, and so false, for objects of others. */
export function isNamespaced({ apiVersion, kind }: { readonly apiVersion?: unknown; readonly kind: string }): boolean {
  const group = String(apiVersion).includes('/') ? String(apiVersion).split('/')[0] : '';
  return (!group.includes('.') || /(^|\.)k8s\.io$|^cilium\.io$/.test(group)) && !isClusterScoped(kind);
}

/** An object with the namespace to which a program applies it, where it has none of its own. */
export function withDefaultNamespace(object: any, namespace: string): any {
  const own = object.metadata.namespace;
  return isClusterScoped(object.kind) || (own !== undefined && own !== null && own !== '')
    ? object
    : { ...object, metadata: { ...object.metadata, namespace } };
}
