import { namedNodes, nodesOfEntity } from './node-pattern';
import { Referent, resolveReference } from './reference';
import { ReferenceProblem } from './reference-problem';
import { selectWorkloads } from './workload-pattern';
import { Cidr } from '../../cilium/cidr';
import { isProblem } from '../../diagnostics/problem';
import { formatValue, shorten } from '../../diagnostics/texts';
import { Endpoint } from '../flows/endpoint';
import { EvaluatedMesh } from '../read/mesh';
import { Workload } from '../read/workload';
import { serviceView } from '../services/backends';
import { aliasOf } from '../services/service-alias';
import { formatService, ServiceName } from '../services/service-name';

/** Endpoints that a command is asked about, before the classes of a mesh are known. */
export type EndpointPattern =
  | { readonly kind: 'workloads'; readonly workloads: readonly Workload[] }
  | { readonly kind: 'single'; readonly endpoints: readonly Endpoint[] }
  /** All addresses and names outside of the mesh. */
  | { readonly kind: 'world' }
  /** The addresses of a block that are outside of the mesh. */
  | { readonly kind: 'block'; readonly cidr: Cidr }
  /** The names that policies write and that a glob matches. */
  | { readonly kind: 'names'; readonly glob: string };

/** Parses a pattern: a reference as `explain` takes it, a pattern of workloads, or `world` with blocks and globs. */
export function parseEndpointPattern(mesh: EvaluatedMesh, text: string): EndpointPattern | ReferenceProblem {
  if (text === 'world' || text === 'world:') {
    return { kind: 'world' };
  }
  if (/^world:.*\//.test(text)) {
    const cidr = Cidr.parse(text.slice('world:'.length));
    return typeof cidr === 'string'
      ? { problem: `${formatValue(text)}: the CIDR ${cidr}`, fix: 'write world:192.0.2.0/24 or world:2001:db8::/32' }
      : { kind: 'block', cidr };
  }
  if (/^fqdn:.*\*/.test(text)) {
    return { kind: 'names', glob: text.slice('fqdn:'.length).toLowerCase() };
  }
  if (text.startsWith('node:')) {
    return namedNodes(mesh, text);
  }
  const nodes = nodesOfEntity(mesh, text);
  if (nodes) {
    return { kind: 'single', endpoints: nodes };
  }
  if (/^(world|fqdn|entity):|^svc\//.test(text)) {
    const referent = resolveReference(mesh, text);
    return isProblem(referent) ? referent : patternOf(mesh, referent);
  }
  const workloads = selectWorkloads(mesh, text);
  return isProblem(workloads) ? workloads : { kind: 'workloads', workloads: workloads as readonly Workload[] };
}

function patternOf(mesh: EvaluatedMesh, referent: Referent): EndpointPattern | ReferenceProblem {
  if (referent.kind === 'service') {
    return backendsOf(mesh, referent.service, referent.cluster);
  }
  const { endpoint } = referent;
  if (endpoint.kind === 'workload') {
    return { kind: 'workloads', workloads: [endpoint.workload] };
  }
  return { kind: 'single', endpoints: [endpoint] };
}

/** The backends of a service, as the clients in one cluster or in all of them reach it; for an alias its DNS name. */
function backendsOf(
  mesh: EvaluatedMesh,
  service: ServiceName,
  cluster: string | undefined,
): EndpointPattern | ReferenceProblem {
  const clusters = cluster === undefined ? mesh.clusters.map(({ name }) => name) : [cluster];
  const aliases = clusters.flatMap(each => aliasOf(mesh, service, each) ?? []);
  const names = [...new Set(aliases.flatMap(alias => (alias.kind === 'name' ? [alias.name] : [])))];
  const backends = clusters.flatMap(each => {
    const alias = aliasOf(mesh, service, each);
    return alias?.kind === 'name'
      ? []
      : serviceView(mesh, alias?.kind === 'service' ? alias.service : service, each).backends;
  });
  const workloads = [...new Set(backends.flatMap(({ workload }) => workload ?? []))];
  const address = backends.find(each => each.workload === undefined)?.address;
  if (address !== undefined) {
    return {
      problem: `${formatService(service)} has the backend ${shorten(address)}, whose workload is unknown`,
      fix: `ask for world:${shorten(address)} if it is outside of the mesh, else for its workload`,
    };
  }
  if (names.length > 0 && workloads.length > 0) {
    return {
      problem: `${formatService(service)} is a DNS name in some clusters, and has backends in others`,
      fix: `write ${formatService(service)}@CLUSTER`,
    };
  }
  return names.length > 0
    ? { kind: 'single', endpoints: names.map(name => ({ kind: 'name', name })) }
    : workloads.length > 0
      ? { kind: 'workloads', workloads }
      : {
        problem: `${formatService(service)} has no backends${cluster === undefined ? '' : ` in ${shorten(cluster)}`}`,
        fix: `run cilium-mesh backends ${formatService(service)} for the reasons`,
      };
}
