import { list } from './object-fields';
import { EndpointPort, ServiceEndpoint } from './service';
import { Manifest } from '../../manifests/manifest';

/** The manager of the EndpointSlices that Cilium copies from other clusters (pkg/k8s/utils/utils.go, v1.20.2). */
const SYNCHRONIZED = 'endpointslice-mesh-controller.cilium.io';

/**
 * The ready endpoints of a Service: from its Endpoints, and from the EndpointSlices with its name as label.
 *
 * It excludes slices that Cilium copies from other clusters, because Cilium does not read them (pkg/k8s/utils/utils.go,
 * v1.20.2).
 */
export function endpointsOf(namespace: string, name: string, manifests: readonly Manifest[]): ServiceEndpoint[] {
  const portsByAddress = new Map<string, EndpointPort[]>();
  const add = (address: unknown, ports: readonly any[]) => {
    if (typeof address === 'string') {
      portsByAddress.set(address, [
        ...(portsByAddress.get(address) ?? []),
        ...ports
          .filter(each => Number.isInteger(each?.port))
          .map(each => ({ name: each.name ?? '', protocol: each.protocol ?? 'TCP', port: each.port })),
      ]);
    }
  };
  for (const { object } of manifests) {
    const labels = object.metadata.labels ?? {};
    if ((object.metadata.namespace ?? 'default') !== namespace) {
      continue;
    }
    if (
      object.kind === 'EndpointSlice' &&
      labels['kubernetes.io/service-name'] === name &&
      labels['endpointslice.kubernetes.io/managed-by'] !== SYNCHRONIZED
    ) {
      list(object.endpoints)
        .filter(each => each?.conditions?.ready !== false)
        .flatMap(each => list(each?.addresses))
        .forEach(each => add(each, list(object.ports)));
    }
    if (object.kind === 'Endpoints' && object.metadata.name === name) {
      list(object.subsets).forEach(subset =>
        list(subset?.addresses).forEach(each => add(each?.ip, list(subset.ports))),
      );
    }
  }
  return [...portsByAddress.keys()].sort().map(address => ({ address, ports: portsByAddress.get(address)! }));
}
