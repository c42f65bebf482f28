import { ServiceReferent } from './explain-service';
import { Referent } from './reference';
import { Endpoint } from '../flows/endpoint';
import { FlowPort } from '../flows/flow';
import { EvaluatedMesh } from '../read/mesh';
import { EvaluatedService } from '../read/service';
import { serviceIn } from '../services/service-view';

/** A referent; for an alias with the ports of its Service. */
export type Target = Referent & { readonly ports?: readonly FlowPort[] };

/**
 * What a reference stands for to a client: a Service of type ExternalName is an alias of a DNS name, which DNS answers
 * with a CNAME record. All other references stand for themselves.
 */
export function withoutAlias(mesh: EvaluatedMesh, source: Endpoint, referent: Referent): Target {
  if (referent.kind !== 'service' || referent.service.clusterset) {
    return referent;
  }
  const service = serviceOf(mesh, source, referent);
  const name = service?.externalName ? service.manifest.object.spec?.externalName : undefined;
  return service && typeof name === 'string' && DNS_NAME.test(name) && !IN_CLUSTER.test(name)
    ? { kind: 'endpoint', endpoint: { kind: 'name', name }, ...(service.ports.length > 0 ? { ports: service.ports } : {}) }
    : referent;
}

/** The Service of the client's cluster. */
function serviceOf(
  mesh: EvaluatedMesh,
  source: Endpoint,
  { service: { namespace, name }, cluster }: ServiceReferent,
): EvaluatedService | undefined {
  const client = cluster ?? (source.kind === 'workload' ? source.workload.cluster : undefined);
  return client === undefined ? undefined : serviceIn(mesh, namespace, name, client);
}

const DNS_NAME = /^([-a-z0-9_]+\.)+[-a-z0-9_]+\.?$/i;

/** Names of Services: the flow is to another Service then. */
const IN_CLUSTER = /\.svc(\.cluster\.local|\.clusterset\.local)?\.?$/;
