import { additions, FlowAdditions } from './addition';
import { DecisionReason, decisionReason } from './decision-reason';
import { unsupportedReason } from './local-namespaces';
import { AskedFlow } from './opened-flows';
import { formatList, formatValue, shorten } from '../../diagnostics/texts';
import { Direction, Origin, PolicyEntry } from '../engine/entry';
import { ProxyVerdict } from '../engine/http';
import { holdsPort } from '../engine/matching';
import { PeerSelector, Requirement, selects } from '../engine/selector';
import { Endpoint, formatEndpoint, peerOf } from '../flows/endpoint';
import { decideFlow, EndpointDecision, FlowDecision, FlowPort, FlowVerdict, policiesOf } from '../flows/flow';
import { decideRequest, Request } from '../flows/request';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';

/** A rule, with its object and place. */
export interface RuleReference {
  readonly cluster: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** The path in the object. */
  readonly path: string;
  readonly file?: string;
  readonly line?: number;
}

/** A rule that fails to allow the flow for one reason. */
export interface NearMiss {
  readonly rule: RuleReference;
  readonly why: string;
}

/** The decision at one endpoint of a flow, and the rules behind it. */
export interface EndpointExplanation {
  readonly endpoint: Endpoint;
  readonly direction: Direction;
  readonly decision: EndpointDecision;
  /** The verdict on the request, if Cilium redirects the flow. */
  readonly request?: ProxyVerdict;
  /** The rules that decided: they allow or deny the flow, or turn default deny on. */
  readonly rules: readonly RuleReference[];
  /** Why, if no rule decided. */
  readonly reason?: DecisionReason;
  /** Only for flows that default deny drops. */
  readonly nearMisses: readonly NearMiss[];
}

/** The decisions on one flow at both endpoints, and the policies that would allow it. */
export interface FlowExplanation extends AskedFlow, FlowAdditions {
  readonly decision: FlowDecision;
  /** The verdict on the request, if any. An unknown one counts as allowed if layers 3 and 4 allow it. */
  readonly verdict: FlowVerdict;
  /** Why Cilium promises no connections between the ends, whatever policies allow. */
  readonly unsupported?: string;
  readonly endpoints: readonly [egress: EndpointExplanation, ingress: EndpointExplanation];
}

/** Explains a flow: the verdict at each endpoint, its cluster, and the rules. */
export function explainFlow(
  mesh: EvaluatedMesh,
  source: Endpoint,
  destination: Endpoint,
  port: FlowPort,
  request?: Request,
): FlowExplanation {
  return explainFlows(mesh, [{ source, destination, port }], request)[0];
}

/** Explains flows together: their additions have different names, so all of them can be applied. */
export function explainFlows(mesh: EvaluatedMesh, flows: readonly AskedFlow[], request?: Request): FlowExplanation[] {
  const decided = flows.map(flow => ({
    ...flow,
    decision: decideFlow(mesh, flow.source, flow.destination, flow.port),
    request,
  }));
  const added = additions(mesh, decided);
  return decided.map(({ request: _, ...flow }, index): FlowExplanation => {
    const { source, destination, port, decision } = flow;
    const egress = explainEndpoint(mesh, source, destination, 'egress', port, decision.egress, request);
    const ingress = explainEndpoint(mesh, destination, source, 'ingress', port, decision.ingress, request);
    const unsupported =
      source.kind === 'workload' && destination.kind === 'workload'
        ? unsupportedReason(mesh, source.workload, destination.workload)
        : undefined;
    return {
      ...flow,
      ...added[index],
      ...(unsupported === undefined ? {} : { unsupported }),
      verdict: [egress.request, ingress.request].includes('denied') ? 'denied' : decision.verdict,
      endpoints: [egress, ingress],
    };
  });
}

/** The object and place of a rule. */
export function ruleReference(cluster: EvaluatedCluster, { origin }: PolicyEntry): RuleReference {
  const known = REFERENCES.get(cluster) ?? new WeakMap<Origin, RuleReference>();
  REFERENCES.set(cluster, known);
  const reference = known.get(origin) ?? readReference(cluster, origin);
  known.set(origin, reference);
  return reference;
}

/** A line is found by parsing its document again, and thousands of flows name the same rules. */
const REFERENCES = new WeakMap<EvaluatedCluster, WeakMap<Origin, RuleReference>>();

function readReference(cluster: EvaluatedCluster, origin: Origin): RuleReference {
  const manifest = cluster.manifestOf(origin);
  return {
    cluster: cluster.name,
    kind: origin.kind,
    ...(origin.namespace === undefined ? {} : { namespace: origin.namespace }),
    name: origin.name,
    path: origin.path,
    ...(manifest ? { file: manifest.file, line: manifest.line(origin.path) } : {}),
  };
}

/** The kind and name of a policy. */
export function formatPolicy({ kind, namespace, name }: { kind: string; namespace?: string; name: string }): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function explainEndpoint(
  mesh: EvaluatedMesh,
  self: Endpoint,
  other: Endpoint,
  direction: Direction,
  port: FlowPort,
  decision: EndpointDecision,
  request: Request | undefined,
): EndpointExplanation {
  const cluster = decision.cluster === undefined ? undefined : mesh.cluster(decision.cluster);
  const reason = decisionReason(mesh, self, direction, decision);
  return {
    endpoint: self,
    direction,
    decision,
    ...(request ? { request: decideRequest(decision, request) } : {}),
    rules: decidingRules(mesh, decision),
    ...(reason ? { reason } : {}),
    nearMisses:
      cluster && decision.verdict === 'default-denied' ? nearMisses(mesh, cluster, self, other, direction, port) : [],
  };
}

/** The rules that decided at one endpoint, in the order of the cluster's policies. */
export function decidingRules(mesh: EvaluatedMesh, { cluster: name, entries }: EndpointDecision): RuleReference[] {
  const cluster = name === undefined ? undefined : mesh.cluster(name);
  return cluster ? uniqueRules(entries.map(entry => ruleReference(cluster, entry))) : [];
}

function uniqueRules(references: readonly RuleReference[]): RuleReference[] {
  const key = ({ kind, namespace, name, path }: RuleReference) => `${kind}/${namespace}/${name}/${path}`;
  return [...new Map(references.map(reference => [key(reference), reference])).values()];
}

function nearMisses(
  mesh: EvaluatedMesh,
  cluster: EvaluatedCluster,
  self: Endpoint,
  other: Endpoint,
  direction: Direction,
  { protocol, port }: FlowPort,
): NearMiss[] {
  const policy = policiesOf(mesh, self)?.[direction];
  if (!policy) {
    return [];
  }
  const peer = peerOf(other, cluster, mesh, direction);
  const flow = { peer, protocol, port };
  const near = new Map<PolicyEntry, { matchesPeer: boolean; matchesPort: boolean }>();
  for (const filter of policy.levels.flatMap(({ filters }) => filters)) {
    const matchesPort = holdsPort(policy, filter.port, flow);
    for (const { selector, rules } of filter.selectors.values()) {
      const matchesPeer = selects(selector, peer);
      for (const { entry } of rules.filter(rule => rule.entry.verdict === 'allow')) {
        const previous = near.get(entry);
        near.set(entry, {
          matchesPeer: matchesPeer || (previous?.matchesPeer ?? false),
          matchesPort: matchesPort || (previous?.matchesPort ?? false),
        });
      }
    }
  }
  return policy.entries.flatMap(entry => {
    const { matchesPeer, matchesPort } = near.get(entry) ?? { matchesPeer: false, matchesPort: false };
    const rule = ruleReference(cluster, entry);
    if (matchesPeer && matchesPort && other.kind === 'name') {
      return [{ rule, why: unlearned(other.name) }];
    }
    if (matchesPeer === matchesPort) {
      return [];
    }
    if (matchesPeer) {
      return [{ rule, why: `it matches ${formatEndpoint(other)}, but not ${protocol}/${port}` }];
    }
    const failing = (entry.peers as readonly PeerSelector[])
      .flatMap(selector =>
        selector.kind === 'labels' && peer.labels.labels.some(label => label.source === 'k8s')
          ? [failingRequirements(selector.requirements, peer.labels)]
          : [],
      )
      .filter(each => each.length === 1);
    return failing.slice(0, 1).map(([requirement]) => ({
      rule,
      why: whyNot(requirement, other, peer.labels.get(requirement.source, requirement.key)),
    }));
  });
}

function unlearned(name: string): string {
  return (
    `it names ${shorten(name)}, but Cilium learns the addresses of names only from DNS answers that pass its DNS ` +
    'proxy, and no egress rule of these pods lets a query for the name pass it (rules.dns)'
  );
}

function failingRequirements(
  requirements: readonly Requirement[],
  labels: { get(source: string, key: string): string | undefined },
): Requirement[] {
  return requirements.filter(({ source, key, operator, values }) => {
    const value = labels.get(source, key);
    const isListed = value !== undefined && values.includes(value);
    return operator === 'In'
      ? !isListed
      : operator === 'NotIn'
        ? isListed
        : operator === 'Exists'
          ? value === undefined
          : value !== undefined;
  });
}

function whyNot({ source, key, operator, values }: Requirement, other: Endpoint, value: string | undefined): string {
  if (source === 'reserved') {
    // what has a label of this source is an entity, and the values are empty
    const verb = operator === 'In' || operator === 'Exists' ? 'requires' : 'excludes';
    return `it ${verb} the entity ${key}, which ${shorten(formatEndpoint(other))} is${verb === 'requires' ? ' not' : ''}`;
  }
  const required =
    operator === 'In'
      ? `${key} ${values.length === 1 ? `= ${shorten(values[0]) || '""'}` : `in ${formatList(values)}`}`
      : operator === 'NotIn'
        ? `${key} not in ${formatList(values)}`
        : `${key} ${operator === 'Exists' ? 'to exist' : 'not to exist'}`;
  const got = value === undefined ? 'no such label' : formatValue(value);
  return `it requires ${required}, and ${shorten(formatEndpoint(other))} has ${got}`;
}
