import { Fields, pick } from './pick';
import { policyKindOf } from '../../cilium/policy-kinds';
import { workloadKindOf } from '../../cilium/workload-kinds';
import { isMap } from '../../diagnostics/is-map';
import { UNREAD_CORE_KINDS } from '../../evaluator/rules/shared/core-kinds';

/**
 * An object without what no verdict and no finding depends on. Reports are mailed and uploaded, so they contain no more
 * than the evaluator reads.
 *
 * - Policies are whole: the API server and Cilium refuse some for fields that they do not know.
 * - Of workloads it keeps labels, ports, the number of pods and where they run; never images, commands, environments,
 *   volumes.
 * - Of objects that the evaluator does not read it keeps kind, name and namespace: an object proves that its namespace
 *   exists. So it never contains data of Secrets and ConfigMaps. Of kinds that Kubernetes does not have it keeps the
 *   keys.
 * - Values of foreign annotations become empty.
 */
export function redactObject(object: any): unknown {
  if (policyKindOf(object)) {
    return isMap(object.metadata?.annotations)
      ? { ...object, metadata: { ...object.metadata, annotations: redactAnnotations(object.metadata.annotations) } }
      : object;
  }
  const fields = fieldsOf(object);
  const isUnknownCore = object.apiVersion === 'v1' && !fields && !UNREAD_CORE_KINDS.includes(object.kind);
  const kept = Object.entries(object).flatMap(([key, value]): Array<[string, unknown]> =>
    key === 'apiVersion' || key === 'kind'
      ? [[key, value]]
      : key === 'metadata'
        ? [[key, redactMetadata(value)]]
        : fields && Object.hasOwn(fields, key)
          ? [[key, pick(value, fields[key])]]
          : isUnknownCore
            ? [[key, keysOf(value)]]
            : [],
  );
  return Object.fromEntries(kept);
}

/** The keys tell whether the kind is a mistyped one of Kubernetes: see the finding `object-kind-unknown`. */
function keysOf(value: unknown): unknown {
  return isMap(value) ? Object.fromEntries(Object.keys(value).map(key => [key, ''])) : '';
}

const METADATA: Fields = {
  name: true,
  namespace: true,
  labels: true,
  annotations: true,
  creationTimestamp: true,
  deletionTimestamp: true,
  ownerReferences: [{ apiVersion: true, kind: true, name: true, controller: true }],
};

function redactMetadata(metadata: unknown): unknown {
  const kept = pick(metadata, METADATA) as { readonly [key: string]: unknown };
  return isMap(kept) && isMap(kept.annotations)
    ? { ...kept, annotations: redactAnnotations(kept.annotations) }
    : kept;
}

/** Annotations that are read, though they are not Cilium's or this program's. */
const READ_ANNOTATIONS = ['kubernetes.io/ingress.class', 'policy.networking.k8s.io/channel'];

/** The keys stay: some of them are mistyped keys of Cilium's. */
function redactAnnotations(annotations: { readonly [key: string]: unknown }): unknown {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [
      key,
      typeof value === 'string' && !key.includes('cilium') && !READ_ANNOTATIONS.includes(key) ? '' : value,
    ]),
  );
}

const PORTS: Fields = [{ name: true, containerPort: true, hostPort: true, protocol: true }];

const POD: { readonly [key: string]: Fields } = {
  hostNetwork: true,
  serviceAccountName: true,
  serviceAccount: true,
  nodeName: true,
  dnsPolicy: true,
  dnsConfig: { nameservers: true },
  nodeSelector: true,
  affinity: { nodeAffinity: true },
  containers: [{ name: true, ports: PORTS }],
  initContainers: [{ name: true, ports: PORTS, restartPolicy: true }],
};

const TEMPLATE: Fields = { metadata: { labels: true }, spec: POD };

const CONTROLLER: { readonly [key: string]: Fields } = {
  replicas: true,
  parallelism: true,
  suspend: true,
  selector: true,
  manualSelector: true,
  ordinals: true,
  serviceName: true,
  template: TEMPLATE,
};

const WORKLOAD: { readonly [key: string]: Fields } = {
  spec: { ...POD, ...CONTROLLER, jobTemplate: { spec: CONTROLLER } },
  status: { phase: true },
};

const BACKEND_REFERENCE: Fields = { kind: true, group: true, name: true, namespace: true, port: true, weight: true };

const ROUTE: { readonly [key: string]: Fields } = {
  spec: {
    parentRefs: [{ kind: true, group: true, name: true, namespace: true, sectionName: true, port: true }],
    rules: [{ backendRefs: [BACKEND_REFERENCE] }],
  },
};

const INGRESS_BACKEND: Fields = { service: true };

/** What the evaluator reads of other kinds than workloads and policies. */
const READ_KINDS: { readonly [kind: string]: { readonly [key: string]: Fields } } = {
  Service: { spec: true },
  Endpoints: { subsets: true },
  EndpointSlice: { addressType: true, endpoints: true, ports: true },
  Node: { spec: { podCIDR: true, podCIDRs: true }, status: { addresses: true } },
  ServiceExport: { spec: true },
  ServiceImport: { spec: true },
  Ingress: {
    spec: {
      ingressClassName: true,
      defaultBackend: INGRESS_BACKEND,
      rules: [{ http: { paths: [{ backend: INGRESS_BACKEND }] } }],
    },
  },
  IngressClass: { spec: { controller: true } },
  Gateway: {
    spec: {
      gatewayClassName: true,
      listeners: [{ name: true, port: true, protocol: true, allowedRoutes: true }],
    },
  },
  GatewayClass: { spec: { controllerName: true } },
  HTTPRoute: ROUTE,
  GRPCRoute: ROUTE,
  TLSRoute: ROUTE,
  TCPRoute: ROUTE,
  UDPRoute: ROUTE,
  CiliumLocalRedirectPolicy: { spec: true },
  HelmRelease: { spec: { targetNamespace: true } },
  HelmChart: { spec: { targetNamespace: true } },
};

/** Undefined for kinds that the evaluator does not read. */
function fieldsOf(object: any): { readonly [key: string]: Fields } | undefined {
  const { kind } = object;
  return workloadKindOf(object) ? WORKLOAD : Object.hasOwn(READ_KINDS, kind) ? READ_KINDS[kind] : undefined;
}
