/**
 * Services of type ExternalName: aliases in DNS.
 *
 * DNS answers a query for `api.shop.svc.cluster.local` with a CNAME record. If it names another Service, clients
 * connect to the addresses of that one. If it names something outside of the mesh, policies see the name that the pods
 * query: Cilium keeps the addresses of an answer by the name of the query, and ignores its CNAME records
 * (NotifyOnDNSMsg, pkg/fqdn, v1.20.2; cilium/cilium#30588). So `toFQDNs` must name the Service, not what it is an alias
 * of.
 */
import { formatService, ServiceName } from './service-name';
import { serviceIn } from './service-view';
import { isAddress } from '../../cilium/ip-address';
import { EvaluatedMesh } from '../read/mesh';
import { ServicePort } from '../read/service';

/** What clients of a cluster reach by the name of a Service of type ExternalName. */
export type ServiceAlias =
  | {
    readonly kind: 'name';
    /** The name that pods query. */
    readonly name: string;
    /** The name in the CNAME record. */
    readonly target: string;
    /** The ports of the Service, if it names some. */
    readonly ports: readonly ServicePort[];
  }
  | { readonly kind: 'service'; readonly service: ServiceName };

/** Undefined for other Services, and for those whose name DNS does not resolve. */
export function aliasOf(mesh: EvaluatedMesh, name: ServiceName, cluster: string): ServiceAlias | undefined {
  const seen = new Set<string>();
  for (let next = name; !seen.has(formatService(next)); ) {
    seen.add(formatService(next));
    const service = next.clusterset ? undefined : serviceIn(mesh, next.namespace, next.name, cluster);
    if (!service?.externalName) {
      return next === name ? undefined : { kind: 'service', service: next };
    }
    const target: unknown = service.manifest.object.spec?.externalName;
    const other = typeof target === 'string' ? IN_CLUSTER.exec(target) : null;
    if (other) {
      next = { namespace: other[2], name: other[1], clusterset: other[3].startsWith('clusterset') };
    } else {
      // CoreDNS resolves no names that look like addresses
      return typeof target === 'string' && DNS_NAME.test(target) && !isAddress(target)
        ? { kind: 'name', name: `${name.name}.${name.namespace}.svc.cluster.local`, target, ports: service.ports }
        : undefined;
    }
  }
  return undefined;
}

/** The reference of what a Service is an alias of. */
export function formatAlias(alias: ServiceAlias): string {
  return alias.kind === 'service' ? formatService(alias.service) : `fqdn:${alias.target.replace(/\.$/, '')}`;
}

const DNS_NAME = /^([-a-z0-9_]+\.)+[-a-z0-9_]+\.?$/i;

/** The DNS name of a Service. */
const IN_CLUSTER = /^([^.]+)\.([^.]+)\.svc\.(cluster\.local|clusterset\.local)\.?$/;
