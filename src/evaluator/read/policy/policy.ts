import { FieldReader } from './field-reader';
import { readCiliumPolicy } from './kinds/cilium-policy';
import { readClusterNetworkPolicy } from './kinds/cluster-network-policy';
import { readNetworkPolicy } from './kinds/network-policy';
import { ParsedPolicy, PolicyContext } from './policy-context';

export { ParsedCidrGroup, readCidrGroup } from './kinds/cidr-group';
export { CidrGroupsOfAddress, cidrGroupsOf, worldLabel } from './cidrs';
export { CidrGroup, ParsedPolicy, PolicyContext, PolicyService } from './policy-context';

/** Kinds of objects that are policies. */
export const POLICY_KINDS = ['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy', 'NetworkPolicy', 'ClusterNetworkPolicy'] as const;

/** Reads a policy of a cluster, of any kind. */
export function readPolicy(object: any, context: PolicyContext): ParsedPolicy {
  switch (object.kind) {
    case 'CiliumNetworkPolicy':
    case 'CiliumClusterwideNetworkPolicy': return readCiliumPolicy(object, context);
    case 'NetworkPolicy': return readNetworkPolicy(object, context);
    case 'ClusterNetworkPolicy': return readClusterNetworkPolicy(object, context);
    default: {
      const reader = new FieldReader();
      reader.refuse('schema', 'kind', `not a policy: it must be one of ${POLICY_KINDS.join(', ')}`, { got: String(object.kind) });
      return reader.accepted([]);
    }
  }
}
