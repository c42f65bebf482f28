import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { AuthenticationMode, CrossClusterPolicyProps, CrossClusterPolicyRules } from './cross-cluster-props';
import { FlowChecks } from './flow-checks';
import { Direction, Half, halves } from './halves';
import { PeerSpec } from './peer';
import { Port } from './port';
import * as cilium from '../../../imports/cilium.io';
import { invalidate, reportFaults } from '../faults';
import { FlowLaw } from '../intent/flow-law';
import { addStatement } from '../intent/statement';
import { claimName } from '../kubernetes/object-names';
import { MeshTree } from '../mesh/mesh-tree';

/**
 * Writes the egress and ingress policies of a construct into the clusters of sources and destinations, sorted by
 * cluster, direction and namespace. Reports all faults, and then writes none; undefined if there are some, or if a peer
 * is invalid.
 */
export function writeHalves(
  construct: Construct,
  props: CrossClusterPolicyProps,
  rules: CrossClusterPolicyRules,
): ApiObject[] | undefined {
  const mesh = MeshTree.enclosing(construct);
  const checks = new FlowChecks(construct, mesh, props, rules);
  const sources = checks.peers('sources');
  const named = checks.peers('destinations').map(peer => ({ peer, ports: portsFor(peer, props.ports) }));
  checks.checkFlows(sources, named);
  if (isRefused(checks, construct)) {
    return undefined;
  }
  const destinations = rules.sameCluster ? named.map(each => ({ ...each, peer: withinCluster(each.peer) })) : named;
  const written = halves({
    ...rules,
    http: rules.http ?? [],
    dns: rules.dns ?? [],
    sources,
    destinations,
    ...(props.allClusters ? { clustersOfMesh: mesh.clusters.length } : {}),
  });
  checks.checkAllClusters(written);
  written.forEach(half => checks.checkHalf(half, sources, destinations));
  if (isRefused(checks, construct)) {
    return undefined;
  }
  const names = {
    egress: nameOf(construct, 'egress', written, props),
    ingress: nameOf(construct, 'ingress', written, props),
  };
  const policies = written.map(half => writeHalf(construct, half, names[half.direction], props, rules));
  const law = new FlowLaw({
    ...rules,
    sources,
    destinations,
    hasHttp: rules.http !== undefined,
    hasDns: rules.dns !== undefined,
    requiresAuthentication: rules.authentication === AuthenticationMode.REQUIRED,
  });
  addStatement({ construct, law, policies });
  return policies;
}

function isRefused({ faults, hasInvalidPeers }: FlowChecks, construct: Construct): boolean {
  const refused = faults.length > 0 || hasInvalidPeers;
  if (refused) {
    invalidate(construct);
    reportFaults(construct, faults);
  }
  return refused;
}

/** The name of the policies of a direction, the same in all of their clusters. */
function nameOf(
  construct: Construct,
  direction: Direction,
  written: readonly Half[],
  props: CrossClusterPolicyProps,
): string {
  const places = written
    .filter(half => half.direction === direction)
    .map(({ cluster, namespace }) => ({ cluster, kind: kindOf(namespace).kind, namespace }));
  return claimName(construct, places, props[`${direction}Name`], `-${direction}`);
}

function kindOf(namespace: string | undefined) {
  const type = namespace === undefined ? cilium.CiliumClusterwideNetworkPolicy : cilium.CiliumNetworkPolicy;
  return { type, kind: type.GVK.kind };
}

function writeHalf(
  construct: Construct,
  half: Half,
  name: string,
  props: CrossClusterPolicyProps,
  rules: CrossClusterPolicyRules,
): ApiObject {
  const field = rules.verb === 'allow' ? half.direction : `${half.direction}Deny`;
  const specs = half.specs.map(({ endpointSelector, rules: list }) => ({
    ...(props.description === undefined ? {} : { description: props.description }),
    endpointSelector,
    ...(!rules.defaultDeny[half.direction] ? { enableDefaultDeny: { [half.direction]: false } } : {}),
    [field]: list,
  }));
  const scope = half.cluster.scopeFor(construct);
  const id = half.namespace === undefined ? half.direction : `${half.direction}-${half.namespace}`;
  // an ApiObject of the finished manifest: patches use the field names of the CRD, and no field is dropped
  return new ApiObject(
    scope,
    id,
    kindOf(half.namespace).type.manifest({
      metadata: { name, namespace: half.namespace },
      ...(specs.length === 1 ? { spec: specs[0] } : { specs }),
    }),
  );
}

/** The destination for clients of its own cluster only. */
function withinCluster(peer: PeerSpec): PeerSpec {
  return peer.kind === 'endpoints'
    ? {
      ...peer,
      reaches: (client, backend) => client === backend && (peer.reaches?.(client, backend) ?? true),
    }
    : peer;
}

function portsFor(peer: PeerSpec, ports: readonly Port[] | undefined): readonly Port[] {
  return ports ?? (peer.kind === 'endpoints' ? (peer.defaultPorts ?? []) : []);
}
