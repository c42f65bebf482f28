import { DnsRule, httpRule, HttpRule } from './l7';
import { EndpointSet, EndpointsSpec, Entity, PeerSpec } from './peer';
import { Port, Protocol } from './port';
import { labelSelector, namespaceLabelKey, oneOf, SelectorTerms } from './selector';
import { CiliumNetworkPolicySpecEgressIcmpsFieldsType } from '../../../imports/cilium.io';
import { CLUSTER_LABEL, NAMESPACE_LABEL, SERVICE_ACCOUNT_LABEL } from '../../cilium/labels';
import { Cluster } from '../mesh/cluster';

/**
 * A flow between clusters needs two policies, each in the cluster where it is enforced:
 *
 * - egress in the cluster of each source, for the sources;
 * - ingress in the cluster of each destination, for the destinations.
 *
 * Peers always name their cluster and namespace. So the policies mean the same in any namespace, with
 * `policy-default-local-cluster` (the default since Cilium 1.19) or without.
 */

/*
 * Rules use the property names of the imported CRD types (imports/cilium.io.ts), which convert them to the field names
 * of the CRDs.
 */

/** The direction of a policy. */
export type Direction = 'egress' | 'ingress';

/** A flow that is allowed or denied: sources, destinations and ports. */
export interface Flows {
  readonly verb: 'allow' | 'deny';
  readonly sources: readonly PeerSpec[];
  readonly destinations: ReadonlyArray<{ readonly peer: PeerSpec; readonly ports: readonly Port[] }>;
  readonly http: readonly HttpRule[];
  readonly dns: readonly DnsRule[];
  readonly authentication?: string;
  /** The number of clusters for which one selector stands; undefined if the clusters are named. */
  readonly clustersOfMesh?: number;
}

/** One policy: the rules of one direction in one namespace of one cluster. */
export interface Half {
  readonly cluster: Cluster;
  readonly direction: Direction;
  /** The namespace; undefined for a clusterwide policy. */
  readonly namespace?: string;
  readonly specs: ReadonlyArray<{ readonly endpointSelector: any; readonly rules: readonly any[] }>;
  /** The entities in its rules. */
  readonly entities: ReadonlySet<Entity>;
  /** Whether one selector of its rules stands for all clusters of the mesh. */
  readonly namesAllClusters: boolean;
}

/** CRDs allow 40 ports in a list (CiliumNetworkPolicy, v1.20.2). */
const PORTS_PER_LIST = 40;

/** A policy whose rules are not complete yet. */
interface Draft {
  readonly half: Omit<Half, 'entities' | 'specs' | 'namesAllClusters'>;
  readonly entities: Set<Entity>;
  readonly specs: Map<string, { readonly endpointSelector: any; readonly rules: any[] }>;
}

/** The policies of the flows, sorted by cluster, direction and namespace. */
export function halves(flows: Flows): Half[] {
  const drafts = new Map<string, Draft>();
  const add = (direction: Direction, subject: EndpointSet, peer: PeerSpec, rules: readonly any[]) => {
    if (rules.length === 0) {
      return;
    }
    const { cluster, namespace } = subject;
    const key = JSON.stringify([cluster.name, direction, namespace ?? '']);
    const draft: Draft = drafts.get(key) ?? {
      half: { cluster, direction, namespace },
      entities: new Set(),
      specs: new Map(),
    };
    drafts.set(key, draft);
    if (peer.kind === 'entity') {
      draft.entities.add(peer.entity);
    }
    // only pods have a namespace: without this label, a clusterwide policy would also select health and ingress
    // endpoints
    const endpointSelector = labelSelector(
      subject.terms,
      serviceAccountTerms(subject),
      ...(namespace === undefined ? [namespaceTerms(subject)] : []),
    );
    const specKey = JSON.stringify(endpointSelector);
    const spec: { endpointSelector: any; rules: any[] } = draft.specs.get(specKey) ?? { endpointSelector, rules: [] };
    draft.specs.set(specKey, spec);
    for (const rule of rules) {
      if (!spec.rules.some(each => JSON.stringify(each) === JSON.stringify(rule))) {
        spec.rules.push(rule);
      }
    }
  };

  for (const source of flows.sources) {
    for (const { peer: destination, ports } of flows.destinations) {
      for (const subject of endpointsOf(source)) {
        const l7 = destination.kind === 'endpoints' ? { dns: flows.dns } : { dns: flows.dns, http: flows.http };
        add(
          'egress',
          subject,
          destination,
          rulesFor(
            'egress',
            flows,
            peerOf(destination, subject.cluster, flows, each => reaches(destination, subject.cluster, each)),
            ports,
            l7,
          ),
        );
      }
      for (const subject of endpointsOf(destination)) {
        add(
          'ingress',
          subject,
          source,
          rulesFor(
            'ingress',
            flows,
            peerOf(source, subject.cluster, flows, each => reaches(destination, each, subject.cluster)),
            ports,
            { http: flows.http },
          ),
        );
      }
    }
  }
  return [...drafts.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { half, entities, specs }]) => ({
      ...half,
      entities,
      namesAllClusters: [...specs.values()].some(({ rules }) => rules.some(namesAllClusters)),
      specs: [...specs.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, spec]) => spec),
    }));
}

function namesAllClusters(rule: any): boolean {
  const selectors = [rule.toEndpoints, rule.fromEndpoints, rule.toNodes, rule.fromNodes].flatMap(each => each ?? []);
  return selectors.some(({ matchExpressions = [] }) =>
    matchExpressions.some(({ key, operator }: any) => key === CLUSTER_LABEL && operator === 'Exists'),
  );
}

function endpointsOf(peer: PeerSpec): readonly EndpointSet[] {
  return peer.kind === 'endpoints' ? peer.endpoints : [];
}

function reaches(destination: PeerSpec, client: Cluster, backend: Cluster): boolean {
  return destination.kind !== 'endpoints' || destination.reaches === undefined || destination.reaches(client, backend);
}

/** The L3 part of a rule in a cluster, without the prefix of its direction; undefined if no peer is left. */
function peerOf(
  peer: PeerSpec,
  cluster: Cluster,
  flows: Flows,
  included: (cluster: Cluster) => boolean,
): { field: string; value: any[] } | undefined {
  switch (peer.kind) {
    case 'endpoints': {
      const selectors = endpointSelectors(peer, flows, included);
      return selectors.length > 0 ? { field: 'Endpoints', value: selectors } : undefined;
    }
    case 'nodes':
      return {
        field: 'Nodes',
        value: [labelSelector(peer.terms, clusterTerms(peer.clusters.map(({ name }) => name), flows))],
      };
    case 'entity':
      return { field: 'Entities', value: [peer.entity] };
    case 'cidr':
      return {
        field: 'CidrSet',
        value: [{ cidr: peer.cidr, ...(peer.except.length > 0 ? { except: peer.except } : {}) }],
      };
    case 'cidrGroup':
      // older versions read references to groups only in some rules, and a missing group as every address
      return {
        field: 'CidrSet',
        value: cluster._model.version.traits.cidrGroupsEverywhere
          ? [{ cidrGroupRef: peer.group }]
          : (peer.cidrs ?? []).map(cidr => ({ cidr })),
      };
    case 'fqdn':
      return { field: 'FqdNs', value: [peer.selector] };
  }
}

/** One selector for all clusters whose pods have the same selector. */
function endpointSelectors(peer: EndpointsSpec, flows: Flows, included: (cluster: Cluster) => boolean): any[] {
  const alike = new Map<string, { set: EndpointSet; clusters: Set<string> }>();
  for (const set of peer.endpoints.filter(each => included(each.cluster))) {
    const key = JSON.stringify([set.namespace ?? '', set.namespaceLabels, set.terms, set.serviceAccount ?? '']);
    const entry = alike.get(key) ?? { set, clusters: new Set<string>() };
    entry.clusters.add(set.cluster.name);
    alike.set(key, entry);
  }
  return [...alike.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { set, clusters }]) =>
      labelSelector(
        set.terms,
        serviceAccountTerms(set),
        namespaceTerms(set),
        clusterTerms([...clusters], flows),
      ),
    );
}

/** The clusters of a peer by their names, or all clusters of the mesh by one term. */
function clusterTerms(clusters: readonly string[], { clustersOfMesh }: Flows): SelectorTerms {
  return clusters.length === clustersOfMesh
    ? { matchLabels: {}, matchExpressions: [{ key: CLUSTER_LABEL, operator: 'Exists' }] }
    : oneOf(CLUSTER_LABEL, [...clusters].sort());
}

function serviceAccountTerms({ serviceAccount }: EndpointSet): SelectorTerms {
  return serviceAccount === undefined
    ? { matchLabels: {}, matchExpressions: [] }
    : oneOf(SERVICE_ACCOUNT_LABEL, [serviceAccount]);
}

/** A peer without a namespace would get that of the policy, so a peer of all namespaces names them explicitly. */
function namespaceTerms(set: EndpointSet): SelectorTerms {
  if (set.namespace !== undefined) {
    return oneOf(NAMESPACE_LABEL, [set.namespace]);
  }
  return {
    matchLabels: Object.fromEntries(
      Object.entries(set.namespaceLabels).map(([key, value]) => [namespaceLabelKey(key), value]),
    ),
    matchExpressions: [{ key: NAMESPACE_LABEL, operator: 'Exists' }],
  };
}

function rulesFor(
  direction: Direction,
  flows: Flows,
  peer: { field: string; value: any[] } | undefined,
  ports: readonly Port[],
  l7: { http?: readonly HttpRule[]; dns?: readonly DnsRule[] },
): any[] {
  if (!peer) {
    return [];
  }
  const l3 = { [`${direction === 'egress' ? 'to' : 'from'}${peer.field}`]: peer.value };
  const authentication = flows.authentication ? { authentication: { mode: flows.authentication } } : {};
  if (ports.some(port => port._kind === 'all')) {
    return [{ ...l3, ...authentication }];
  }
  const each = [...new Map(ports.map(port => [port.label, port])).values()];
  const numbered = each.filter(port => port._kind === 'port');
  const icmps = each.filter(port => port._kind === 'icmp');
  const rule = l7Rules(l7);
  return [
    ...(numbered.length > 0
      ? [
        {
          ...l3,
          toPorts: chunks(numbered).map(chunk => ({ ports: chunk.map(portRule), ...rule })),
          ...authentication,
        },
      ]
      : []),
    // Cilium refuses ICMP and ports in one rule
    ...(icmps.length > 0
      ? [{ ...l3, icmps: chunks(icmps).map(chunk => ({ fields: chunk.map(icmpField) })), ...authentication }]
      : []),
  ];
}

function l7Rules(l7: { http?: readonly HttpRule[]; dns?: readonly DnsRule[] }): any {
  const http = l7.http?.length ? { http: l7.http.map(httpRule) } : {};
  const dns = l7.dns?.length ? { dns: l7.dns.map(rule => ({ ...rule })) } : {};
  return l7.http?.length || l7.dns?.length ? { rules: { ...http, ...dns } } : {};
}

function portRule(port: Port): any {
  const { port: number, endPort, protocol } = port._port!;
  return { port: number, ...(endPort === undefined ? {} : { endPort }), protocol: protocol as Protocol };
}

function icmpField(port: Port): any {
  const { family, type } = port._icmp!;
  return { family, type: CiliumNetworkPolicySpecEgressIcmpsFieldsType.fromNumber(type) };
}

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / PORTS_PER_LIST) }, (_, index) =>
    items.slice(index * PORTS_PER_LIST, (index + 1) * PORTS_PER_LIST),
  );
}
