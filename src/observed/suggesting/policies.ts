/**
 * The policies of statements, as the constructs write them: egress policies in the clusters of the sources, ingress
 * policies in the clusters of the destinations. Peers name their clusters and namespaces, so they mean the same with
 * and without `policy-default-local-cluster`. test/observed/suggesting compares them with those of the constructs.
 */
import { DefaultDeny } from './default-deny';
import { PodSelection } from './pod-selection';
import { isIcmp, RulePort } from './rule-ports';
import { Statement, StatementPeer } from './statement';
import { CLUSTER_LABEL, NAMESPACE_LABEL, SERVICE_ACCOUNT_LABEL } from '../../cilium/labels';
import { Direction } from '../../evaluator/engine/entry';

/** A statement with its name. */
export interface NamedStatement extends Statement {
  readonly name: string;
  /** Whether its policies deny what they do not allow. */
  readonly defaultDeny: { readonly [direction in Direction]: boolean };
}

/** A default deny with its name. */
export interface NamedDefaultDeny extends DefaultDeny {
  readonly name: string;
}

/** A CiliumNetworkPolicy to write in a cluster. */
export interface SuggestedPolicy {
  readonly cluster: string;
  /** Of what it is a part. */
  readonly of: NamedStatement | NamedDefaultDeny;
  readonly object: any;
}

/** CRDs allow 40 ports in a list (CiliumNetworkPolicy, v1.20.2). */
const PORTS_PER_LIST = 40;

/** The description of policies that only send DNS through the proxy. */
export const DNS_DESCRIPTION = 'DNS through the proxy';

/** The policies of a default deny, in the order of its clusters. */
export function policiesOfDefaultDeny(deny: NamedDefaultDeny): SuggestedPolicy[] {
  return deny.clusters.map(cluster => ({
    cluster,
    of: deny,
    object: policyObject(deny.name, deny.namespace, [
      {
        description: deny.onlyDns ? DNS_DESCRIPTION : 'Default Deny',
        endpointSelector: deny.pods ? podTerms(deny.pods) : {},
        ...(deny.onlyDns ? {} : { ingress: [{}] }),
        egress: [deny.hasDns ? dnsRule(cluster) : {}],
      },
    ]),
  }));
}

/** DNS of the cluster itself, through the proxy, which rules with DNS names need. */
function dnsRule(cluster: string): object {
  return {
    toEndpoints: [
      { matchLabels: { 'k8s-app': 'kube-dns', [NAMESPACE_LABEL]: 'kube-system', [CLUSTER_LABEL]: cluster } },
    ],
    toPorts: [
      {
        ports: [
          { port: '53', protocol: 'UDP' },
          { port: '53', protocol: 'TCP' },
        ],
        rules: { dns: [{ matchPattern: '*' }] },
      },
    ],
  };
}

/** The policies of a statement, sorted by cluster, direction and namespace. */
export function policiesOfStatement(statement: NamedStatement): SuggestedPolicy[] {
  const drafts = new Map<string, Draft>();
  const add = (direction: Direction, own: StatementPeer, other: StatementPeer) => {
    for (const cluster of own.peer.kind === 'pods' ? own.clusters : []) {
      const { pods } = own.peer as Extract<StatementPeer['peer'], { kind: 'pods' }>;
      const rules = rulesFor(
        peerRule(direction, other, statement.sameCluster ? cluster : undefined),
        statement,
        layer7Rules(direction, other, statement),
      );
      const key = JSON.stringify([cluster, direction, pods.namespace]);
      const draft: Draft = drafts.get(key) ?? { cluster, direction, namespace: pods.namespace, specs: new Map() };
      drafts.set(key, draft);
      const endpointSelector = podTerms(pods);
      const specKey = JSON.stringify(endpointSelector);
      const spec = draft.specs.get(specKey) ?? { endpointSelector, rules: [] };
      draft.specs.set(specKey, spec);
      spec.rules.push(...rules.filter(rule => !spec.rules.some(each => JSON.stringify(each) === JSON.stringify(rule))));
    }
  };
  for (const source of statement.sources) {
    for (const destination of statement.destinations) {
      add('egress', source, destination);
      add('ingress', destination, source);
    }
  }
  return [...drafts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { cluster, direction, namespace, specs }]) => ({
      cluster,
      of: statement,
      object: policyObject(
        `${statement.name}-${direction}`,
        namespace,
        [...specs]
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([, { endpointSelector, rules }]) => ({
            endpointSelector,
            ...(statement.defaultDeny[direction] ? {} : { enableDefaultDeny: { [direction]: false } }),
            [direction]: rules,
          })),
      ),
    }));
}

/** A policy whose rules are not complete yet. */
interface Draft {
  readonly cluster: string;
  readonly direction: Direction;
  readonly namespace: string;
  readonly specs: Map<string, Spec>;
}

interface Spec {
  readonly endpointSelector: object;
  readonly rules: object[];
}

function policyObject(name: string, namespace: string, specs: readonly object[]): object {
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name, namespace },
    ...(specs.length === 1 ? { spec: specs[0] } : { specs }),
  };
}

/** The part of a rule for its peer; `only` is the cluster whose pods are meant. */
function peerRule(direction: Direction, { peer, clusters }: StatementPeer, only: string | undefined): object {
  const prefix = direction === 'egress' ? 'to' : 'from';
  switch (peer.kind) {
    case 'pods':
      return { [`${prefix}Endpoints`]: [podTerms(peer.pods, only === undefined ? clusters : [only])] };
    case 'entity':
      return { [`${prefix}Entities`]: [peer.entity] };
    case 'cidr':
      return { [`${prefix}CIDRSet`]: [{ cidr: peer.cidr }] };
    case 'fqdn':
      return { toFQDNs: [{ matchName: peer.name }] };
  }
}

/** The selector of pods; as a peer with its namespace and clusters. */
function podTerms({ namespace, labels, absent, serviceAccount }: PodSelection, clusters?: readonly string[]): object {
  const one = clusters?.length === 1 ? { [CLUSTER_LABEL]: clusters[0] } : {};
  const matchLabels = {
    ...Object.fromEntries(labels),
    ...(serviceAccount === undefined ? {} : { [SERVICE_ACCOUNT_LABEL]: serviceAccount }),
    ...(clusters ? { [NAMESPACE_LABEL]: namespace } : {}),
    ...one,
  };
  const matchExpressions = [
    ...absent.map(key => ({ key, operator: 'DoesNotExist' })),
    ...(clusters && clusters.length > 1 ? [{ key: CLUSTER_LABEL, operator: 'In', values: [...clusters] }] : []),
  ];
  return {
    ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}),
    ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
  };
}

/** DNS is decided at the source, HTTP at the destination if that is in the mesh. */
function layer7Rules(direction: Direction, { peer }: StatementPeer, { requests }: Statement): object {
  if (requests?.kind === 'dns') {
    return direction === 'egress' ? { rules: { dns: requests.dns.map(matchName => ({ matchName })) } } : {};
  }
  return requests && (direction === 'ingress' || peer.kind !== 'pods') ? { rules: { http: requests.http } } : {};
}

function rulesFor(peer: object, { ports }: Statement, layer7: object): object[] {
  const [icmps, numbered] = [true, false].map(wanted => ports.filter(each => isIcmp(each.protocol) === wanted));
  return [
    ...(numbered.length > 0
      ? [{ ...peer, toPorts: chunks(numbered).map(chunk => ({ ports: chunk.map(portRule), ...layer7 })) }]
      : []),
    // Cilium refuses ICMP and ports in one rule
    ...(icmps.length > 0 ? [{ ...peer, icmps: chunks(icmps).map(chunk => ({ fields: chunk.map(icmpField) })) }] : []),
  ];
}

function portRule({ protocol, first, last, name }: RulePort): object {
  return { port: name ?? String(first), ...(last > first ? { endPort: last } : {}), protocol };
}

function icmpField({ protocol, first }: RulePort): object {
  return { family: protocol === 'ICMP' ? 'IPv4' : 'IPv6', type: first };
}

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / PORTS_PER_LIST) }, (_, index) =>
    items.slice(index * PORTS_PER_LIST, (index + 1) * PORTS_PER_LIST),
  );
}
