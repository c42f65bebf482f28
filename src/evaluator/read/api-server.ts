import { EvaluatedNode } from './node';
import { at, list } from './object-fields';
import { Values } from './setting-reader';
import { Cidr } from '../../cilium/cidr';
import { isAddress } from '../../cilium/ip-address';
import { Manifest } from '../../manifests/manifest';

/** Where the API server of a cluster runs. */
export interface ApiServer {
  /** Outside of the cluster's nodes, as clouds run it, it belongs to the world. */
  readonly outside: boolean;
  /** Its address, where only one is known. */
  readonly address?: Cidr;
}

const CONTROL_PLANE = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** Host names of API servers that clouds run. */
const MANAGED_HOST = /\.(eks\.amazonaws\.com(\.cn)?|azmk8s\.io|gke\.goog|k8s\.ondigitalocean\.com)$/i;

/**
 * Finds out where the API server runs: from the addresses of its Service `default/kubernetes` and `k8sServiceHost`,
 * from the roles of nodes, else from the cloud that the values name. Otherwise it is taken for a node's.
 */
export function readApiServer(
  manifests: readonly Manifest[],
  values: Values,
  nodes: readonly EvaluatedNode[],
  nodeCidrs: readonly Cidr[],
): ApiServer {
  const addresses = addressesOf(manifests, values);
  const blocks = [...nodeCidrs, ...nodes.flatMap(node => node.addresses)];
  const address = addresses.length === 1 ? { address: addresses[0] } : {};
  if (addresses.length > 0 && blocks.length > 0) {
    return { outside: !addresses.some(each => blocks.some(block => block.covers(each))), ...address };
  }
  if (nodes.length > 0) {
    const outside = !nodes.some(({ peerLabels, labels }) =>
      CONTROL_PLANE.some(role => (peerLabels.get('any', role) ?? labels.get('any', role)) !== undefined),
    );
    return { outside, ...address };
  }
  return { outside: MANAGED_HOST.test(String(values.k8sServiceHost ?? '')) || isManaged(values), ...address };
}

/** Amazon's, Azure's and Google's clusters have their API servers elsewhere. */
function isManaged(values: Values): boolean {
  return ['eni.enabled', 'azure.enabled', 'aksbyocni.enabled', 'gke.enabled'].some(path => at(values, path) === true);
}

function addressesOf(manifests: readonly Manifest[], values: Values): Cidr[] {
  const ofService = manifests
    .map(({ object }) => object)
    .filter(({ kind, metadata }) => {
      const service = kind === 'EndpointSlice' ? metadata.labels?.['kubernetes.io/service-name'] : metadata.name;
      return (
        ['Endpoints', 'EndpointSlice'].includes(kind) && service === 'kubernetes' && metadata.namespace === 'default'
      );
    })
    .flatMap(({ kind, endpoints, subsets }) =>
      kind === 'EndpointSlice'
        ? list(endpoints).flatMap(each => list(each?.addresses))
        : list(subsets).flatMap(subset => list(subset?.addresses).map(each => each?.ip)),
    );
  return [
    ...new Set([...ofService, values.k8sServiceHost].filter(each => typeof each === 'string' && isAddress(each))),
  ].map(each => Cidr.masked(`${each}/${each.includes(':') ? 128 : 32}`)!);
}
