/**
 * What a snapshot keeps of an object: the fields that the evaluator reads, by name. Everything else is left out, also
 * fields that future versions of Kubernetes add: environment variables, arguments, volumes, annotations of other
 * programs, managed fields, status.
 */

/** Annotations of Cilium and of this program, also with typing errors in the name, which `check` reports. */
const OWN_ANNOTATION = /^[^/]*c[iy]l{1,2}i?um[^/]*\//;

/** Metadata of Kubernetes' own controllers that is different for each object of a workload, and says nothing. */
export const INSTANCE_LABELS: readonly string[] = [
  'pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
  'controller-uid',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-completion-index',
  'apps.kubernetes.io/pod-index',
  'statefulset.kubernetes.io/pod-name',
];

/** A keeper of fields by kind; the other kinds keep their whole spec. */
const SPECS: { readonly [kind: string]: (object: any) => object } = {
  Namespace: () => ({}),
  Node: ({ spec, status }) => ({
    spec: pick(spec, 'podCIDR', 'podCIDRs'),
    status: { addresses: list(status?.addresses).map(each => pick(each, 'type', 'address')) },
  }),
  Pod: ({ spec, status }) => ({ spec: podSpec(spec), status: pick(status, 'phase') }),
  Deployment: object => workload(object),
  StatefulSet: object => workload(object, 'ordinals'),
  DaemonSet: object => workload(object),
  ReplicaSet: object => workload(object),
  ReplicationController: object => workload(object),
  Job: object => ({ spec: jobSpec(object.spec, isFinished(object)) }),
  CronJob: ({ spec }) => ({
    spec: { ...pick(spec, 'suspend'), jobTemplate: { spec: jobSpec(spec?.jobTemplate?.spec, false) } },
  }),
  Service: ({ spec }) => ({
    spec: {
      ...pick(spec, 'type', 'clusterIP', 'clusterIPs', 'externalIPs', 'externalName', 'selector'),
      ...pick(spec, 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy', 'externalTrafficPolicy'),
      ...pick(spec, 'loadBalancerSourceRanges', 'allocateLoadBalancerNodePorts'),
      ...pick(spec, 'publishNotReadyAddresses', 'sessionAffinity', 'sessionAffinityConfig'),
      ...listOf(spec, 'ports', each => pick(each, 'name', 'protocol', 'port', 'targetPort', 'nodePort', 'appProtocol')),
    },
  }),
  EndpointSlice: ({ addressType, endpoints, ports }) => ({
    addressType,
    endpoints: list(endpoints).map(each => ({
      ...pick(each, 'addresses'),
      ...(each?.conditions ? { conditions: pick(each.conditions, 'ready') } : {}),
    })),
    ports: list(ports).map(each => pick(each, 'name', 'protocol', 'port')),
  }),
  Ingress: ({ spec }) => ({
    spec: { ...pick(spec, 'ingressClassName', 'defaultBackend', 'rules') },
  }),
  ServiceCIDR: ({ spec }) => ({ spec: pick(spec, 'cidrs') }),
  GatewayClass: ({ spec }) => ({ spec: pick(spec, 'controllerName') }),
  Gateway: ({ spec }) => ({
    spec: {
      ...pick(spec, 'gatewayClassName', 'addresses'),
      ...listOf(spec, 'listeners', each => pick(each, 'name', 'hostname', 'port', 'protocol', 'allowedRoutes')),
    },
  }),
  HTTPRoute: route,
  GRPCRoute: route,
  TLSRoute: route,
  TCPRoute: route,
  UDPRoute: route,
  ServiceExport: ({ spec }) => ({
    spec: {
      ...pick(spec, 'exportedLabels'),
      ...entries('exportedAnnotations', spec?.exportedAnnotations, isOwnAnnotation),
    },
  }),
  ServiceImport: ({ spec }) => ({ spec: pick(spec, 'type', 'ips', 'ports', 'sessionAffinity') }),
};

/** The kept fields of an object. Lists of an API server have no kinds in their items. */
export function keepFields(object: any, apiVersion: string, kind: string): any {
  const { metadata } = object;
  const keep = Object.prototype.hasOwnProperty.call(SPECS, kind) ? SPECS[kind] : policy;
  return {
    apiVersion,
    kind,
    metadata: {
      name: metadata?.name,
      ...pick(metadata, 'namespace'),
      // the oldest export of several wins
      ...(kind === 'ServiceExport' ? pick(metadata, 'creationTimestamp') : {}),
      ...keepMetadata(metadata),
    },
    ...keep(object),
  };
}

/** The labels and the kept annotations of an object, without the labels of instances. */
export function keepMetadata(metadata: any): { labels?: object; annotations?: object } {
  return {
    ...entries('labels', metadata?.labels, key => !INSTANCE_LABELS.includes(key)),
    ...entries('annotations', metadata?.annotations, isOwnAnnotation),
  };
}

function isOwnAnnotation(key: string): boolean {
  return OWN_ANNOTATION.test(key);
}

/** A policy or CIDR group as a whole. */
function policy(object: any): object {
  return pick(object, 'spec', 'specs');
}

function workload({ spec }: any, ...more: readonly string[]): object {
  return { spec: { ...pick(spec, 'replicas', 'selector', ...more), ...template(spec) } };
}

/** A finished Job has no running pods. The API server writes the UID of a Job into its selector. */
function jobSpec(spec: any, finished: boolean): object {
  return {
    ...pick(spec, 'suspend', 'parallelism', 'manualSelector'),
    ...(finished ? { parallelism: 0 } : {}),
    ...template(spec),
  };
}

function isFinished({ status }: any): boolean {
  return list(status?.conditions).some(
    each => (each?.type === 'Complete' || each?.type === 'Failed') && each.status === 'True',
  );
}

function template(spec: any): object {
  const pod = spec?.template?.spec;
  return {
    template: {
      metadata: keepMetadata(spec?.template?.metadata),
      spec: { ...podSpec(pod), ...placement(pod) },
    },
  };
}

/** Where the pods of a template may run. Of pods, the DaemonSet controller binds each to its node. */
export function placement(pod: any): object {
  const nodeAffinity = pod?.affinity?.nodeAffinity;
  return { ...pick(pod, 'nodeSelector'), ...(nodeAffinity ? { affinity: { nodeAffinity } } : {}) };
}

/** The fields of a pod's spec that flows depend on. The API server adds the service account `default` to pods only. */
export function podSpec(spec: any): any {
  const account = spec?.serviceAccountName ?? spec?.serviceAccount;
  const sidecars = list(spec?.initContainers).filter(each => each?.restartPolicy === 'Always');
  return {
    ...(typeof account === 'string' && account !== '' && account !== 'default' ? { serviceAccountName: account } : {}),
    ...(spec?.hostNetwork === true ? { hostNetwork: true } : {}),
    // the API server adds ClusterFirst
    ...(typeof spec?.dnsPolicy === 'string' && spec.dnsPolicy !== 'ClusterFirst' ? { dnsPolicy: spec.dnsPolicy } : {}),
    ...(spec?.dnsConfig?.nameservers ? { dnsConfig: { nameservers: spec.dnsConfig.nameservers } } : {}),
    ...(sidecars.length > 0 ? { initContainers: sidecars.map(container) } : {}),
    containers: list(spec?.containers).map(container),
  };
}

function container(value: any): object {
  return {
    ...pick(value, 'name', 'restartPolicy'),
    ...listOf(value, 'ports', port => pick(port, 'name', 'containerPort', 'protocol')),
  };
}

/** Filters may set headers with secrets, and matches may contain them. */
function route({ spec }: any): object {
  return {
    spec: {
      ...pick(spec, 'parentRefs', 'hostnames'),
      ...listOf(spec, 'rules', rule => ({
        ...listOf(rule, 'matches', each => pick(each, 'path', 'method')),
        ...listOf(rule, 'backendRefs', each => pick(each, 'group', 'kind', 'namespace', 'name', 'port', 'weight')),
      })),
    },
  };
}

function pick(value: any, ...keys: readonly string[]): { [key: string]: any } {
  return Object.fromEntries(
    keys.filter(key => value?.[key] !== undefined && value[key] !== null).map(key => [key, value[key]]),
  );
}

function listOf(value: any, key: string, keep: (item: any) => object): object {
  return Array.isArray(value?.[key]) ? { [key]: value[key].map(keep) } : {};
}

function list(value: unknown): any[] {
  return Array.isArray(value) ? value : [];
}

/** The chosen entries of a map by their keys; empty if the map has no such entry. */
function entries(field: string, value: any, isKept: (key: string) => boolean): object {
  const kept = Object.entries(value ?? {}).filter(([key]) => isKept(key));
  return kept.length === 0
    ? {}
    : { [field]: Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1))) };
}
