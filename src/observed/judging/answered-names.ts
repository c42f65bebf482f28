import { MeshJudge } from './mesh-judge';
import { isDropped } from '../../evaluator/flows/flow';
import { MatchedEnd } from '../flows/ends';
import { ObservedFlow } from '../flows/observed-flow';

/** The ends of a flow in one mesh. */
export interface FlowEnds {
  readonly source: MatchedEnd;
  readonly destination: MatchedEnd;
}

/**
 * The ends of a flow in one of the meshes that they were found in. Where Hubble recorded no names of the destination,
 * it has those of answers of DNS to the source, if the manifests let the source reach all addresses of the flow by
 * them.
 *
 * A recording may lack other answers, so names that do not let the flow pass prove nothing: without them, the names of
 * the destination stay in doubt.
 */
export function endsIn(judge: MeshJudge, flow: ObservedFlow, side: number): FlowEnds {
  const [source, destination] = [flow.source.matches[side], flow.destination.matches[side]];
  if (
    flow.answeredNames.length === 0 ||
    !('endpoint' in source) ||
    !('endpoint' in destination) ||
    destination.endpoint.kind !== 'address' ||
    destination.endpoint.names.length > 0
  ) {
    return { source, destination };
  }
  const { endpoint } = destination;
  const named = flow.answeredNames.map(names => ({ ...endpoint, names }));
  const passes = (each: typeof endpoint) =>
    !isDropped(judge.decide(source.endpoint, each, { protocol: flow.protocol, port: flow.port }).egress.verdict);
  return !passes(endpoint) && named.every(passes)
    ? { source, destination: { ...destination, endpoint: named[0] } }
    : { source, destination };
}
