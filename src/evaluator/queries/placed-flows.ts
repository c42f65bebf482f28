import { AskedFlow } from './opened-flows';
import { decideFlow } from '../flows/flow';
import { byPlace, placedEnd, placesIn } from '../flows/places';
import { decideFlowRequest, Request } from '../flows/request';
import { EvaluatedMesh } from '../read/mesh';

/**
 * A flow once for each verdict, also on a request, that depends on where its pods with host network run: on the node of
 * the other end or on another one, and on which of the nodes that policies tell apart. Otherwise the flow alone.
 */
export function placedFlows(mesh: EvaluatedMesh, flow: AskedFlow, request?: Request): readonly AskedFlow[] {
  const placed = placesIn(mesh).of(flow.source, flow.destination).map(place => ({
    place,
    source: placedEnd(flow.source, place, 'source'),
    destination: placedEnd(flow.destination, place, 'destination'),
  }));
  const verdicts = byPlace(placed, ({ source, destination }) => {
    const decision = decideFlow(mesh, source, destination, flow.port);
    const ofRequest = request && decideFlowRequest(decision, request);
    return JSON.stringify([decision.egress.verdict, decision.ingress.verdict, ofRequest]);
  });
  return verdicts.map(({ source, destination, common }) => ({ ...flow, source, destination, ...common }));
}
