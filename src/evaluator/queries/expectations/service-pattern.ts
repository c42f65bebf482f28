import { isProblem } from '../../../diagnostics/problem';
import { EvaluatedMesh } from '../../read/mesh';
import { aliasOf, ServiceAlias } from '../../services/service-alias';
import { ServiceName, serviceNames } from '../../services/service-name';
import { matchesGlob } from '../glob';
import { resolveReference } from '../reference';

/** A service that an entry names, and the cluster of its clients; undefined for the client's own. */
export interface NamedService {
  readonly service: ServiceName;
  readonly cluster?: string;
}

/** Whether a destination is a service instead of endpoints. */
export function isService(text: string): boolean {
  return text.startsWith('svc/');
}

/** Whether a destination is a pattern of services, such as `svc/shop/*`. */
export function isServicePattern(text: string): boolean {
  return isService(text) && text.includes('*');
}

/** Whether a destination is every service, those to come included. */
export function isEveryService(text: string): boolean {
  return /^svc\/\*\/\*(@|$)/.test(text);
}

/** The services that a destination names; none if it names an unknown one. */
export function servicesOf(mesh: EvaluatedMesh, text: string): readonly NamedService[] {
  if (!isServicePattern(text)) {
    const referent = resolveReference(mesh, text);
    return isProblem(referent) || referent.kind !== 'service' ? [] : [referent];
  }
  const [path, cluster] = text.slice('svc/'.length).split('@');
  const [name, namespace = 'default'] = path.split('/').reverse();
  const services = serviceNames(mesh).filter(
    each => matchesGlob(namespace, each.namespace) && matchesGlob(name, each.name),
  );
  const clusters =
    cluster === undefined
      ? [undefined]
      : mesh.clusters.map(each => each.name).filter(each => matchesGlob(cluster, each));
  return services.flatMap(service =>
    clusters.map(each => (each === undefined ? { service } : { service, cluster: each })),
  );
}

/** The patterns of the DNS names that services of entries are aliases of, and the source ranges of load balancers. */
export function servicePatterns(mesh: EvaluatedMesh, texts: readonly string[]) {
  const named = texts.filter(isService).flatMap(text => servicesOf(mesh, text));
  const aliases = named.flatMap(({ service, cluster }) =>
    (cluster === undefined ? mesh.clusters.map(({ name }) => name) : [cluster]).flatMap(
      each => aliasOf(mesh, service, each) ?? [],
    ),
  );
  const keys = new Set(named.map(({ service }) => `${service.namespace}/${service.name}`));
  return {
    patterns: aliases.flatMap(alias => (alias.kind === 'name' ? [aliasPattern(alias)] : [])),
    blocks: mesh.clusters
      .flatMap(({ services }) => services.filter(({ namespace, name }) => keys.has(`${namespace}/${name}`)))
      .flatMap(({ sourceRanges }) => sourceRanges),
  };
}

/** The pattern of the DNS name that clients of an alias query. */
export function aliasPattern({ name }: Extract<ServiceAlias, { kind: 'name' }>): string {
  return `fqdn:${name}`;
}
