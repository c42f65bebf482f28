import { FieldReader } from './field-reader';
import { readCiliumPolicy } from './kinds/cilium-policy';
import { readClusterNetworkPolicy } from './kinds/cluster-network-policy';
import { readNetworkPolicy } from './kinds/network-policy';
import { ParsedPolicy, PolicyContext } from './policy-context';
import { PolicyKindName } from '../../../cilium/policy-kinds';

export { ParsedCidrGroup, readCidrGroup } from './kinds/cidr-group';
export { CidrGroupsOfAddress, cidrGroupsOf, worldLabel } from './cidrs';
export { CidrGroup, ParsedPolicy, PolicyContext, PolicyService } from './policy-context';

/** How each kind of policy is read. CiliumCIDRGroups are read by `readCidrGroup`. */
const READERS: { readonly [kind in Exclude<PolicyKindName, 'CiliumCIDRGroup'>]: typeof readCiliumPolicy } = {
  CiliumNetworkPolicy: readCiliumPolicy,
  CiliumClusterwideNetworkPolicy: readCiliumPolicy,
  NetworkPolicy: readNetworkPolicy,
  ClusterNetworkPolicy: readClusterNetworkPolicy,
};

/** Whether objects of a kind are policies. */
export function isPolicyKind(kind: unknown): kind is keyof typeof READERS {
  return typeof kind === 'string' && Object.prototype.hasOwnProperty.call(READERS, kind);
}

/** Reads a policy of a cluster, of any kind. */
export function readPolicy(object: any, context: PolicyContext): ParsedPolicy {
  const kind: unknown = object.kind;
  if (isPolicyKind(kind)) {
    return READERS[kind](object, context);
  }
  const reader = new FieldReader();
  const message = `not a policy: it must be one of ${Object.keys(READERS).join(', ')}`;
  reader.refuse('schema', 'kind', message, { got: String(kind) });
  return reader.accepted([]);
}
