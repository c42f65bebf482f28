/** Two clusters as API servers store them, with all that a snapshot must leave out. */

/** Texts that no file of a snapshot may contain. */
export const SECRET_TEXTS = [
  'hunter2',
  'tls-key',
  'token-of-eve',
  'vault-path',
  'last-applied',
  'uid-1',
  'docker-auth',
];

const metadata = (name: string, more: object = {}) => ({
  name,
  namespace: 'shop',
  uid: 'uid-1',
  resourceVersion: '42',
  creationTimestamp: '2026-01-01T00:00:00Z',
  managedFields: [{ manager: 'kubectl' }],
  ...more,
});

const controlledBy = (apiVersion: string, kind: string, name: string) => ({
  ownerReferences: [{ apiVersion, kind, name, uid: 'uid-1', controller: true }],
});

const container = (name: string, ...ports: object[]) => ({
  name,
  image: `registry.example/${name}:1`,
  args: ['--token=token-of-eve'],
  command: ['sh', '-c', 'echo hunter2'],
  env: [{ name: 'PASSWORD', value: 'hunter2' }],
  volumeMounts: [{ name: 'keys', mountPath: '/vault-path' }],
  ...(ports.length > 0 ? { ports } : {}),
});

const podSpec = (serviceAccountName: string, ...containers: object[]) => ({
  serviceAccountName,
  containers,
  volumes: [{ name: 'keys', secret: { secretName: 'tls-key' } }],
  imagePullSecrets: [{ name: 'docker-auth' }],
  nodeName: 'node-1',
});

const http = { name: 'http', containerPort: 8080, protocol: 'TCP' };
const APPLIED = { 'kubectl.kubernetes.io/last-applied-configuration': '{"last-applied":"hunter2"}' };

function pod(name: string, owner: object, labels: object, spec: object, phase: string = 'Running'): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata(name, { ...owner, labels, annotations: { 'vault.example/path': 'vault-path' } }),
    spec,
    status: { phase, podIP: '10.1.0.7', containerStatuses: [{ name: 'web' }] },
  };
}

function workload(apiVersion: string, kind: string, name: string, spec: object, more: object = {}): object {
  const status = { replicas: 2 };
  return { apiVersion, kind, metadata: metadata(name, { annotations: APPLIED, ...more }), spec, status };
}

const node = (name: string, address: string, podCIDR: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: 'uid-1', labels: { 'kubernetes.io/hostname': name, 'zone': 'one' } },
  spec: { podCIDR, podCIDRs: [podCIDR], providerID: 'kind://vault-path' },
  status: {
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    nodeInfo: {},
  },
});

const agents = (version: string, ...args: string[]) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: metadata('cilium', { namespace: 'kube-system' }),
  spec: {
    selector: { matchLabels: { 'k8s-app': 'cilium' } },
    template: {
      metadata: { labels: { 'k8s-app': 'cilium' } },
      spec: {
        hostNetwork: true,
        serviceAccountName: 'cilium',
        containers: [{ name: 'cilium-agent', image: `quay.io/cilium/cilium:${version}@sha256:0123`, args }],
      },
    },
  },
});

const config = (data: object) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'cilium-config', namespace: 'kube-system' },
  data,
});

const namespace = (name: string, annotations: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, uid: 'uid-1', labels: { 'kubernetes.io/metadata.name': name, 'team': name }, annotations },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
});

const injected = { name: 'proxy', containerPort: 15001, protocol: 'TCP' };
const { name: _, ...proxyPort } = injected;
const web = (hash: string) => ({ 'app': 'web', 'injected': 'yes', 'pod-template-hash': hash });
const webSpec = podSpec('web', container('web', http), container('proxy', proxyPort));

export const SHOP_A: readonly object[] = [
  config({
    'cluster-name': 'a',
    'cluster-id': '1',
    'enable-ipv4': 'true',
    'enable-ipv6': 'false',
    'ipam': 'cluster-pool',
    'cluster-pool-ipv4-cidr': '10.1.0.0/16',
    'policy-default-local-cluster': 'false',
    'kube-proxy-replacement': 'true',
    'enable-policy': 'default',
    'bpf-map-dynamic-size-ratio': '0.0025',
  }),
  agents('v1.20.2', '--config-dir=/etc/cilium/config-map', '--enable-icmp-rules=false'),
  namespace('shop', { 'clustermesh.cilium.io/global': 'true', 'field.example/token': 'token-of-eve' }),
  node('node-1', '172.18.0.2', '10.244.0.0/24'),
  node('node-2', '172.18.0.3', '10.244.1.0/24'),
  workload('apps/v1', 'Deployment', 'web', {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' }, annotations: { 'checksum/config': 'hunter2' } },
      spec: podSpec('web', container('web', http)),
    },
  }),
  workload(
    'apps/v1',
    'ReplicaSet',
    'web-2',
    { replicas: 2, selector: {}, template: { metadata: { labels: web('2') }, spec: podSpec('web') } },
    controlledBy('apps/v1', 'Deployment', 'web'),
  ),
  workload(
    'apps/v1',
    'ReplicaSet',
    'web-1',
    { replicas: 1, selector: {}, template: { metadata: { labels: web('1') }, spec: podSpec('web') } },
    controlledBy('apps/v1', 'Deployment', 'web'),
  ),
  pod('web-2-x', controlledBy('apps/v1', 'ReplicaSet', 'web-2'), web('2'), webSpec),
  pod('web-2-y', controlledBy('apps/v1', 'ReplicaSet', 'web-2'), web('2'), webSpec),
  pod('web-1-old', controlledBy('apps/v1', 'ReplicaSet', 'web-1'), { ...web('1'), version: 'old' }, webSpec),
  pod('web-0-gone', controlledBy('apps/v1', 'ReplicaSet', 'web-1'), { app: 'web' }, webSpec, 'Failed'),
  // a controller that Kubernetes does not know, by way of a ReplicaSet
  workload(
    'apps/v1',
    'ReplicaSet',
    'checkout-7',
    { replicas: 2, selector: {}, template: { metadata: {}, spec: podSpec('default') } },
    controlledBy('argoproj.io/v1alpha1', 'Rollout', 'checkout'),
  ),
  ...['x', 'y'].map(each =>
    pod(
      `checkout-7-${each}`,
      controlledBy('apps/v1', 'ReplicaSet', 'checkout-7'),
      { 'app': 'checkout', 'pod-template-hash': '7' },
      podSpec('default', container('checkout')),
    ),
  ),
  // pods with labels of their own
  ...['0', '1'].map(each =>
    pod(
      `kafka-${each}`,
      controlledBy('kafka.example/v1', 'Kafka', 'kafka'),
      { 'app': 'kafka', 'kafka.example/broker': each },
      podSpec('kafka', container('kafka', { containerPort: 9092, protocol: 'TCP' })),
    ),
  ),
  workload('batch/v1', 'CronJob', 'report', {
    schedule: '0 * * * *',
    suspend: false,
    jobTemplate: {
      spec: { template: { metadata: { labels: { app: 'report' } }, spec: podSpec('report', container('report')) } },
    },
  }),
  workload(
    'batch/v1',
    'Job',
    'report-29',
    {
      parallelism: 1,
      selector: { matchLabels: { 'controller-uid': 'uid-1' } },
      template: { metadata: { labels: { 'app': 'report', 'job-name': 'report-29' } }, spec: podSpec('report') },
    },
    controlledBy('batch/v1', 'CronJob', 'report'),
  ),
  pod(
    'report-29-x',
    controlledBy('batch/v1', 'Job', 'report-29'),
    { 'app': 'report', 'job-name': 'report-29', 'controller-uid': 'uid-1' },
    podSpec('report', container('report')),
  ),
  pod('toolbox', {}, { run: 'toolbox' }, podSpec('default', container('toolbox'))),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata('web', {
      labels: { app: 'web' },
      annotations: { 'service.cilium.io/global': 'true', 'example.com/owner': 'token-of-eve', ...APPLIED },
    }),
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.10',
      clusterIPs: ['10.96.0.10'],
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }],
      sessionAffinity: 'None',
    },
    status: { loadBalancer: {} },
  },
  {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: metadata('web', { annotations: APPLIED }),
    spec: {
      endpointSelector: { matchLabels: { app: 'web' } },
      ingress: [
        {
          fromEndpoints: [{ matchLabels: { 'app': 'api', 'io.cilium.k8s.policy.cluster': 'b' } }],
          toPorts: [{ ports: [{ port: '8080', protocol: 'TCP' }] }],
        },
      ],
    },
    status: { conditions: [{ type: 'Valid' }] },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: metadata('web'),
    spec: {
      parentRefs: [{ name: 'public' }],
      hostnames: ['shop.example'],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' }, headers: [{ name: 'x-api-key', value: 'hunter2' }] }],
          filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ value: 'token-of-eve' }] } }],
          backendRefs: [{ name: 'web', port: 80 }],
        },
      ],
    },
  },
];

export const SHOP_B: readonly object[] = [
  config({
    'cluster-name': 'b',
    'cluster-id': '2',
    'enable-ipv4': 'true',
    'enable-ipv6': 'false',
    'ipam': 'kubernetes',
    'policy-default-local-cluster': 'false',
  }),
  agents('v1.20.2'),
  namespace('shop'),
  node('node-1', '172.19.0.2', '10.2.0.0/24'),
  node('node-2', '172.19.0.3', '10.2.1.0/24'),
  workload('apps/v1', 'Deployment', 'api', {
    replicas: 1,
    selector: { matchLabels: { app: 'api' } },
    template: { metadata: { labels: { app: 'api' } }, spec: podSpec('default', container('api', http)) },
  }),
  pod('api-x', {}, { run: 'debug' }, podSpec('default', container('api'))),
  // it may not reach web: only the other half of the flow is allowed
  {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: metadata('api'),
    spec: {
      endpointSelector: { matchLabels: { app: 'api' } },
      egress: [{ toEndpoints: [{ matchLabels: { run: 'debug' } }] }],
    },
  },
];
