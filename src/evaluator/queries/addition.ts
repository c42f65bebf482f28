import { Addition, withAdditions } from './added-policies';
import { exactSelector } from './exact-selector';
import { mergePeerClusters } from './merged-additions';
import { AskedFlow, OpenedFlow, openedFlows } from './opened-flows';
import { CLUSTER_LABEL, NAMESPACE_LABEL } from '../../cilium/labels';
import { literalRe2 } from '../../cilium/re2';
import { Direction } from '../engine/entry';
import { dnsServers } from '../flows/dns-servers';
import { Endpoint, isKnownElsewhere } from '../flows/endpoint';
import {
  decideEndpoint,
  EndpointDecision,
  EndpointVerdict,
  FlowDecision,
  FlowPort,
  isAllowed,
  policiesOf,
} from '../flows/flow';
import { learnedNames } from '../flows/learned-names';
import { decideRequest, Request } from '../flows/request';
import { EvaluatedMesh } from '../read/mesh';
import { Workload } from '../read/workload';

/** A flow to open, and why it is dropped. */
export interface DecidedFlow extends AskedFlow {
  readonly decision: FlowDecision;
  /** A request that proxies must let through too. */
  readonly request?: Request;
}

/** What allows a flow. */
export interface FlowAdditions {
  /**
   * One policy for each endpoint that drops the flow by default deny or for an authentication that fails, or denies the
   * request, if a policy can change that.
   */
  readonly additions: readonly Addition[];
  /** The flows that the additions open beside the one that was asked for. */
  readonly alsoOpened: readonly OpenedFlow[];
  /** The directions that the flow or the request is dropped in, whatever CiliumNetworkPolicy is added. */
  readonly impossible: readonly Direction[];
}

/**
 * The smallest additions that allow denied flows: one policy for each endpoint that drops a flow by default deny or for
 * an authentication that fails, or whose proxy denies the request. No addition helps if a rule denies the flow, or if
 * rules conflict.
 *
 * - They select exactly the pods that were asked for, where labels can tell those from all others.
 * - Peers name their cluster and namespace, so an addition means the same with and without
 *   `policy-default-local-cluster`.
 * - Each is tried on the mesh in memory, and what it opens beside the flow is listed.
 * - They have different names unless they are equal, so all of them can be applied.
 */
export function additions(mesh: EvaluatedMesh, flows: readonly DecidedFlow[]): FlowAdditions[] {
  const names = new PolicyNames(mesh);
  return flows.map(flow => additionsOf(mesh, flow, names));
}

/** The policies of `additions`, as few as allow the same, without what else they open. */
export function addedPolicies(mesh: EvaluatedMesh, flows: readonly DecidedFlow[]): Addition[] {
  const names = new PolicyNames(mesh);
  const added = flows.flatMap(flow => helpingAdditions(mesh, flow, names));
  const once = new Map(added.map(each => [`${each.cluster} ${JSON.stringify(each.policy)}`, each]));
  return mergePeerClusters([...once.values()]);
}

function additionsOf(mesh: EvaluatedMesh, flow: DecidedFlow, names: PolicyNames): FlowAdditions {
  const added = helpingAdditions(mesh, flow, names);
  return {
    additions: added,
    alsoOpened: added.length === 0 ? [] : openedFlows(mesh, withAdditions(mesh, added), added, flow),
    impossible: droppingEnds(flow).filter(each => !added.some(({ direction }) => direction === each)),
  };
}

function droppingEnds({ decision, request }: DecidedFlow): Direction[] {
  return (['egress', 'ingress'] as const).filter(
    each => FOR_LACK_OF_RULES.includes(decision[each].verdict) || deniesRequest(decision[each], request),
  );
}

/** The verdicts that one more rule can change. */
const FOR_LACK_OF_RULES: readonly EndpointVerdict[] = ['default-denied', 'auth-required'];

function deniesRequest(decision: EndpointDecision, request: Request | undefined): boolean {
  return request !== undefined && decideRequest(decision, request) === 'denied';
}

function helpingAdditions(mesh: EvaluatedMesh, flow: DecidedFlow, names: PolicyNames): Addition[] {
  const { source, destination, port, decision, request } = flow;
  const candidates = droppingEnds(flow).map(direction => {
    const [self, other] = direction === 'egress' ? [source, destination] : [destination, source];
    const { verdict } = decision[direction];
    const plain = candidatesOf(mesh, self, other, direction, port, verdict === 'redirected' ? request : undefined);
    return verdict === 'auth-required' ? [...plain, ...plain.map(withoutAuthentication)] : plain;
  });
  const helps = ({ self, other, direction }: Candidate, addition: Addition) => {
    const after = decideEndpoint(withAdditions(mesh, [addition]), self, other, direction, port);
    return isAllowed(after.verdict) && !deniesRequest(after, request);
  };
  return candidates.flatMap(choices => {
    const first = choices.find(each => helps(each, names.unnamed(each)));
    return first ? [names.named(first)] : [];
  });
}

/** An addition that has no name yet. */
interface Candidate {
  readonly direction: Direction;
  readonly self: Extract<Endpoint, { kind: 'workload' }>;
  readonly other: Endpoint;
  readonly port: FlowPort;
  readonly endpointSelector: object;
  readonly rules: readonly object[];
}

function specOf({ endpointSelector, direction, rules }: Candidate): object {
  return { endpointSelector, [direction]: rules };
}

/**
 * The policies for pods that drop the flow by default deny, the smallest first; none for nodes, which only host
 * policies select. Names need a DNS rule that lets them pass Cilium's DNS proxy, and may need nothing else.
 */
function candidatesOf(
  mesh: EvaluatedMesh,
  self: Endpoint,
  other: Endpoint,
  direction: Direction,
  port: FlowPort,
  request: Request | undefined,
): Candidate[] {
  if (self.kind !== 'workload' || self.workload.hostNetwork) {
    return [];
  }
  const endpointSelector = exactSelector(mesh, self.workload);
  const rule = { ...peers(mesh, self.workload, other, direction), ...layer4(mesh, self.workload, port, request) };
  const dns = other.kind === 'name' && direction === 'egress' ? dnsRule(mesh, self.workload, other.name) : undefined;
  return [...(dns ? [[dns]] : []), [rule], ...(dns ? [[dns, rule]] : [])].map(rules => ({
    direction,
    self,
    other,
    port,
    endpointSelector,
    rules,
  }));
}

/** The same without authentication: a rule that says nothing of it may get the mode of another rule for its peers. */
function withoutAuthentication({ rules, ...candidate }: Candidate): Candidate {
  return { ...candidate, rules: rules.map(rule => ({ ...rule, authentication: { mode: 'disabled' } })) };
}

/** Lets queries for a name pass the DNS proxy to the DNS server of the cluster; undefined if they pass already. */
function dnsRule(mesh: EvaluatedMesh, self: Workload, name: string): object | undefined {
  const cluster = mesh.cluster(self.cluster)!;
  const policy = policiesOf(mesh, { kind: 'workload', workload: self })?.egress;
  if (!policy || learnedNames(policy, cluster, mesh).has(name)) {
    return undefined;
  }
  const [server] = dnsServers(mesh, cluster).pods.filter(({ workload }) => !workload!.hostNetwork);
  const { matchLabels, ...rest } = server
    ? exactSelector(mesh, server.workload!)
    : { matchLabels: { 'k8s-app': 'kube-dns' } };
  const where = {
    [`k8s:${NAMESPACE_LABEL}`]: server?.workload!.namespace ?? 'kube-system',
    [`k8s:${CLUSTER_LABEL}`]: self.cluster,
  };
  return {
    toEndpoints: [{ matchLabels: { ...matchLabels, ...where }, ...rest }],
    toPorts: [
      {
        ports: [{ port: String(server?.ports[0] ?? 53), protocol: 'ANY' }],
        rules: { dns: [{ matchName: name }] },
      },
    ],
  };
}

/** Without `icmps` rules, only a rule for all protocols allows ICMP. */
function layer4(
  mesh: EvaluatedMesh,
  { cluster }: Workload,
  { protocol, port }: FlowPort,
  request: Request | undefined,
): object {
  if (protocol !== 'ICMP' && protocol !== 'ICMPv6') {
    const rules = request ? { rules: layer7(request) } : {};
    return { toPorts: [{ ports: [{ port: String(port), protocol }], ...rules }] };
  }
  return mesh.cluster(cluster)!.settings.policy.icmpRules
    ? { icmps: [{ fields: [{ family: protocol === 'ICMP' ? 'IPv4' : 'IPv6', type: port }] }] }
    : {};
}

/** The rules that let one request pass a proxy. Paths and hosts are regular expressions. */
function layer7(request: Request): object {
  if (request.kind === 'dns') {
    return { dns: [{ matchName: request.name }] };
  }
  const { method, path, host } = request.http;
  return {
    http: [
      {
        ...(method === undefined ? {} : { method }),
        ...(path === undefined ? {} : { path: literalRe2(path) }),
        ...(host === undefined ? {} : { host: literalRe2(host) }),
      },
    ],
  };
}

function peers(mesh: EvaluatedMesh, self: Workload, other: Endpoint, direction: Direction): object {
  const prefix = direction === 'egress' ? 'to' : 'from';
  switch (other.kind) {
    case 'workload': {
      const { workload } = other;
      if (workload.hostNetwork) {
        return { [`${prefix}Entities`]: ['host', 'remote-node'] };
      }
      // other clusters do not know the labels of pods in a namespace that is not global (`peerOf`)
      if (workload.cluster !== self.cluster && !isKnownElsewhere(workload, mesh)) {
        const { tunnels } = mesh.cluster(self.cluster)!.settings.policy;
        return { [`${prefix}Entities`]: [tunnels && direction === 'ingress' ? 'cluster-mesh' : 'world'] };
      }
      const { matchLabels, ...rest } = exactSelector(mesh, workload);
      const where = {
        [`k8s:${NAMESPACE_LABEL}`]: workload.namespace,
        [`k8s:${CLUSTER_LABEL}`]: workload.cluster,
      };
      return { [`${prefix}Endpoints`]: [{ matchLabels: { ...matchLabels, ...where }, ...rest }] };
    }
    case 'node':
      return {
        [`${prefix}Entities`]: [
          other.placement === 'same-node' && other.cluster === self.cluster ? 'host' : 'remote-node',
        ],
      };
    // the host of another cluster's node is a remote node
    case 'entity':
      return {
        [`${prefix}Entities`]: [
          other.entity === 'host' && (other.cluster ?? self.cluster) !== self.cluster ? 'remote-node' : other.entity,
        ],
      };
    case 'address':
      return { [`${prefix}CIDR`]: [other.address.text] };
    case 'name':
      return direction === 'egress' ? { toFQDNs: [{ matchName: other.name }] } : { fromEntities: ['world'] };
  }
}

/** Names for policies that are applied together, and beside those of the mesh. */
class PolicyNames {
  /** The specs of the policies by cluster and name. */
  private readonly specs = new Map<string, string>();

  constructor(mesh: EvaluatedMesh) {
    for (const { name, policies } of mesh.clusters) {
      policies.forEach(({ manifest }) => this.specs.set(`${name}/${manifest.object.metadata.name}`, ''));
    }
  }

  /** The addition to be tried, without a name of its own. */
  public unnamed(candidate: Candidate): Addition {
    return additionOf(candidate.self.workload, candidate.direction, 'addition', specOf(candidate));
  }

  /** The addition under the first name that no other policy has. */
  public named(candidate: Candidate): Addition {
    const { self, direction } = candidate;
    const spec = specOf(candidate);
    const { cluster, namespace } = self.workload;
    const text = JSON.stringify([namespace, spec]);
    const isFree = (name: string) => (this.specs.get(`${cluster}/${name}`) ?? text) === text;
    const [short, long] = proposedNames(candidate);
    let name = isFree(short) ? short : long;
    for (let number = 2; !isFree(name); number++) {
      name = `${long}-${number}`;
    }
    this.specs.set(`${cluster}/${name}`, text);
    return additionOf(self.workload, direction, name, spec);
  }
}

function additionOf({ cluster, namespace }: Workload, direction: Direction, name: string, spec: object): Addition {
  const policy = { apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', metadata: { name, namespace }, spec };
  return { cluster, direction, policy };
}

/** Names for an addition: a short one, and one with all that tells flows apart. A name has at most 253 characters. */
function proposedNames({ self, other, direction, port }: Candidate): [short: string, long: string] {
  const [from, to] = direction === 'egress' ? [self, other] : [other, self];
  const flow = `${nameOf(from)}-to-${nameOf(to)}-${direction}`.slice(0, 160);
  const cluster = other.kind === 'workload' ? `-${other.workload.cluster}` : '';
  return [flow, `${flow}${cluster}-${port.protocol.toLowerCase()}-${port.port}`];
}

function nameOf(endpoint: Endpoint): string {
  return rawName(endpoint)
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+/, '');
}

function rawName(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'workload':
      return endpoint.workload.name;
    case 'node':
      return endpoint.node?.name ?? 'node';
    case 'entity':
      return endpoint.entity;
    case 'address':
      return 'world';
    case 'name':
      return endpoint.name;
  }
}
