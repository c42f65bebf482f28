import { ServiceReferent } from './explain-service';
import { Referent } from './reference';
import { clusterOf, Endpoint } from '../flows/endpoint';
import { FlowPort } from '../flows/flow';
import { EvaluatedMesh } from '../read/mesh';
import { aliasOf, ServiceAlias } from '../services/service-alias';

/** A referent; for an alias with the ports of its Service. */
export type Target = Referent & {
  readonly ports?: readonly FlowPort[];
  /** The Service of type ExternalName that the reference names. */
  readonly alias?: ServiceAlias;
};

/**
 * What a reference stands for to a client: a Service of type ExternalName is the DNS name that the client queries, or
 * another Service. All other references stand for themselves.
 */
export function withoutAlias(mesh: EvaluatedMesh, source: Endpoint, referent: Referent): Target {
  const alias = referent.kind === 'service' ? aliasFor(mesh, source, referent) : undefined;
  if (referent.kind !== 'service' || !alias) {
    return referent;
  }
  return alias.kind === 'service'
    ? { ...referent, service: alias.service, alias }
    : {
      kind: 'endpoint',
      endpoint: { kind: 'name', name: alias.name },
      ...(alias.ports.length > 0 ? { ports: alias.ports } : {}),
      alias,
    };
}

/** The alias in the cluster of the client. */
function aliasFor(mesh: EvaluatedMesh, source: Endpoint, { service, cluster }: ServiceReferent) {
  const client = cluster ?? clusterOf(source);
  return client === undefined ? undefined : aliasOf(mesh, service, client);
}
