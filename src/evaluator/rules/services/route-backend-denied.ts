import { Endpoint } from '../../flows/endpoint';
import { formatPort } from '../../flows/flow';
import { namespaceName } from '../../read/cluster';
import { serviceView } from '../../services/backends';
import { formatRoute, isRouteTo, routesOf } from '../../services/routes';
import { serviceFlows } from '../../services/service-flow';
import { formatService } from '../../services/service-name';
import { formatBackend } from '../../services/service-view';
import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';

export const routeBackendDenied: Rule<'route-backend-denied'> = {
  codes: {
    'route-backend-denied': {
      severity: 'warning',
      title: 'Policies deny the requests of an Ingress or a Gateway to its backends',
      documentation:
        "Cilium's Envoy serves Ingresses and Gateways, and connects to the backends with the identity `ingress` " +
        '(Documentation/network/servicemesh/ingress-and-network-policy.rst). ' +
        'The policies of the backends must allow the entity `ingress`: other peers, such as `world` or the namespace ' +
        'of the Gateway, do not match.',
      fix: 'Add an ingress rule with fromEntities: [ingress] to the policy of the backend.',
    },
  },
  check({ mesh }, report) {
    for (const cluster of mesh.clusters) {
      for (const route of routesOf(cluster)) {
        const envoy: Endpoint = { kind: 'entity', entity: 'ingress', cluster: cluster.name };
        const ports = (serviceView(mesh, route.service, cluster.name).service?.ports ?? []).filter(each =>
          isRouteTo(route, route.service, each),
        );
        for (const { port, backends } of serviceFlows(mesh, envoy, route.service, cluster.name, { ports })) {
          const denied = backends.filter(({ verdict }) => verdict === 'denied');
          if (denied.length > 0) {
            const names = [...new Set(denied.map(({ backend }) => formatBackend(backend)))];
            const numbers = [...new Set(denied.map(each => formatPort({ protocol: port.protocol, port: each.port })))];
            report('route-backend-denied', {
              at: inManifest(cluster.name, route.manifest, route.path),
              message:
                `requests of ${formatRoute(route)} to ${formatService(route.service)} reach the pods as entity ` +
                `ingress, and the ingress policies of ${listNames(names)} deny it, so they fail`,
              namespaces: [namespaceName(route.manifest.object), route.service.namespace],
              fix: `allow fromEntities: [ingress] on ${numbers.join(' and ')} in a policy for ${listNames(names)}`,
            });
          }
        }
      }
    }
  },
};
