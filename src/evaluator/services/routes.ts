import { ServiceName } from './service-name';
import { Manifest } from '../../manifests/manifest';
import { EvaluatedCluster } from '../read/cluster';
import { list } from '../read/object-fields';
import { ServicePort } from '../read/service';

/**
 * A Service behind an Ingress or a route of the Gateway API that Cilium serves. Cilium's Envoy connects to its backends
 * with the identity `ingress` (Documentation/network/servicemesh/ingress-and-network-policy.rst, v1.20.2).
 */
export interface ServiceRoute {
  readonly service: ServiceName;
  /** The number or name of the port of the Service. */
  readonly port: number | string;
  readonly manifest: Manifest;
  /** The path of the backend in the manifest. */
  readonly path: string;
}

/** The routes to Services of a cluster. They are read once. */
export function routesOf(cluster: EvaluatedCluster): readonly ServiceRoute[] {
  let routes = ROUTES.get(cluster);
  if (!routes) {
    const { manifests } = cluster.input;
    routes = [...ingressRoutes(cluster, manifests), ...gatewayRoutes(cluster, manifests)];
    ROUTES.set(cluster, routes);
  }
  return routes;
}

/** Whether a route leads to a port of a Service. */
export function isRouteTo({ service, port }: ServiceRoute, name: ServiceName, to: ServicePort): boolean {
  return (
    service.namespace === name.namespace &&
    service.name === name.name &&
    service.clusterset === name.clusterset &&
    (port === to.port || port === to.name)
  );
}

/** `Ingress default/web`. */
export function formatRoute({ manifest: { object } }: ServiceRoute): string {
  return `${object.kind} ${object.metadata.namespace ?? 'default'}/${object.metadata.name}`;
}

const ROUTES = new WeakMap<EvaluatedCluster, readonly ServiceRoute[]>();

function ofGroup(manifests: readonly Manifest[], group: string, kinds: readonly string[]): Manifest[] {
  return manifests.filter(
    ({ object }) => kinds.includes(object.kind) && String(object.apiVersion).startsWith(`${group}/`),
  );
}

/** Ingresses of the class `cilium` or of a class of its controller, and those without one if it is the default. */
function ingressRoutes({ settings }: EvaluatedCluster, manifests: readonly Manifest[]): ServiceRoute[] {
  const classes = new Set([
    'cilium',
    ...ofGroup(manifests, 'networking.k8s.io', ['IngressClass'])
      .filter(({ object }) => object.spec?.controller === 'cilium.io/ingress-controller')
      .map(({ object }) => object.metadata.name as string),
  ]);
  return ofGroup(manifests, 'networking.k8s.io', ['Ingress']).flatMap(manifest => {
    const { metadata, spec } = manifest.object;
    const written = metadata.annotations?.['kubernetes.io/ingress.class'] ?? spec?.ingressClassName;
    if (written === undefined ? !settings.defaultIngress : !classes.has(written)) {
      return [];
    }
    const namespace: string = metadata.namespace ?? 'default';
    const backends = [
      { backend: spec?.defaultBackend, path: 'spec.defaultBackend' },
      ...list(spec?.rules).flatMap((rule, at) =>
        list(rule?.http?.paths).map((each, which) => ({
          backend: each?.backend,
          path: `spec.rules[${at}].http.paths[${which}].backend`,
        })),
      ),
    ];
    return backends.flatMap(({ backend, path }) => {
      const name = backend?.service?.name;
      const port = backend?.service?.port?.number ?? backend?.service?.port?.name;
      return typeof name === 'string' && port !== undefined
        ? [{ service: { namespace, name, clusterset: false }, port, manifest, path }]
        : [];
    });
  });
}

/** Routes that Envoy serves. Cilium balances those of TCP and UDP without it. */
const ROUTE_KINDS = ['HTTPRoute', 'GRPCRoute', 'TLSRoute'];

const GATEWAYS = 'gateway.networking.k8s.io';

function gatewayRoutes(cluster: EvaluatedCluster, manifests: readonly Manifest[]): ServiceRoute[] {
  const classes = new Set([
    'cilium',
    ...ofGroup(manifests, GATEWAYS, ['GatewayClass'])
      .filter(({ object }) => object.spec?.controllerName === 'io.cilium/gateway-controller')
      .map(({ object }) => object.metadata.name as string),
  ]);
  const gateways = ofGroup(manifests, GATEWAYS, ['Gateway']).filter(({ object }) =>
    classes.has(object.spec?.gatewayClassName),
  );
  return ofGroup(manifests, GATEWAYS, ROUTE_KINDS).flatMap(manifest => {
    const { metadata, spec } = manifest.object;
    const namespace: string = metadata.namespace ?? 'default';
    const isAttached = list(spec?.parentRefs).some(
      parent =>
        (parent?.kind ?? 'Gateway') === 'Gateway' &&
        gateways.some(
          ({ object }) =>
            object.metadata.name === parent?.name &&
            (object.metadata.namespace ?? 'default') === (parent?.namespace ?? namespace) &&
            list(object.spec?.listeners).some(listener => admits(cluster, object, listener, parent, namespace)),
        ),
    );
    return !isAttached ? [] : list(spec?.rules).flatMap((rule, at) => backendsOf(rule, at, namespace, manifest));
  });
}

/** Whether a listener takes routes of a namespace; by default only those of its Gateway's. */
function admits(cluster: EvaluatedCluster, gateway: any, listener: any, parent: any, namespace: string): boolean {
  const { from = 'Same', selector } = listener?.allowedRoutes?.namespaces ?? {};
  const labels = cluster.namespaces.get(namespace)?.labels ?? {};
  return (
    (parent?.sectionName === undefined || parent.sectionName === listener?.name) &&
    (parent?.port === undefined || parent.port === listener?.port) &&
    (from === 'Same'
      ? (gateway.metadata.namespace ?? 'default') === namespace
      : from === 'All' ||
        (from === 'Selector' &&
          Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value)))
  );
}

function backendsOf(rule: any, at: number, namespace: string, manifest: Manifest): ServiceRoute[] {
  return list(rule?.backendRefs).flatMap((reference, which) => {
    const kind = reference?.kind ?? 'Service';
    return typeof reference?.name === 'string' &&
      Number.isInteger(reference.port) &&
      reference.weight !== 0 &&
      (kind === 'Service' || kind === 'ServiceImport')
      ? [
        {
          service: {
            namespace: reference.namespace ?? namespace,
            name: reference.name,
            clusterset: kind === 'ServiceImport',
          },
          port: reference.port,
          manifest,
          path: `spec.rules[${at}].backendRefs[${which}]`,
        },
      ]
      : [];
  });
}
