import { MeshJudge } from './mesh-judge';
import { Cidr } from '../../cilium/cidr';
import { parseIpAddress } from '../../cilium/ip-address';
import { Endpoint } from '../../evaluator/flows/endpoint';
import { isDropped } from '../../evaluator/flows/flow';
import { answeredNames, MatchedEnd, MOST_ADDRESSES } from '../flows/ends';
import { ObservedFlow } from '../flows/observed-flow';

/** The ends of a flow in one mesh. */
export interface FlowEnds {
  readonly source: MatchedEnd;
  readonly destination: MatchedEnd;
}

/**
 * The ends, with the DNS names of the destination if the manifests let its source reach all addresses of the flow by
 * them. Hubble recorded no names of these addresses, and answers of DNS to the source did.
 *
 * A recording may lack other answers, so names that do not let the flow pass prove nothing: without them, the names of
 * the destination stay in doubt.
 */
export function withAnsweredNames(judge: MeshJudge, ends: FlowEnds, flow: ObservedFlow): FlowEnds {
  const { source, destination } = ends;
  if (
    !('endpoint' in source) ||
    !('endpoint' in destination) ||
    destination.endpoint.kind !== 'address' ||
    destination.endpoint.names.length > 0 ||
    flow.source.answers === undefined
  ) {
    return ends;
  }
  const named = namedAddresses(flow);
  const passes = (each: Endpoint) =>
    !isDropped(judge.decide(source.endpoint, each, { protocol: flow.protocol, port: flow.port }).egress.verdict);
  return named.length > 0 && !passes(destination.endpoint) && named.every(passes)
    ? { source, destination: { ...destination, endpoint: named[0] } }
    : ends;
}

/** The addresses of a flow's destination with their names; none if one has no name, or if some were not kept. */
function namedAddresses(flow: ObservedFlow): Endpoint[] {
  const addresses = [...flow.addresses.destination].sort();
  const named = addresses.flatMap((text): Endpoint[] => {
    const [ip, names] = [parseIpAddress(text), answeredNames(flow.source, text)];
    return ip && names.length > 0 ? [{ kind: 'address', address: Cidr.ofAddress(ip.family, ip.value), names }] : [];
  });
  return addresses.length < MOST_ADDRESSES && named.length === addresses.length ? named : [];
}
