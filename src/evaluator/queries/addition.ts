import { CLUSTER_LABEL, isCiliumLabel, NAMESPACE_LABEL } from '../../cilium/labels';
import { applyingEntries } from '../engine/direction-policy';
import { Direction } from '../engine/entry';
import { Endpoint } from '../flows/endpoint';
import { FlowDecision, FlowPort } from '../flows/flow';
import { EvaluatedMesh } from '../read/mesh';
import { Workload } from '../read/workload';

/** A policy that allows a flow at an endpoint that drops it by default deny. */
export interface Addition {
  /** The cluster to apply the policy to. */
  readonly cluster: string;
  readonly direction: Direction;
  readonly policy: any;
}

/**
 * The smallest additions that allow a denied flow: one policy for each endpoint that drops it by default deny. No
 * addition helps if a rule denies the flow, or if rules conflict.
 *
 * Peers name their cluster and namespace, so the addition means the same with and without
 * `policy-default-local-cluster`.
 */
export function additions(
  mesh: EvaluatedMesh,
  source: Endpoint,
  destination: Endpoint,
  port: FlowPort,
  { egress, ingress }: FlowDecision,
): Addition[] {
  return [
    ...(egress.verdict === 'default-denied' && source.kind === 'workload'
      ? [addition(mesh, source.workload, destination, 'egress', port)]
      : []),
    ...(ingress.verdict === 'default-denied' && destination.kind === 'workload'
      ? [addition(mesh, destination.workload, source, 'ingress', port)]
      : []),
  ];
}

function addition(
  mesh: EvaluatedMesh,
  self: Workload,
  other: Endpoint,
  direction: Direction,
  { protocol, port }: FlowPort,
): Addition {
  const icmp = protocol === 'ICMP' || protocol === 'ICMPv6';
  const settings = mesh.cluster(self.cluster)!.settings.policy;
  // without `icmps` rules, only a rule for all protocols allows ICMP
  const layer4 = !icmp
    ? { toPorts: [{ ports: [{ port: String(port), protocol }] }] }
    : settings.icmpRules
      ? { icmps: [{ fields: [{ family: protocol === 'ICMP' ? 'IPv4' : 'IPv6', type: port }] }] }
      : {};
  const [from, to] = direction === 'egress' ? [self.name, nameOf(other)] : [nameOf(other), self.name];
  const selector = selectorOf(mesh, self);
  // the selector also selects workloads without any policy, and the addition must not turn default deny on for them
  const neighbours = mesh.workloads.filter(
    each => each.cluster === self.cluster && each.namespace === self.namespace && each !== self && !each.hostNetwork,
  );
  const widens =
    settings.nonDefaultDenyPolicies &&
    neighbours.some(
      each =>
        Object.entries(selector.matchLabels ?? {}).every(([key, value]) => each.podLabels[key] === value) &&
        applyingEntries(each, direction, mesh.cluster(self.cluster)!.entries).length === 0,
    );
  const suffixes = [
    '',
    ...(other.kind === 'workload' ? [`-${other.workload.cluster}`] : []),
    ...Array.from({ length: 100 }, (_, index) => `-${index + 2}`),
  ];
  const existingNames = new Set(
    mesh.cluster(self.cluster)!.policies.map(({ manifest }) => manifest.object.metadata.name),
  );
  const names = suffixes.map(suffix => `${`${from}-to-${to}-${direction}`.slice(0, 200)}${suffix}`);
  return {
    cluster: self.cluster,
    direction,
    policy: {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNetworkPolicy',
      // an existing name would replace that policy
      metadata: { name: names.find(name => !existingNames.has(name)), namespace: self.namespace },
      spec: {
        endpointSelector: selector,
        ...(widens ? { enableDefaultDeny: { [direction]: false } } : {}),
        [direction]: [{ ...peers(mesh, self, other, direction), ...layer4 }],
      },
    },
  };
}

function peers(
  mesh: EvaluatedMesh,
  self: Workload,
  other: Endpoint,
  direction: Direction,
): { [field: string]: unknown } {
  const prefix = direction === 'egress' ? 'to' : 'from';
  switch (other.kind) {
    case 'workload': {
      if (other.workload.hostNetwork) {
        return { [`${prefix}Entities`]: ['host', 'remote-node'] };
      }
      const { matchLabels } = selectorOf(mesh, other.workload);
      const where = {
        [`k8s:${NAMESPACE_LABEL}`]: other.workload.namespace,
        [`k8s:${CLUSTER_LABEL}`]: other.workload.cluster,
      };
      return { [`${prefix}Endpoints`]: [{ matchLabels: { ...matchLabels, ...where } }] };
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

/** Label keys that identify an application, the most common first. */
const IDENTIFYING_KEYS = ['app.kubernetes.io/name', 'app', 'k8s-app', 'name', 'app.kubernetes.io/instance'];

/**
 * The labels that distinguish a workload's pods from all others of its namespace: one identifying label if possible,
 * else all of them.
 */
function selectorOf(mesh: EvaluatedMesh, workload: Workload): { matchLabels?: { [key: string]: string } } {
  const isOwn = (key: string) =>
    workload.labels.get('k8s', key) !== undefined && !isCiliumLabel(key) && key !== NAMESPACE_LABEL;
  const labels = Object.fromEntries(
    Object.entries(workload.podLabels)
      .filter(([key]) => isOwn(key))
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
  const neighbours = mesh.workloads.filter(
    each => each.namespace === workload.namespace && each.name !== workload.name,
  );
  const identifying = IDENTIFYING_KEYS.find(
    key => labels[key] !== undefined && !neighbours.some(each => each.podLabels[key] === labels[key]),
  );
  return identifying !== undefined
    ? { matchLabels: { [identifying]: labels[identifying] } }
    : Object.keys(labels).length > 0
      ? { matchLabels: labels }
      : {};
}

function nameOf(endpoint: Endpoint): string {
  return rawName(endpoint)
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-');
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
