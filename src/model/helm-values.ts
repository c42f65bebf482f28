import { Encryption, IpamMode, RoutingMode } from './cluster-settings';
import { apiserverServiceType, ClusterModel, hasFamily, ipamMode, kubernetesApi, mergeValues, routingMode } from './mesh-model';

/** Helm values as data. */
export type Values = { [key: string]: any };

/**
 * The Helm values of a cluster: what the mesh sets, and the user's further values on top.
 *
 * Keys are those of the chart of the cluster's version. Nothing is written for what is left at the chart's default.
 */
export function helmValues(cluster: ClusterModel): Values {
  return mergeValues(meshValues(cluster), cluster.helmValues);
}

/** The values that the mesh sets itself. */
export function meshValues(cluster: ClusterModel): Values {
  return cluster.version.traits.clusterMeshApiserver ? currentValues(cluster) : legacyValues(cluster);
}

/** Paths of the values that the mesh sets or could set, with the property that sets each, for charts of 1.14 and later. */
export const OWNED_VALUES: ReadonlyMap<string, string> = new Map([
  ['cluster.name', 'name'],
  ['cluster.id', 'id'],
  ['ipam.mode', 'ipamMode'],
  ['eni.enabled', 'ipamMode'],
  ['azure.enabled', 'ipamMode'],
  ['alibabacloud.enabled', 'ipamMode'],
  ['ipam.operator.clusterPoolIPv4PodCIDRList', 'podCidrs'],
  ['ipam.operator.clusterPoolIPv4PodCIDR', 'podCidrs'],
  ['ipam.operator.clusterPoolIPv4MaskSize', 'clusterPoolIpv4MaskSize'],
  ['ipam.operator.clusterPoolIPv6PodCIDRList', 'podCidrs'],
  ['ipam.operator.clusterPoolIPv6PodCIDR', 'podCidrs'],
  ['ipam.operator.clusterPoolIPv6MaskSize', 'clusterPoolIpv6MaskSize'],
  ['ipv4.enabled', 'podCidrs'],
  ['ipv6.enabled', 'podCidrs'],
  ['routingMode', 'routingMode'],
  ['tunnel', 'routingMode'],
  ['tunnelProtocol', 'tunnelProtocol'],
  ['ipv4NativeRoutingCIDR', 'ipv4NativeRoutingCidr'],
  ['ipv6NativeRoutingCIDR', 'ipv6NativeRoutingCidr'],
  ['autoDirectNodeRoutes', 'autoDirectNodeRoutes'],
  ['encryption.enabled', 'encryption'],
  ['encryption.type', 'encryption'],
  ['kubeProxyReplacement', 'kubeProxyReplacement'],
  ['k8sServiceHost', 'kubernetesApi'],
  ['k8sServicePort', 'kubernetesApi'],
  ['policyEnforcementMode', 'policyEnforcementMode'],
  ['clustermesh.useAPIServer', 'apiserver'],
  ['clustermesh.config.enabled', 'apiserver'],
  ['clustermesh.apiserver.replicas', 'apiserver.replicas'],
  ['clustermesh.apiserver.service.type', 'apiserver.serviceType'],
  ['clustermesh.apiserver.service.nodePort', 'apiserver.nodePort'],
  ['clustermesh.apiserver.service.annotations', 'apiserver.serviceAnnotations'],
  ['clustermesh.maxConnectedClusters', 'maxConnectedClusters'],
  ['clustermesh.policyDefaultLocalCluster', 'policyDefaultLocalCluster'],
  ['clustermesh.defaultGlobalNamespace', 'defaultGlobalNamespace'],
  ['clustermesh.enableEndpointSliceSynchronization', 'endpointSliceSync'],
  ['clustermesh.enableMCSAPISupport', 'mcsApi'],
  ['clustermesh.mcsapi.enabled', 'mcsApi'],
  ['hubble.relay.enabled', 'hubble.relay'],
  ['hubble.relay.service.type', 'hubble.relayNodePort'],
  ['hubble.relay.service.nodePort', 'hubble.relayNodePort'],
  ['hubble.ui.enabled', 'hubble.ui'],
  ['hubble.ui.service.type', 'hubble.uiNodePort'],
  ['hubble.ui.service.nodePort', 'hubble.uiNodePort'],
]);

/** The same for the chart of 1.9. */
export const LEGACY_OWNED_VALUES: ReadonlyMap<string, string> = new Map([
  ...[...OWNED_VALUES].filter(([path]) => /^(cluster|ipam|tunnel|kubeProxyReplacement|k8sService)/.test(path) && path !== 'tunnelProtocol'),
  ['eni', 'ipamMode'],
  ['nativeRoutingCIDR', 'ipv4NativeRoutingCidr'],
]);

/** Keys of the agent's ConfigMap that the mesh sets through the chart, with the property that sets each; `extraConfig` could replace them. */
export const OWNED_CONFIG: ReadonlyMap<string, string> = new Map([
  ['cluster-name', 'name'],
  ['cluster-id', 'id'],
  ['ipam', 'ipamMode'],
  ['cluster-pool-ipv4-cidr', 'podCidrs'],
  ['cluster-pool-ipv4-mask-size', 'clusterPoolIpv4MaskSize'],
  ['cluster-pool-ipv6-cidr', 'podCidrs'],
  ['cluster-pool-ipv6-mask-size', 'clusterPoolIpv6MaskSize'],
  ['enable-ipv4', 'podCidrs'],
  ['enable-ipv6', 'podCidrs'],
  ['routing-mode', 'routingMode'],
  ['tunnel', 'routingMode'],
  ['tunnel-protocol', 'tunnelProtocol'],
  ['ipv4-native-routing-cidr', 'ipv4NativeRoutingCidr'],
  ['ipv6-native-routing-cidr', 'ipv6NativeRoutingCidr'],
  ['auto-direct-node-routes', 'autoDirectNodeRoutes'],
  ['enable-wireguard', 'encryption'],
  ['enable-ipsec', 'encryption'],
  ['kube-proxy-replacement', 'kubeProxyReplacement'],
  ['enable-policy', 'policyEnforcementMode'],
  ['max-connected-clusters', 'maxConnectedClusters'],
  ['policy-default-local-cluster', 'policyDefaultLocalCluster'],
  ['clustermesh-default-global-namespace', 'defaultGlobalNamespace'],
  ['clustermesh-enable-endpoint-sync', 'endpointSliceSync'],
  ['clustermesh-enable-mcs-api', 'mcsApi'],
]);

/** Values of the charts of 1.14 and later. */
function currentValues(cluster: ClusterModel): Values {
  const encryption = cluster.encryption ?? Encryption.NONE;
  return withoutUndefined({
    cluster: { name: cluster.name, id: cluster.id },
    ipv4: hasFamily(cluster, 'IPv4') ? undefined : { enabled: false },
    ipv6: hasFamily(cluster, 'IPv6') ? { enabled: true } : undefined,
    ipam: { mode: ipamMode(cluster), operator: ipamMode(cluster) === IpamMode.CLUSTER_POOL ? poolValues(cluster) : undefined },
    // the chart refuses each of these IPAM modes, or falls back from it, unless its integration is enabled too
    eni: ipamMode(cluster) === IpamMode.ENI ? { enabled: true } : undefined,
    azure: ipamMode(cluster) === IpamMode.AZURE ? { enabled: true } : undefined,
    alibabacloud: ipamMode(cluster) === IpamMode.ALIBABA_CLOUD ? { enabled: true } : undefined,
    routingMode: cluster.routingMode,
    tunnelProtocol: cluster.tunnelProtocol,
    ipv4NativeRoutingCIDR: cluster.ipv4NativeRoutingCidr,
    ipv6NativeRoutingCIDR: cluster.ipv6NativeRoutingCidr,
    autoDirectNodeRoutes: cluster.autoDirectNodeRoutes,
    encryption: encryption === Encryption.NONE ? undefined : { enabled: true, type: encryption },
    kubeProxyReplacement: cluster.kubeProxyReplacement,
    ...kubernetesApiValues(cluster),
    policyEnforcementMode: cluster.policyEnforcementMode,
    clustermesh: clusterMeshValues(cluster),
    hubble: hubbleValues(cluster),
  });
}

function poolValues(cluster: ClusterModel): Values {
  const pool = (family: string) => cluster.pods.filter(cidr => cidr.family === family).map(cidr => cidr.text);
  return {
    clusterPoolIPv4PodCIDRList: hasFamily(cluster, 'IPv4') ? pool('IPv4') : undefined,
    clusterPoolIPv4MaskSize: cluster.clusterPoolIpv4MaskSize,
    clusterPoolIPv6PodCIDRList: hasFamily(cluster, 'IPv6') ? pool('IPv6') : undefined,
    clusterPoolIPv6MaskSize: cluster.clusterPoolIpv6MaskSize,
  };
}

/**
 * As `cilium clustermesh enable` sets it (generateEnableHelmValues, cilium-cli/clustermesh/clustermesh.go, April 2026), from the beginning.
 * A release with the chart's default, certificates made by Helm, could not be changed to this safely: Helm makes the new Job before it
 * deletes its own Secrets, which have the names of those that the Job writes.
 */
const CERTIFICATES = { enabled: true, method: 'cronJob', schedule: '0 0 1 */4 *' };

function clusterMeshValues(cluster: ClusterModel): Values {
  // Without CoreDNS' part nobody resolves <service>.<namespace>.svc.clusterset.local: the chart configures it since 1.19, before it is done by hand
  // (Documentation/network/clustermesh/mcsapi.rst, v1.18.8 to v1.20.2). `helmValues` of a cluster can turn it off: the path is not one of OWNED_VALUES.
  const mcsApi = cluster.version.traits.mcsApiValues ? { mcsapi: { enabled: true, corednsAutoConfigure: { enabled: true } } } : { enableMCSAPISupport: true };
  return {
    useAPIServer: true,
    config: { enabled: true },
    apiserver: {
      replicas: cluster.apiserver?.replicas,
      service: {
        type: apiserverServiceType(cluster),
        nodePort: cluster.apiserver?.nodePort,
        annotations: cluster.apiserver?.serviceAnnotations,
      },
      tls: { auto: CERTIFICATES },
    },
    maxConnectedClusters: cluster.maxConnectedClusters,
    policyDefaultLocalCluster: cluster.policyDefaultLocalCluster,
    defaultGlobalNamespace: cluster.defaultGlobalNamespace,
    enableEndpointSliceSynchronization: cluster.endpointSliceSync,
    ...(cluster.mcsApi ? mcsApi : {}),
  };
}

function hubbleValues(cluster: ClusterModel): Values | undefined {
  const { hubble } = cluster;
  const service = (nodePort: number | undefined) => nodePort === undefined ? undefined : { type: 'NodePort', nodePort };
  return hubble && {
    relay: { enabled: hubble.relay ?? true, service: service(hubble.relayNodePort) },
    ui: hubble.ui ? { enabled: true, service: service(hubble.uiNodePort) } : undefined,
  };
}

/**
 * Values of the charts before routingMode and the clustermesh-apiserver: 1.9, meshed through an etcd of each cluster.
 * Source: "A multi-cluster shared services architecture with Amazon EKS using Cilium ClusterMesh", AWS Containers Blog, 2021.
 */
function legacyValues(cluster: ClusterModel): Values {
  const [pool] = cluster.pods.filter(cidr => cidr.family === 'IPv4');
  return withoutUndefined({
    cluster: { name: cluster.name, id: cluster.id },
    eni: ipamMode(cluster) === IpamMode.ENI,
    tunnel: routingMode(cluster) === RoutingMode.NATIVE ? 'disabled' : cluster.tunnelProtocol ?? 'vxlan',
    nativeRoutingCIDR: cluster.ipv4NativeRoutingCidr,
    ipam: {
      mode: ipamMode(cluster),
      operator: ipamMode(cluster) === IpamMode.CLUSTER_POOL && pool
        ? { clusterPoolIPv4PodCIDR: pool.text, clusterPoolIPv4MaskSize: cluster.clusterPoolIpv4MaskSize ?? 24 }
        : undefined,
    },
    kubeProxyReplacement: cluster.kubeProxyReplacement ? 'strict' : undefined,
    ...kubernetesApiValues(cluster),
  });
}

function kubernetesApiValues(cluster: ClusterModel): Values {
  const api = kubernetesApi(cluster);
  return { k8sServiceHost: api?.host, k8sServicePort: api && (api.port ?? 443) };
}

function withoutUndefined(value: Values): Values {
  return Object.fromEntries(Object.entries(value)
    .filter(([, each]) => each !== undefined && each !== null)
    .map(([key, each]) => [key, typeof each === 'object' && !Array.isArray(each) ? withoutUndefined(each) : each]));
}
