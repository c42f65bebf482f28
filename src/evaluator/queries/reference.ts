import { nearestText } from './nearest-text';
import { ReferenceProblem } from './reference-problem';
import { findService } from './service-reference';
import { Cidr } from '../../cilium/cidr';
import { isAddress } from '../../cilium/ip-address';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { isProblem } from '../../diagnostics/problem';
import { formatList, formatValue, shorten } from '../../diagnostics/texts';
import { Endpoint, ENDPOINT_ENTITIES, formatEndpoint, Placement } from '../flows/endpoint';
import { NodeEndpoint, nodeEndpoints } from '../flows/node-endpoints';
import { EvaluatedMesh } from '../read/mesh';
import { formatWorkload, Workload } from '../read/workload';
import { ServiceName } from '../services/service-name';

/** The target of a reference. */
export type Referent =
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint }
  | { readonly kind: 'service'; readonly service: ServiceName; readonly cluster?: string };

/** The forms of references, for usage texts and errors. */
export const REFERENCE_FORMS: readonly string[] = [
  'name@cluster (namespace default)',
  'namespace/name@cluster',
  'Kind/namespace/name@cluster',
  'world:1.2.3.4',
  'fqdn:example.org',
  'entity:host@cluster',
  'node:name@cluster (another node than that of the pods)',
  'entity:host/name@cluster (their own node)',
  'svc/namespace/name or svc/namespace/name@cluster (TO only)',
];

/** The forms of patterns that select endpoints, for usage texts. */
export const ENDPOINT_FORMS: readonly string[] = [
  'name@cluster, namespace/*, Kind/namespace/name@cluster, @cluster, app=web',
  'world: all addresses and names outside of the mesh',
  'world:192.0.2.1, world:192.0.2.0/24',
  'fqdn:example.org, fqdn:*.example.org for names that policies write',
  'entity:host@cluster, entity:host/name@cluster, node:name@cluster',
  'svc/namespace/name[@cluster] for the backends of a service',
];

/** Resolves a reference of a command. */
export function resolveReference(mesh: EvaluatedMesh, text: string): Referent | ReferenceProblem {
  const special = /^(world|fqdn|entity|node):(.*)$/.exec(text);
  if (special) {
    const [, form, rest] = special;
    return form === 'world'
      ? worldEndpoint(mesh, rest)
      : form === 'fqdn'
        ? nameEndpoint(rest)
        : form === 'entity'
          ? entityEndpoint(mesh, rest)
          : nodeEndpoint(mesh, rest);
  }
  const [path, cluster, ...more] = text.split('@');
  const parts = path.split('/');
  if (more.length > 0 || parts.some(part => part === '') || parts.length > 3) {
    return {
      problem: `${formatValue(text)} is not a valid reference`,
      fix: `write one of ${REFERENCE_FORMS.join(', ')}`,
    };
  }
  if (cluster !== undefined && !mesh.cluster(cluster)) {
    const names = mesh.clusters.map(each => each.name);
    return {
      problem: `${formatValue(text)}: unknown cluster ${formatValue(cluster)}${didYouMean(cluster, names)}`,
      fix: nearestText('clusters', cluster, names),
    };
  }
  return parts[0] === 'svc' && parts.length > 1
    ? serviceReferent(mesh, text, parts.slice(1), cluster)
    : SERVICE_DNS_NAME.test(path) && !mesh.workloads.some(({ name }) => name === path)
      ? serviceReferent(mesh, text, parts, cluster)
      : workloadEndpoint(mesh, text, parts, cluster);
}

/** The DNS name of a Service, with the domain of the cluster or of the Multi-Cluster Services API. */
const SERVICE_DNS_NAME = /^[^./]+\.[^./]+\.svc(\.cluster\.local|\.clusterset\.local)?$/;

function workloadEndpoint(
  mesh: EvaluatedMesh,
  text: string,
  parts: readonly string[],
  cluster: string | undefined,
): Referent | ReferenceProblem {
  const [name, namespace = 'default', kind] = [...parts].reverse();
  const matches = mesh.workloads.filter(
    each =>
      each.name === name &&
      each.namespace === namespace &&
      (kind === undefined || each.kind.toLowerCase() === kind.toLowerCase()) &&
      (cluster === undefined || each.cluster === cluster),
  );
  if (matches.length === 1) {
    return { kind: 'endpoint', endpoint: { kind: 'workload', workload: matches[0] } };
  }
  const formatFull = (workload: Workload) =>
    `${workload.kind}/${workload.namespace}/${workload.name}@${workload.cluster}`;
  if (matches.length > 1) {
    return {
      problem: `${formatValue(text)} selects several workloads`,
      fix: `write one of ${formatList(matches.map(formatFull))}`,
    };
  }
  const elsewhere = mesh.workloads.filter(
    each => each.name === name && (cluster === undefined || each.cluster === cluster),
  );
  const references = mesh.workloads.map(formatWorkload);
  if (references.length === 0) {
    return {
      problem: `unknown workload ${JSON.stringify(text)}: the manifests contain no workloads`,
      fix: 'add the manifests of the applications to the mesh',
    };
  }
  return {
    problem: `unknown workload ${formatValue(text)}${elsewhere.length > 0 ? '' : didYouMean(text, references)}`,
    fix:
      elsewhere.length > 0
        ? `write ${elsewhere
          .slice(0, 3)
          .map(each => shorten(formatWorkload(each)))
          .join(' or ')}`
        : nearestText('workloads', text, references),
  };
}

function serviceReferent(
  mesh: EvaluatedMesh,
  text: string,
  parts: readonly string[],
  cluster: string | undefined,
): Referent | ReferenceProblem {
  const service = findService(mesh, parts.join('/'), text);
  return isProblem(service) ? service : { kind: 'service', service, cluster };
}

function worldEndpoint(mesh: EvaluatedMesh, text: string): Referent | ReferenceProblem {
  if (!isAddress(text)) {
    return { problem: `world:${shorten(text)}: invalid IP address`, fix: 'write world:192.0.2.1 or world:2001:db8::1' };
  }
  const address = Cidr.masked(`${text}/${text.includes(':') ? 128 : 32}`)!;
  for (const { name, input } of mesh.clusters) {
    const inside = ['podCIDRs', 'nodeCIDRs', 'serviceCIDRs']
      .map(field => [field, input.settings[field as 'podCIDRs'] ?? []] as const)
      .find(([, cidrs]) => cidrs.some(each => Cidr.masked(each)?.covers(address)));
    if (inside) {
      return {
        problem: `world:${text} is in ${name}'s ${inside[0]}, so it is not outside of the mesh`,
        fix: 'name the workload, entity:host@cluster or svc/namespace/name instead',
      };
    }
  }
  return { kind: 'endpoint', endpoint: { kind: 'address', address, names: [] } };
}

function nameEndpoint(text: string): Referent | ReferenceProblem {
  return /^([-a-z0-9_]+\.)*[-a-z0-9_]+\.?$/i.test(text)
    ? { kind: 'endpoint', endpoint: { kind: 'name', name: text } }
    : { problem: `fqdn:${shorten(text)}: invalid DNS name`, fix: 'write fqdn:example.org' };
}

function entityEndpoint(mesh: EvaluatedMesh, text: string): Referent | ReferenceProblem {
  const [path, cluster] = text.split('@');
  const [entity, node] = path.split('/');
  if (!(ENDPOINT_ENTITIES as readonly string[]).includes(entity)) {
    return {
      problem: `unknown entity ${formatValue(entity)}${didYouMean(entity, ENDPOINT_ENTITIES)}`,
      fix: `the entities are ${ENDPOINT_ENTITIES.join(', ')}`,
    };
  }
  if (cluster !== undefined && !mesh.cluster(cluster)) {
    const names = mesh.clusters.map(each => each.name);
    return {
      problem: `entity:${shorten(text)}: unknown cluster ${formatValue(cluster)}${didYouMean(cluster, names)}`,
      fix: nearestText('clusters', cluster, names),
    };
  }
  if (node !== undefined) {
    return placedNode(mesh, entity, node, cluster);
  }
  const nodes =
    cluster !== undefined && (entity === 'host' || entity === 'remote-node')
      ? distinctNodes(mesh, cluster, entity === 'host' ? 'same-node' : 'other-node')
      : [];
  return nodes.length > 1
    ? {
      problem: `entity:${shorten(text)} stands for several nodes, which policies distinguish`,
      fix: `write one of ${formatList(nodes)}`,
    }
    : { kind: 'endpoint', endpoint: { kind: 'entity', entity: entity as 'host', cluster } };
}

/** One node of each set that policies distinguish. */
function distinctNodes(mesh: EvaluatedMesh, cluster: string, placement: Placement): string[] {
  return nodeEndpoints([mesh])[0].flatMap(each =>
    each?.node && each.cluster === cluster && each.placement === placement ? [formatPlacedNode(each)] : [],
  );
}

/** `entity:host/worker@paris` as the node of the pods, `entity:remote-node/worker@paris` as another one. */
export function formatPlacedNode({ cluster, node, placement }: NodeEndpoint): string {
  const entity = placement === 'same-node' ? 'host' : 'remote-node';
  return `entity:${entity}${node ? `/${node.name}` : ''}@${cluster}`;
}

function placedNode(
  mesh: EvaluatedMesh,
  entity: string,
  name: string,
  cluster: string | undefined,
): Referent | ReferenceProblem {
  if (entity !== 'host' && entity !== 'remote-node') {
    return {
      problem: `entity:${shorten(entity)} has no nodes`,
      fix: 'write entity:host/node@cluster or entity:remote-node/node@cluster',
    };
  }
  const found = nodeEndpoint(mesh, cluster === undefined ? name : `${name}@${cluster}`);
  return isProblem(found) || found.kind !== 'endpoint' || found.endpoint.kind !== 'node'
    ? found
    : {
      kind: 'endpoint',
      endpoint: { ...found.endpoint, placement: entity === 'host' ? 'same-node' : 'other-node' },
    };
}

/** A node, as that of the pods at the other end and as another one: `entity:host` and `entity:remote-node` are one. */
function nodeEndpoint(mesh: EvaluatedMesh, text: string): Referent | ReferenceProblem {
  const [name, cluster] = text.split('@');
  const all = mesh.clusters.flatMap(({ name: owner, nodes }) =>
    nodes.map((node): Endpoint => ({ kind: 'node', cluster: owner, node })),
  );
  const found = all.filter(
    each => each.kind === 'node' && each.node!.name === name && (cluster === undefined || each.cluster === cluster),
  );
  const references = all.map(formatEndpoint);
  if (found.length === 1) {
    return { kind: 'endpoint', endpoint: found[0] };
  }
  return found.length > 1
    ? {
      problem: `node:${shorten(text)} is in several clusters`,
      fix: `write one of ${formatList(found.map(formatEndpoint))}`,
    }
    : {
      problem: `unknown node ${formatValue(text)}${didYouMean(`node:${text}`, references)}`,
      fix:
          references.length > 0
            ? `the nodes are ${formatList(references)}`
            : 'name the nodes below nodes: of the cluster in mesh.yaml, or write entity:host@cluster',
    };
}
