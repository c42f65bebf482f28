/**
 * `loadBalancerSourceRanges`: the clients outside of the cluster that may connect to the load balancer of a Service.
 *
 * - It limits the load balancer, and since 1.20 `externalIPs`. The ports of nodes stay open to all clients, unless
 *   `service.cilium.io/type` leaves them out or `bpf.lbSourceRangeAllTypes` limits them too.
 * - `service.cilium.io/src-ranges-policy: deny` turns the list around. kube-proxy does not know it.
 * - Clients in the cluster are not limited.
 *
 * Source: Documentation/network/kubernetes/kubeproxy-free.rst and Service.GetSourceRangesEnabled,
 * pkg/loadbalancer/service.go, v1.20.2.
 */
import { formatList } from '../../diagnostics/texts';
import { Endpoint } from '../flows/endpoint';
import { EvaluatedSettings } from '../read/cluster-settings';
import { EvaluatedService } from '../read/service';

/** The connections of a client outside that the source ranges of a Service drop: `some` or `all`. */
export interface DroppedConnections {
  readonly part: 'some' | 'all';
  readonly reason: string;
}

/** What the source ranges of a Service drop; undefined if nothing. `toNodePort` asks for the ports of nodes alone. */
export function droppedBySourceRanges(
  service: EvaluatedService,
  settings: EvaluatedSettings,
  client: Endpoint,
  toNodePort: boolean,
): DroppedConnections | undefined {
  if (service.sourceRanges.length === 0) {
    return undefined;
  }
  const part = droppedPart(service, settings, client);
  const isLimited = settings.balancesNodePorts && (settings.limitsNodePorts || !service.hasUnlimitedPorts);
  if (part === 'none' || (toNodePort && !isLimited)) {
    return undefined;
  }
  return {
    part: isLimited ? part : 'some',
    reason:
      `loadBalancerSourceRanges ${deniesRanges(service, settings) ? 'denies' : 'allows only'} clients from ` +
      `${formatList(service.sourceRanges.map(({ text }) => text))}` +
      (isLimited ? '' : '. The ports of nodes are open to all clients'),
  };
}

/** What the source ranges of a Service say about all clients outside; undefined if they limit nothing. */
export function limitOf(service: EvaluatedService, settings: EvaluatedSettings): string | undefined {
  return droppedBySourceRanges(service, settings, { kind: 'entity', entity: 'world' }, false)?.reason;
}

/** The part of a client's addresses that the ranges drop. Those of names and of the world as a whole are unknown. */
function droppedPart(
  service: EvaluatedService,
  settings: EvaluatedSettings,
  client: Endpoint,
): DroppedConnections['part'] | 'none' {
  if (client.kind !== 'address') {
    return 'some';
  }
  const { address } = client;
  const isListed = service.sourceRanges.some(range => range.family === address.family && range.covers(address));
  return isListed === deniesRanges(service, settings) ? 'all' : 'none';
}

function deniesRanges({ deniesSourceRanges }: EvaluatedService, { balancesNodePorts }: EvaluatedSettings): boolean {
  return deniesSourceRanges && balancesNodePorts;
}
