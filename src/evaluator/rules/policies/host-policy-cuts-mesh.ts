import { Direction, PolicyEntry } from '../../engine/entry';
import { decideEndpoint, FlowPort, formatPort, isDropped, policiesOf } from '../../flows/flow';
import { NodeEndpoint, nodeEndpoints } from '../../flows/node-endpoints';
import { EvaluatedCluster } from '../../read/cluster';
import { EvaluatedNode } from '../../read/node';
import { RuleContext } from '../context';
import { inManifest, Place, Rule } from '../rule';
import { helmValue, inValues } from '../shared/helm-values';
import { listNames } from '../shared/names';

export const hostPolicyCutsMesh: Rule<'host-policy-cuts-mesh'> = {
  codes: {
    'host-policy-cuts-mesh': {
      severity: 'warning',
      title: 'A host policy drops connections between nodes that Cilium needs',
      documentation:
        'With the host firewall, policies apply to the tunnels and health checks between nodes too ' +
        '(Documentation/operations/system_requirements.rst, v1.20.2; cilium/cilium#31712). ' +
        'Without them pods on different nodes, and clusters, do not reach each other.',
      fix: 'Allow the port from remote-node, which are all other nodes of the mesh.',
    },
  },
  check(context, report) {
    for (const cluster of context.mesh.clusters.filter(({ settings: { policy } }) => policy.hostFirewall)) {
      for (const { at, need, direction, denied, clusters } of cuts(context, cluster)) {
        const [verb, field] = direction === 'ingress' ? ['from', 'fromEntities'] : ['to', 'toEntities'];
        const { protocol, port } = need.port;
        report('host-policy-cuts-mesh', {
          at,
          message:
            `nodes of ${cluster.name} drop ${formatPort(need.port)} (${need.use}) ${verb} nodes of ` +
            `${listNames(clusters)}: ${need.consequence}`,
          fix: denied
            ? `take ${formatPort(need.port)} out of the deny rule, because a deny beats every allow`
            : `add an ${direction} rule to the policy: ${field}: [remote-node], ` +
              `toPorts: [{ports: [{port: "${port}", protocol: ${protocol}}]}]`,
        });
      }
    }
  },
};

/** A port that nodes need from each other. */
interface Need {
  readonly port: FlowPort;
  readonly use: string;
  readonly consequence: string;
}

/** A port that the policies of nodes deny, in one direction. */
interface Cut {
  readonly at: Place;
  readonly need: Need;
  readonly direction: Direction;
  /** By a deny rule. */
  readonly denied: boolean;
  /** The clusters of the nodes at the other end. */
  readonly clusters: string[];
}

function cuts(context: RuleContext, cluster: EvaluatedCluster): Iterable<Cut> {
  const { mesh } = context;
  const nodes = nodeEndpoints([mesh])[0].filter(
    (each): each is NodeEndpoint => each !== undefined && each.placement === 'other-node',
  );
  const found = new Map<string, Cut>();
  const controlPlane = cluster.nodes.find(isControlPlane);
  const own = [
    ...nodes.filter(each => each.cluster === cluster.name),
    ...(controlPlane
      ? [{ kind: 'node' as const, cluster: cluster.name, node: controlPlane, placement: 'other-node' as const }]
      : []),
  ];
  for (const self of own) {
    for (const other of nodes.filter(each => isKnownPeer(cluster, each))) {
      for (const direction of ['ingress', 'egress'] as const) {
        const receiver = direction === 'ingress' ? self : other;
        for (const need of needs(cluster, mesh.cluster(other.cluster)!, mesh.cluster(receiver.cluster)!, receiver)) {
          const { verdict, entries } = decideEndpoint(mesh, self, other, direction, need.port);
          if (!isDropped(verdict)) {
            continue;
          }
          const applied = policiesOf(mesh, self)?.[direction].entries ?? [];
          const at = placeOf(cluster, entries[0] ?? applied.find(({ defaultDeny }) => defaultDeny));
          const key = JSON.stringify([at.file, at.object, at.path, direction, formatPort(need.port)]);
          const cut = found.get(key) ?? { at, need, direction, denied: verdict === 'denied', clusters: [] };
          found.set(key, { ...cut, clusters: [...cut.clusters, other.cluster] });
        }
      }
    }
  }
  return found.values();
}

/** Whether there is another node, and all is known that the policies of a cluster distinguish nodes by. */
function isKnownPeer(
  { name, nodes, settings: { policy } }: EvaluatedCluster,
  { cluster, node }: NodeEndpoint,
): boolean {
  return (
    (cluster !== name || nodes.length !== 1) &&
    (!policy.nodeSelectorLabels || node !== undefined) &&
    (!policy.cidrMatchesNodes || (node !== undefined && node.addresses.length > 0))
  );
}

function placeOf(cluster: EvaluatedCluster, entry: PolicyEntry | undefined): Place {
  const manifest = entry && cluster.manifestOf(entry.origin);
  return manifest
    ? inManifest(cluster.name, manifest, entry.origin.path)
    : inValues(cluster.input, 'policyEnforcementMode');
}

/** What the nodes of two clusters need, at the node that receives it. */
function needs(
  cluster: EvaluatedCluster,
  other: EvaluatedCluster,
  receiving: EvaluatedCluster,
  receiver: NodeEndpoint,
): Need[] {
  const isOn = (path: string, byDefault: boolean) => (valueOf(receiving, path) ?? byDefault) !== false;
  const isEncrypted = [cluster, other].some(each => valueOf(each, 'encryption.enabled') === true);
  const tunnels = [cluster, other].every(({ settings }) => settings.policy.tunnels && !settings.nativeRouting);
  return [
    // encrypted packets travel in other protocols
    ...(tunnels && !isEncrypted
      ? [
        {
          port: { protocol: 'UDP' as const, port: tunnelPort(receiving) },
          use: 'tunnel',
          consequence: 'their pods do not reach each other',
        },
      ]
      : []),
    ...(isOn('healthChecking', true)
      ? [
        {
          port: { protocol: 'TCP' as const, port: 4240 },
          use: 'health checks',
          consequence: 'cilium-health reports the nodes as unreachable',
        },
      ]
      : []),
    ...(cluster === other && receiver.node && isControlPlane(receiver.node)
      ? [
        {
          port: { protocol: 'TCP' as const, port: Number(valueOf(receiving, 'k8sServicePort') ?? 6443) },
          use: 'API server',
          consequence: 'kubelets and Cilium on other nodes lose the API server',
        },
      ]
      : []),
  ];
}

/** The ports of Documentation/operations/system_requirements.rst, v1.20.2, unless the values set another one. */
function tunnelPort(cluster: EvaluatedCluster): number {
  const protocol = valueOf(cluster, 'tunnelProtocol') ?? valueOf(cluster, 'tunnel');
  const port = Number(valueOf(cluster, 'tunnelPort') ?? 0);
  return port > 0 ? port : protocol === 'geneve' ? 6081 : 8472;
}

function isControlPlane({ labels, peerLabels }: EvaluatedNode): boolean {
  const role = 'node-role.kubernetes.io/control-plane';
  return [labels, peerLabels].some(each => each.get('any', role) !== undefined);
}

function valueOf({ input }: EvaluatedCluster, path: string): unknown {
  return (input.values && helmValue(input.values.values, path)) ?? undefined;
}
