import { directionPolicy } from '../engine/direction-policy';
import { Direction, PolicyEntry } from '../engine/entry';
import { ProxyVerdict } from '../engine/http';
import { holdsPort } from '../engine/matching';
import { PeerSelector, Requirement, selects } from '../engine/selector';
import { Endpoint, peerOf, formatEndpoint, subjectOf } from '../flows/endpoint';
import { decideFlow, EndpointDecision, FlowDecision, FlowPort } from '../flows/flow';
import { decideRequest, Request } from '../flows/request';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';

/** A rule, and where it is written. */
export interface RuleReference {
  readonly cluster: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** Path in the object. */
  readonly path: string;
  readonly file?: string;
  readonly line?: number;
}

/** A rule that would have allowed the flow, but for one thing. */
export interface NearMiss {
  readonly rule: RuleReference;
  readonly why: string;
}

/** What happens at one end of a flow, and by which rules. */
export interface EndpointExplanation {
  readonly endpoint: Endpoint;
  readonly direction: Direction;
  readonly decision: EndpointDecision;
  /** What becomes of the request, where the flow is redirected. */
  readonly request?: ProxyVerdict;
  /** The rules that decided: those that allow or deny, or those that turn default deny on. */
  readonly rules: readonly RuleReference[];
  /** Only where the flow ends for want of a rule. */
  readonly nearMisses: readonly NearMiss[];
}

/** The path of one flow. */
export interface FlowExplanation {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly port: FlowPort;
  readonly decision: FlowDecision;
  /** That of the request, if there is one: what is unknown is allowed as far as layers 3 and 4 go. */
  readonly verdict: 'allowed' | 'denied';
  readonly endpoints: readonly [egress: EndpointExplanation, ingress: EndpointExplanation];
}

/** Says what becomes of a flow, in which cluster, and by which rules. */
export function explainFlow(mesh: EvaluatedMesh, source: Endpoint, destination: Endpoint, port: FlowPort, request?: Request): FlowExplanation {
  const decision = decideFlow(mesh, source, destination, port);
  const egress = explainEndpoint(mesh, source, destination, 'egress', port, decision.egress, request);
  const ingress = explainEndpoint(mesh, destination, source, 'ingress', port, decision.ingress, request);
  return { source, destination, port, decision, verdict: [egress.request, ingress.request].includes('denied') ? 'denied' : decision.verdict, endpoints: [egress, ingress] };
}

/** Where a rule is written. */
export function ruleReference(cluster: EvaluatedCluster, { origin }: PolicyEntry): RuleReference {
  const manifest = cluster.manifestOf(origin);
  return {
    cluster: cluster.name, kind: origin.kind, ...origin.namespace === undefined ? {} : { namespace: origin.namespace }, name: origin.name, path: origin.path,
    ...manifest ? { file: manifest.file, line: manifest.line(origin.path) } : {},
  };
}

/** How a person names a policy. */
export function formatPolicy({ kind, namespace, name }: { kind: string; namespace?: string; name: string }): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function explainEndpoint(
  mesh: EvaluatedMesh, self: Endpoint, other: Endpoint, direction: Direction, port: FlowPort, decision: EndpointDecision, request: Request | undefined,
): EndpointExplanation {
  const cluster = decision.cluster === undefined ? undefined : mesh.cluster(decision.cluster);
  const references = cluster ? decision.entries.map(entry => ruleReference(cluster, entry)) : [];
  const seen = new Set<string>();
  return {
    endpoint: self, direction, decision,
    ...request ? { request: decideRequest(decision, request) } : {},
    rules: references.filter(each => !seen.has(`${each.kind}/${each.namespace}/${each.name}/${each.path}`) && seen.add(`${each.kind}/${each.namespace}/${each.name}/${each.path}`)),
    nearMisses: cluster && decision.verdict === 'default-denied' ? nearMisses(mesh, cluster, self, other, direction, port) : [],
  };
}

function nearMisses(mesh: EvaluatedMesh, cluster: EvaluatedCluster, self: Endpoint, other: Endpoint, direction: Direction, { protocol, port }: FlowPort): NearMiss[] {
  const subject = { ...subjectOf(self)!, ...cluster.settings.policy.traits.egressNamedPortsByPeer ? {} : { knownPorts: mesh.knownPorts } };
  const peer = peerOf(other, cluster, mesh);
  const settings = cluster.settings.policy;
  const policy = directionPolicy(subject, direction, cluster.entries, settings);
  const flow = { peer, protocol, port };
  const near = new Map<PolicyEntry, { rightPeer: boolean; rightPort: boolean }>();
  for (const filter of policy.levels.flatMap(({ filters }) => filters)) {
    const rightPort = holdsPort(policy, filter.port, flow);
    for (const { selector, rules } of filter.selectors.values()) {
      const rightPeer = selects(selector, peer);
      for (const { entry } of rules.filter(rule => rule.entry.verdict === 'allow')) {
        const known = near.get(entry);
        near.set(entry, { rightPeer: rightPeer || (known?.rightPeer ?? false), rightPort: rightPort || (known?.rightPort ?? false) });
      }
    }
  }
  return policy.entries.flatMap(entry => {
    const { rightPeer, rightPort } = near.get(entry) ?? { rightPeer: false, rightPort: false };
    if (rightPeer === rightPort) {
      return [];
    }
    const rule = ruleReference(cluster, entry);
    if (rightPeer) {
      return [{ rule, why: `it is about ${formatEndpoint(other)}, but not about ${protocol}/${port}` }];
    }
    const failing = (entry.peers as readonly PeerSelector[])
      .flatMap(selector => selector.kind === 'labels' && peer.labels.labels.some(label => label.source === 'k8s') ? [failingRequirements(selector.requirements, peer.labels)] : [])
      .filter(each => each.length === 1);
    return failing.slice(0, 1).map(([requirement]) => ({ rule, why: whyNot(requirement, other, peer.labels.get(requirement.source, requirement.key)) }));
  });
}

function failingRequirements(requirements: readonly Requirement[], labels: { get(source: string, key: string): string | undefined }): Requirement[] {
  return requirements.filter(({ source, key, operator, values }) => {
    const value = labels.get(source, key);
    const among = value !== undefined && values.includes(value);
    return operator === 'In' ? !among : operator === 'NotIn' ? among : operator === 'Exists' ? value === undefined : value !== undefined;
  });
}

function whyNot({ key, operator, values }: Requirement, other: Endpoint, value: string | undefined): string {
  const wanted = operator === 'In' ? `${key} ${values.length === 1 ? `= ${values[0]}` : `in ${values.join(', ')}`}`
    : operator === 'NotIn' ? `${key} not in ${values.join(', ')}` : `${key} ${operator === 'Exists' ? 'to be there' : 'not to be there'}`;
  return `it wants ${wanted}, and ${formatEndpoint(other)} has ${value === undefined ? 'no such label' : JSON.stringify(value)}`;
}
